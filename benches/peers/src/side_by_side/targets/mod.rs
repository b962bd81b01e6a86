//! What Evermemo has to reach, beside what it does.

mod figure;
mod list;
mod measured;
mod table;

pub use self::{figure::Figure, list::TARGETS, measured::Measured, table::Table};

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What is measured, in words.
    pub what: &'static str,
    /// How its figure is taken.
    pub figure: Figure,
    /// What the figure is of, or to what it is a ratio.
    pub of: &'static str,
    /// What it must keep to, if anything.
    pub bound: Option<Bound>,
    /// What is wanted beyond that, to the same side.
    pub goal: Option<f64>,
}

/// What a figure must keep to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Bound {
    /// It is no more.
    AtMost(f64),
    /// It is no less.
    AtLeast(f64),
}

impl Bound {
    /// Returns whether a figure keeps to it. What is printed is what counts: a noise of less than a
    /// digit decides nothing.
    fn holds(self, figure: f64) -> bool {
        let figure = (figure * 100.0).round();
        match self {
            Self::AtMost(most) => figure <= (most * 100.0).round(),
            Self::AtLeast(least) => figure >= (least * 100.0).round(),
        }
    }

    /// The same, to the same side, by another figure.
    const fn by(self, figure: f64) -> Self {
        match self {
            Self::AtMost(_) => Self::AtMost(figure),
            Self::AtLeast(_) => Self::AtLeast(figure),
        }
    }
}

impl Target {
    /// Returns whether one of these is in the name of what is measured, or in the words for it. All
    /// are wanted if none is named.
    #[must_use]
    pub fn wanted(&self, rows: &[String]) -> bool {
        let name = self.figure.name();
        rows.is_empty()
            || rows
                .iter()
                .any(|row| name.contains(row.as_str()) || self.what.contains(row.as_str()))
    }

    fn verdict(&self, figure: f64) -> Verdict {
        match (self.bound, self.goal) {
            (Some(bound), _) if !bound.holds(figure) => Verdict::Over,
            (Some(bound), Some(goal)) if bound.by(goal).holds(figure) => Verdict::Reached,
            (Some(_), _) => Verdict::Met,
            (None, _) => Verdict::Free,
        }
    }
}

/// What is said of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It has no bound.
    Free,
    /// It does not keep to its bound.
    Over,
    /// It keeps to its bound.
    Met,
    /// It reaches its goal too.
    Reached,
}

#[cfg(test)]
mod tests {
    use super::{Bound::AtLeast, Bound::AtMost, Figure::Over, *};

    fn target(bound: Option<Bound>, goal: Option<f64>) -> Target {
        Target { what: "a miss", figure: Over("miss-2k", "moka"), of: "×", bound, goal }
    }

    #[test]
    fn a_figure_is_judged_by_the_digits_that_are_printed() {
        let most = target(Some(AtMost(1.5)), Some(1.0));
        let verdicts = [0.99, 1.004, 1.006, 1.504, 1.506].map(|figure| most.verdict(figure));
        assert_eq!(
            verdicts,
            [Verdict::Reached, Verdict::Reached, Verdict::Met, Verdict::Met, Verdict::Over]
        );
        let least = target(Some(AtLeast(43.35)), Some(43.8));
        let verdicts = [43.34, 43.35, 43.8].map(|figure| least.verdict(figure));
        assert_eq!(verdicts, [Verdict::Over, Verdict::Met, Verdict::Reached]);
        assert_eq!(target(None, None).verdict(7.0), Verdict::Free);
    }

    #[test]
    fn a_row_is_chosen_by_its_name_or_its_words() {
        let wanted = |rows: &[&str]| {
            let rows: Vec<_> = rows.iter().map(|&row| row.to_owned()).collect();
            target(None, None).wanted(&rows)
        };
        assert!(wanted(&[]) && wanted(&["hit", "miss-2"]) && wanted(&["a miss"]));
        assert!(!wanted(&["hit"]));
    }
}
