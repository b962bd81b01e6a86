//! A scenario that goes wrong, for the search for its fault.

use std::fmt::{self, Display, Formatter};

use crate::{run::run, scenario::Scenario};

/// What a scenario is, what happened in it, and how to see it again.
#[derive(Clone, Debug)]
pub struct Report {
    scenario: Scenario,
    whole: bool,
    lines: Vec<String>,
    violation: Option<String>,
}

impl Report {
    /// Runs the scenario again, and takes everything down.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let ran = run(scenario, true);
        let whole = Scenario::of(scenario.seed).operations.len() == scenario.operations.len();
        Self { scenario: scenario.clone(), whole, lines: ran.lines, violation: ran.violation }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Scenario { seed, schedule, setup, operations } = &self.scenario;
        writeln!(f, "seed {seed}: {setup}")?;
        operations.iter().try_for_each(|operation| writeln!(f, "{operation}"))?;
        writeln!(f)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        match &self.violation {
            Some(violation) => writeln!(f, "\n{violation}")?,
            None => writeln!(f, "\nall was as it should be")?,
        }
        write!(f, "replay: cargo run --release -p evermemo-simulation -- --seed {seed}")?;
        if !self.whole {
            let kept = operations.iter().map(|operation| operation.index.to_string());
            write!(f, " --keep {}", kept.collect::<Vec<_>>().join(","))?;
        }
        if schedule != seed {
            write!(f, " --schedule {schedule}")?;
        }
        Ok(())
    }
}
