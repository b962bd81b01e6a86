//! How much an operation may cost.

use core::fmt::{self, Display};

use super::Cost;

/// A line for each operation, of the file `budgets`.
#[derive(Clone, Debug)]
pub struct Budgets {
    /// What they were taken with, as `rustc --version` says it.
    pub compiler: String,
    lines: Vec<(String, Cost)>,
}

/// Compilers of one version may differ by so much, and hashes by the process.
const TOLERANCE: f64 = 1.03;

/// A budget that is so much larger than what is needed would not notice a mistake.
const GENEROUS: f64 = 1.10;

const COMPILER: &str = "# taken with ";

const HEAD: &str = "\
# What an operation may cost at most, less the loop around it. `benches/instructions --check` allows
# 3 % more instructions, and no more of the rest; `benches/instructions --record` writes this file.
";

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What costs too much, and what has no budget.
    pub exceeded: Vec<String>,
    /// What costs so much less that the budget should follow.
    pub generous: Vec<String>,
}

impl Budgets {
    /// Makes budgets of what was measured.
    #[must_use]
    pub fn of(compiler: &str, measured: &[(&str, Cost)]) -> Self {
        let lines = measured.iter().map(|(name, cost)| ((*name).to_owned(), *cost)).collect();
        Self { compiler: compiler.to_owned(), lines }
    }

    /// Reads what [`Display`] writes.
    ///
    /// # Errors
    ///
    /// If a line is neither a comment nor a name and three numbers.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut budgets = Self::of("", &[]);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(compiler) = line.strip_prefix(COMPILER) {
                compiler.clone_into(&mut budgets.compiler);
            } else if !line.starts_with('#') {
                let budget = budget(line).ok_or_else(|| {
                    format!("budgets: `{line}` is not NAME INSTRUCTIONS ALLOCATIONS LOCKED")
                })?;
                budgets.lines.push(budget);
            }
        }
        Ok(budgets)
    }

    /// Returns the budget of an operation.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Cost> {
        self.lines.iter().find(|(known, _)| known == name).map(|(_, cost)| *cost)
    }

    /// Compares what was measured with what is allowed.
    #[must_use]
    pub fn judge(&self, measured: &[(&str, Cost)]) -> Verdict {
        let mut verdict = Verdict::default();
        for (name, cost) in measured {
            let Some(budget) = self.find(name) else {
                verdict.exceeded.push(format!("{name}: has no budget"));
                continue;
            };
            let figures = [
                ("instructions", cost.instructions, budget.instructions, TOLERANCE, GENEROUS),
                ("allocations", cost.allocations, budget.allocations, 1.0, 1.0),
                ("locked instructions", cost.locked, budget.locked, 1.0, 1.0),
            ];
            for (what, figure, budget, tolerance, generous) in figures {
                let (figure, budget) = (tenths(figure), tenths(budget));
                let said = format!("{name}: {figure} {what}, the budget is {budget}");
                if figure > budget * tolerance {
                    verdict.exceeded.push(said);
                } else if figure * generous < budget {
                    verdict.generous.push(said);
                }
            }
        }
        verdict
    }
}

fn budget(line: &str) -> Option<(String, Cost)> {
    let mut words = line.split_whitespace();
    let name = words.next()?.to_owned();
    let mut number = || words.next()?.parse::<f64>().ok().filter(|number| number.is_finite());
    let cost = Cost { instructions: number()?, allocations: number()?, locked: number()? };
    words.next().is_none().then_some((name, cost))
}

/// As it is printed: what shows in no digit decides nothing.
fn tenths(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}

impl Display for Budgets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEAD}{COMPILER}{}\n#\n", self.compiler)?;
        writeln!(f, "# operation         instructions  allocations  locked")?;
        for (name, Cost { instructions, allocations, locked }) in &self.lines {
            writeln!(f, "{name:18} {instructions:13.1} {allocations:12.1} {locked:7.1}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIT: Cost = Cost { instructions: 100.0, allocations: 0.0, locked: 1.0 };

    fn judged(cost: Cost) -> Verdict {
        Budgets::of("rustc", &[("hit", HIT)]).judge(&[("hit", cost)])
    }

    #[test]
    fn what_is_written_is_read() {
        let text = Budgets::of("rustc 1.95.0", &[("hit", HIT)]).to_string();
        let read = Budgets::read(&text).unwrap();
        assert_eq!((read.find("hit"), read.find("miss")), (Some(HIT), None));
        assert_eq!((read.compiler.as_str(), read.to_string()), ("rustc 1.95.0", text));
        assert!(Budgets::read("hit 1 2").unwrap_err().contains("`hit 1 2`"));
        assert!(Budgets::read("hit 1 2 3 4").is_err() && Budgets::read("hit 1 NaN 3").is_err());
    }

    #[test]
    fn instructions_may_be_a_few_more_and_the_rest_may_not() {
        assert_eq!(judged(Cost { instructions: 103.0, ..HIT }), Verdict::default());
        let exceeded = judged(Cost { instructions: 103.5, allocations: 0.1, locked: 2.0 }).exceeded;
        let said = [
            "hit: 103.5 instructions, the budget is 100",
            "hit: 0.1 allocations, the budget is 0",
            "hit: 2 locked instructions, the budget is 1",
        ];
        assert_eq!(exceeded, said);
        assert_eq!(Budgets::of("", &[]).judge(&[("hit", HIT)]).exceeded, ["hit: has no budget"]);
    }

    #[test]
    fn a_budget_much_larger_than_what_is_needed_is_named() {
        assert!(judged(Cost { instructions: 91.0, ..HIT }).generous.is_empty());
        let verdict = judged(Cost { instructions: 80.0, locked: 0.0, ..HIT });
        assert_eq!((verdict.exceeded.len(), verdict.generous.len()), (0, 2));
    }
}
