//! Results as markdown.

use core::fmt::{self, Display};

use super::{
    peers::CONTROL,
    rounds::{Cell, Row},
};

/// The columns, in the order of the figures that people look for.
const PEERS: [&str; 6] = ["evermemo", "quick_cache", "moka", "foyer", "cached", "hashbrown"];

/// Prints a table of the rows in which peers take part, and a list of the others.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a>(pub &'a [Row]);

impl Display for Tables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (beside, own): (Vec<_>, Vec<_>) = self
            .0
            .iter()
            .filter(|row| !row.cells.is_empty())
            .partition(|row| row.of("quick_cache").is_some() || row.of("moka").is_some());
        if !beside.is_empty() {
            peers(f, &beside)?;
        }
        if !own.is_empty() {
            alone(f, &own)?;
        }
        Ok(())
    }
}

fn peers(f: &mut fmt::Formatter<'_>, rows: &[&Row]) -> fmt::Result {
    write!(f, "| what | unit |")?;
    for peer in PEERS {
        write!(f, " {peer} |")?;
    }
    writeln!(f, " over quick_cache | over moka | over the best peer | control |")?;
    writeln!(f, "|---|---|{}", "--:|".repeat(PEERS.len() + 4))?;
    for row in rows {
        write!(f, "| {} | {} |", row.what, row.unit)?;
        for peer in PEERS {
            match row.of(peer) {
                Some(cell) => write!(f, " {}{} |", Figure(cell.median()), cell.note)?,
                None => write!(f, " – |")?,
            }
        }
        let best = PEERS[1..]
            .iter()
            .filter_map(|peer| row.of(peer))
            .min_by(|one, other| one.median().total_cmp(&other.median()));
        let over_best = best.and_then(|best| row.ratio("evermemo", &best.peer));
        for ratio in [
            row.ratio("evermemo", "quick_cache"),
            row.ratio("evermemo", "moka"),
            over_best,
            row.ratio(CONTROL, "quick_cache"),
        ] {
            match ratio.filter(|ratio| ratio.is_finite()) {
                Some(ratio) => write!(f, " {ratio:.2} |")?,
                None => write!(f, " – |")?,
            }
        }
        writeln!(f)?;
    }
    writeln!(f)?;
    writeln!(
        f,
        "†: has no expiry and was measured without. –: takes no part, or was not measured."
    )?;
    writeln!(f)
}

fn alone(f: &mut fmt::Formatter<'_>, rows: &[&Row]) -> fmt::Result {
    writeln!(f, "| what | contestant | figure | over the first |\n|---|---|--:|--:|")?;
    for row in rows {
        let first = &row.cells[0];
        for cell in &row.cells {
            let Cell { peer, .. } = cell;
            let (figure, unit) = (Figure(cell.median()), &row.unit);
            let ratio = cell.over(first);
            write!(f, "| {} | {peer} | {figure} {unit} |", row.what)?;
            if ratio.is_finite() { writeln!(f, " {ratio:.2} |")? } else { writeln!(f, " – |")? }
        }
    }
    writeln!(f)
}

/// A figure with the digits that mean something.
pub(super) struct Figure(pub(super) f64);

impl Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            figure if !figure.is_finite() => write!(f, "–"),
            figure if figure >= 100.0 => write!(f, "{figure:.0}"),
            figure if figure >= 10.0 => write!(f, "{figure:.1}"),
            figure => write!(f, "{figure:.2}"),
        }
    }
}
