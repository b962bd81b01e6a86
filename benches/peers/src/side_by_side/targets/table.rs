//! The table of targets, in markdown.

use core::fmt::{self, Display};

use super::{Bound, Measured, Target, Verdict, list::SAME, measured::PEERS};
use crate::side_by_side::{peers::CONTROL, table::Figure};

/// Prints the targets that are wanted, and once more those that are over their bound.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// What was measured.
    pub measured: &'a Measured,
    /// The targets.
    pub targets: &'a [&'a Target],
}

impl Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| what | unit |")?;
        PEERS.iter().try_for_each(|peer| write!(f, " {peer} |"))?;
        writeln!(f, " control | figure | bound | goal | |")?;
        writeln!(f, "|---|---|{}---|", "--:|".repeat(PEERS.len() + 4))?;
        let (mut over, mut what) = (Vec::new(), "");
        for target in self.targets {
            if target.what != SAME {
                what = target.what;
            }
            let judged = Target { bound: self.measured.bound(target), ..**target };
            if self.line(f, &judged)? == Some(Verdict::Over) {
                over.push((what, judged));
            }
        }
        writeln!(f)?;
        if over.is_empty() {
            return writeln!(f, "Nothing that was measured is over its bound.");
        }
        writeln!(f, "Over the bound:\n")?;
        for (what, target) in over {
            let figure = self.measured.figure(target.figure).unwrap_or(f64::NAN);
            let Some(bound) = target.bound else { continue };
            writeln!(f, "- {what}: {figure:.2} {}, {}", target.of, Limit(bound))?;
        }
        Ok(())
    }
}

impl Table<'_> {
    /// Writes a line, and returns what is to be said of its figure.
    fn line(
        &self,
        f: &mut fmt::Formatter<'_>,
        target: &Target,
    ) -> Result<Option<Verdict>, fmt::Error> {
        let (beside, unit) = self.measured.beside(target.figure);
        write!(f, "| {} | {unit} |", target.what)?;
        for figure in beside {
            write!(f, " {} |", Figure(figure.unwrap_or(f64::NAN)))?;
        }
        let row = target.figure.row().and_then(|row| self.measured.row(row));
        match row.and_then(|row| row.ratio(CONTROL, "quick_cache")) {
            Some(control) => write!(f, " {control:.2} |")?,
            None => write!(f, " |")?,
        }
        let figure = self.measured.figure(target.figure);
        match figure {
            Some(figure) => write!(f, " {figure:.2} {} |", target.of)?,
            None => write!(f, " – |")?,
        }
        match target.bound {
            Some(bound) => write!(f, " {} |", Limit(bound))?,
            None => write!(f, " |")?,
        }
        match target.goal {
            Some(goal) => write!(f, " {goal} |")?,
            None => write!(f, " |")?,
        }
        let verdict = figure.map(|figure| target.verdict(figure));
        let said = match verdict {
            Some(Verdict::Free) => "",
            Some(Verdict::Over) => " **over**",
            Some(Verdict::Met) => " met",
            Some(Verdict::Reached) => " goal",
            None => " not measured",
        };
        writeln!(f, "{said} |")?;
        Ok(verdict)
    }
}

/// What a figure must keep to, in words.
struct Limit(Bound);

impl Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Bound::AtMost(most) => write!(f, "at most {most}"),
            Bound::AtLeast(least) => write!(f, "at least {least}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::TARGETS, *};
    use crate::side_by_side::lines;

    #[test]
    fn what_is_over_its_bound_is_named_once_more() {
        let rows = "miss-2k\tmiss\tns\tevermemo\t\t300\t340\n\
                    miss-2k\tmiss\tns\tquick_cache\t\t100\t200\n\
                    miss-2k\tmiss\tns\tquick_cache again\t\t110\t220\n";
        let measured = Measured { rows: lines::read(rows).unwrap(), ..Measured::default() };
        let targets: Vec<_> =
            TARGETS.iter().filter(|target| target.figure.name() == "miss-2k").collect();
        let table = Table { measured: &measured, targets: &targets }.to_string();
        let line = "| miss, 2,000 places | ns | 320 | 150 | – | 1.10 | 2.35 × quick_cache | \
                    at most 1.6 | 1 | **over** |";
        assert!(table.contains(line), "{table}");
        let over = "- miss, 2,000 places: 2.35 × quick_cache, at most 1.6\n";
        assert!(table.ends_with(over), "{table}");
    }

    #[test]
    fn hit_ratios_are_judged_on_the_traces_that_have_bounds() {
        let targets: Vec<_> =
            TARGETS.iter().filter(|target| target.what == "mean hit ratio, 1 shard").collect();
        for (traces, end) in [("10", "at least 43.5 | | **over** |"), ("3", " | | |")] {
            let line = format!(
                "hit-ratio traces={traces} requests=all moka=39.40 evermemo-s3tinylfu=43.40"
            );
            let measured = Measured { hit_ratio: Some(line), ..Measured::default() };
            let table = Table { measured: &measured, targets: &targets }.to_string();
            let line = table.lines().nth(2).unwrap();
            assert!(line.contains("| 43.4 | – | 39.4 | | 43.40 % |"), "{table}");
            assert!(line.ends_with(end), "{table}");
        }
    }

    #[test]
    fn what_was_not_measured_is_not_over() {
        let targets: Vec<_> = TARGETS.iter().collect();
        let table = Table { measured: &Measured::default(), targets: &targets }.to_string();
        assert_eq!(table.matches("not measured").count(), targets.len(), "{table}");
        assert!(table.ends_with("Nothing that was measured is over its bound.\n"));
    }
}
