//! What can be measured, by name.

mod list;

pub use self::list::WORKLOADS;

use super::{
    curve::Curve,
    heap,
    rounds::{Contestant, Effort, Row, in_turn},
};

/// One thing to measure.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// The name by which it is chosen.
    pub name: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// How many calls a turn has, in eighths of the usual number.
    eighths: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// One line.
    Turns(fn(&Effort) -> Vec<Contestant>),
    /// Lines of its own making.
    Rows(fn(&Effort) -> Vec<Row>),
    /// Lines, and how the times of all calls are distributed.
    Curves(fn(&Effort, &str, &str) -> (Vec<Row>, Vec<Curve>)),
}

impl Workload {
    const fn turns(
        name: &'static str,
        what: &'static str,
        eighths: usize,
        make: fn(&Effort) -> Vec<Contestant>,
    ) -> Self {
        Self { name, what, eighths, kind: Kind::Turns(make) }
    }

    const fn rows(
        name: &'static str,
        what: &'static str,
        eighths: usize,
        make: fn(&Effort) -> Vec<Row>,
    ) -> Self {
        Self { name, what, eighths, kind: Kind::Rows(make) }
    }

    const fn curves(
        name: &'static str,
        what: &'static str,
        eighths: usize,
        make: fn(&Effort, &str, &str) -> (Vec<Row>, Vec<Curve>),
    ) -> Self {
        Self { name, what, eighths, kind: Kind::Curves(make) }
    }

    /// Measures it, and brings how the times of its calls are distributed if they were timed one by
    /// one.
    #[must_use]
    pub fn measure(&self, effort: &Effort) -> (Vec<Row>, Vec<Curve>) {
        let effort = Effort { calls: effort.calls * self.eighths / 8, ..effort.clone() };
        match self.kind {
            Kind::Turns(make) => {
                let cells = in_turn(&effort, &mut make(&effort));
                let (workload, what) = (self.name.to_owned(), self.what.to_owned());
                (vec![Row { workload, what, unit: "ns".to_owned(), cells }], Vec::new())
            }
            Kind::Rows(make) => (make(&effort), Vec::new()),
            Kind::Curves(make) => make(&effort, self.name, self.what),
        }
    }

    /// Makes its contestants; `None` if it is more than one line.
    #[must_use]
    pub fn contestants(&self, effort: &Effort) -> Option<Vec<Contestant>> {
        match self.kind {
            Kind::Turns(make) => Some(make(effort)),
            Kind::Rows(_) | Kind::Curves(_) => None,
        }
    }
}

/// Returns the workload that has a row of this name, which begins with that of its workload. Those
/// that [`heap`] counts are their rows.
#[must_use]
pub fn of_row(row: &str) -> Option<&'static str> {
    let heap = heap::LINES.iter().map(|(name, ..)| *name);
    WORKLOADS
        .iter()
        .map(|workload| workload.name)
        .chain(heap)
        .filter(|name| {
            row.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
        .max_by_key(|name| name.len())
}
