//! Bar charts as SVG files.

use std::{fs, io, path::Path};

use plotters::{
    prelude::{BLACK, IntoDrawingArea, RGBColor, Rectangle, SVGBackend, Text, WHITE},
    style::{
        Color, IntoFont,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::rounds::Row;

/// A file, a heading and the workloads in it, with their labels.
type Chart = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const CHARTS: &[Chart] = &[
    (
        "hit",
        "Time of a hit, one thread (ns, less is better)",
        &[
            ("hit-1k", "u64, 1,000 entries"),
            ("hit-1k-expiry", "the same, expiry checked by those that have it"),
            ("hit-str", "&str → Arc"),
            ("hit-str-expiry", "the same, expiry checked by those that have it"),
        ],
    ),
    (
        "hit-1m",
        "Time of a hit, 1,000,000 entries (ns, less is better)",
        &[("hit-1m", "u64"), ("hit-1m-expiry", "u64, expiry checked by those that have it")],
    ),
    (
        "threads",
        "Time of a call, two threads at once (ns, less is better)",
        &[
            ("threads-uniform", "uniform keys"),
            ("threads-skewed", "skewed keys"),
            ("threads-hot", "one hot key"),
            ("threads-hot-arc", "one hot Arc"),
            ("threads-inserts", "5 % inserts"),
        ],
    ),
    (
        "miss",
        "Time of a miss: load, insert, evict (ns, less is better)",
        &[
            ("miss-2k", "2,000 places"),
            ("miss", "10,000 places"),
            ("miss-expiry", "the same, with expiry"),
            ("miss-100k", "100,000 places"),
            ("miss-1m", "1,000,000 places"),
        ],
    ),
    (
        "stampede",
        "Time for each waiter of a stampede (ns, less is better)",
        &[("stampede", "10,000 on one key"), ("stampede-keys", "10 on each of 10,000")],
    ),
    (
        "bytes",
        "Heap for each entry, u64 → u64 (bytes, less is better)",
        &[("bytes-100k-expiry", "100,000 entries"), ("bytes-1m-expiry", "1,000,000 entries")],
    ),
];

/// Tell the peers apart on white, in print, and for those who see no red or no green.
pub(super) const COLOURS: [(&str, RGBColor); 6] = [
    ("evermemo", RGBColor(213, 94, 0)),
    ("quick_cache", RGBColor(0, 114, 178)),
    ("moka", RGBColor(0, 158, 115)),
    ("foyer", RGBColor(204, 121, 167)),
    ("cached", RGBColor(86, 180, 233)),
    ("hashbrown", RGBColor(153, 153, 153)),
];

const WIDTH: i32 = 760;
const BAR: i32 = 18;
/// Where bars begin: to the left of it are names.
const LEFT: i32 = 120;
/// Where the longest bar ends: to the right of it is its figure.
const RIGHT: i32 = WIDTH - 70;
const HEADING: i32 = 44;
const LABEL: i32 = 26;

/// Writes a chart into `folder` for each group of workloads that was measured.
///
/// # Errors
///
/// If a file cannot be written.
pub fn write(folder: &Path, rows: &[Row]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (file, heading, workloads) in CHARTS {
        let groups: Vec<_> = workloads
            .iter()
            .filter_map(|(workload, label)| {
                let row = rows.iter().find(|row| row.workload == *workload)?;
                Some((*label, bars(row)))
            })
            .collect();
        if !groups.is_empty() {
            let path = folder.join(format!("{file}.svg"));
            draw(&path, heading, &groups).map_err(io::Error::other)?;
        }
    }
    Ok(())
}

/// A peer's name, its colour and its figure.
type Bar = (&'static str, RGBColor, f64);

fn bars(row: &Row) -> Vec<Bar> {
    COLOURS
        .iter()
        .filter_map(|&(peer, colour)| Some((peer, colour, row.of(peer)?.median())))
        .filter(|(.., figure)| figure.is_finite())
        .collect()
}

fn draw(path: &Path, heading: &str, groups: &[(&str, Vec<Bar>)]) -> Result<(), String> {
    let height: i32 =
        groups.iter().map(|(_, bars)| LABEL + BAR * bars.len() as i32 + 10).sum::<i32>();
    let area = SVGBackend::new(path, (WIDTH as u32, (HEADING + height) as u32)).into_drawing_area();
    // The paper is drawn too, so that the words are legible on a dark page.
    area.fill(&WHITE).map_err(said)?;
    let words = |size: i32, at: HPos| {
        ("sans-serif", size).into_font().color(&BLACK).pos(Pos::new(at, VPos::Center))
    };
    area.draw(&Text::new(heading, (12, 22), words(21, HPos::Left))).map_err(said)?;
    let longest = groups.iter().flat_map(|(_, bars)| bars).map(|bar| bar.2).fold(0.0, f64::max);
    let mut top = HEADING;
    for (label, bars) in groups {
        area.draw(&Text::new(*label, (LEFT, top + 12), words(18, HPos::Left))).map_err(said)?;
        top += LABEL;
        for (peer, colour, figure) in bars {
            let middle = top + BAR / 2;
            let end = LEFT + (f64::from(RIGHT - LEFT) * figure / longest) as i32;
            let corners = [(LEFT, top + 2), (end.max(LEFT + 1), top + BAR - 2)];
            area.draw(&Rectangle::new(corners, colour.filled())).map_err(said)?;
            area.draw(&Text::new(*peer, (LEFT - 8, middle), words(16, HPos::Right)))
                .map_err(said)?;
            let figure =
                if *figure < 10.0 { format!("{figure:.1}") } else { format!("{figure:.0}") };
            area.draw(&Text::new(figure, (end + 6, middle), words(16, HPos::Left)))
                .map_err(said)?;
            top += BAR;
        }
        top += 10;
    }
    area.present().map_err(said)
}

pub(super) fn said(error: impl core::fmt::Display) -> String {
    error.to_string()
}
