//! How the times of calls are distributed, as a picture.

use std::{fs, io, path::Path};

use hdrhistogram::Histogram;
use plotters::{
    prelude::{
        BLACK, ChartBuilder, IntoDrawingArea, IntoLogRange, LineSeries, PathElement, SVGBackend,
        SeriesLabelPosition, WHITE,
    },
    style::Color,
};

use super::plots::{COLOURS, said};

/// The times of all calls of one contestant.
#[derive(Clone, Debug)]
pub struct Curve {
    /// What was called, in words.
    pub what: String,
    /// The contestant's name.
    pub peer: &'static str,
    /// Which share of the calls took longer, and than how many nanoseconds.
    pub points: Vec<(f64, f64)>,
}

/// Shares of calls that a curve has a point for, between one and the next tenth of it.
const POINTS: i32 = 20;

/// What a curve ends with: one call in 100,000.
const LEAST: f64 = 1e-5;

const SIZE: (u32, u32) = (760, 420);

impl Curve {
    pub(super) fn of(what: &str, peer: &'static str, times: &Histogram<u64>) -> Self {
        let least = LEAST.max(1.0 / times.len().max(1) as f64);
        let points = (0..)
            .map(|point| 10_f64.powf(-f64::from(point) / f64::from(POINTS)))
            .take_while(|&share| share >= least)
            .map(|share| (share, times.value_at_quantile(1.0 - share).max(1) as f64))
            .collect();
        Self { what: what.to_owned(), peer, points }
    }
}

/// Writes `latency.svg` into `folder`: a diagram for each thing that was called, with a curve for
/// each contestant, both axes logarithmic. Writes nothing if there are no curves.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write(folder: &Path, curves: &[Curve]) -> io::Result<()> {
    let mut diagrams: Vec<Vec<&Curve>> = Vec::new();
    for curve in curves {
        match diagrams.last_mut() {
            Some(last) if last[0].what == curve.what => last.push(curve),
            _ => diagrams.push(vec![curve]),
        }
    }
    if diagrams.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    draw(&folder.join("latency.svg"), &diagrams).map_err(io::Error::other)
}

fn draw(path: &Path, diagrams: &[Vec<&Curve>]) -> Result<(), String> {
    let (width, height) = SIZE;
    let area = SVGBackend::new(path, (width, height * diagrams.len() as u32)).into_drawing_area();
    // The paper is drawn too, so that the words are legible on a dark page.
    area.fill(&WHITE).map_err(said)?;
    for (area, curves) in area.split_evenly((diagrams.len(), 1)).iter().zip(diagrams) {
        let points = || curves.iter().flat_map(|curve| &curve.points);
        let fastest = points().map(|point| point.1).fold(f64::MAX, f64::min);
        let slowest = points().map(|point| point.1).fold(1.0, f64::max);
        let mut chart = ChartBuilder::on(area)
            .caption(format!("{} (ns, less is better)", curves[0].what), ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(70)
            .build_cartesian_2d(
                (1.0..1.0 / LEAST).log_scale(),
                (fastest / 1.5..slowest * 1.5).log_scale(),
            )
            .map_err(said)?;
        chart
            .configure_mesh()
            .x_desc("percentile of calls")
            .x_label_formatter(&|rarity: &f64| percentile(*rarity))
            .y_label_formatter(&|nanos: &f64| format!("{nanos:.0}"))
            .draw()
            .map_err(said)?;
        for curve in curves {
            let colour = COLOURS.iter().find(|(peer, _)| *peer == curve.peer);
            let style = colour.map_or(BLACK, |(_, colour)| *colour).stroke_width(2);
            // The further to the right, the rarer: one call in so many takes longer.
            let line = curve.points.iter().map(|&(share, nanos)| (1.0 / share, nanos));
            chart
                .draw_series(LineSeries::new(line, style))
                .map_err(said)?
                .label(curve.peer)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .draw()
            .map_err(said)?;
    }
    area.present().map_err(said)
}

/// The percentile that one call in `rarity` is slower than.
fn percentile(rarity: f64) -> String {
    let digits = (rarity.log10() - 2.0).max(0.0).round() as usize;
    format!("{:.digits$} %", 100.0 * (1.0 - 1.0 / rarity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side_by_side::percentiles::histogram;

    #[test]
    fn a_curve_falls_with_the_share_that_is_slower() {
        let mut times = histogram();
        (1..=1_000).for_each(|nanos| times += nanos);
        let curve = Curve::of("calls", "evermemo", &times);
        assert_eq!(curve.points.len(), 61);
        let (share, nanos) = curve.points[20];
        assert!((share - 0.1).abs() < 1e-9 && (nanos - 900.0).abs() <= 1.0, "{share} {nanos}");
        assert!(curve.points.is_sorted_by(|one, next| one.0 > next.0 && one.1 <= next.1));
    }

    #[test]
    fn ticks_have_as_many_digits_as_they_need() {
        let ticks = [1.0, 10.0, 100.0, 1_000.0, 10_000.0].map(percentile);
        assert_eq!(ticks, ["0 %", "90 %", "99 %", "99.9 %", "99.99 %"]);
    }
}
