//! Scores as a picture.

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{contestants::Kind, run::Score};

/// Of this height are all lines of text, in pixels.
const LETTERS: i32 = 17;
/// One bar and the space below it.
const ROW: i32 = 26;
const WIDTH: i32 = 830;
/// Of the names.
const LEFT: i32 = 330;
/// Of the figure behind the longest bar.
const RIGHT: i32 = 60;
/// Of the title.
const TOP: i32 = 40;

/// Neither of these vanishes on a white page, nor on a black one.
const TEXT: RGBColor = RGBColor(0x76, 0x7c, 0x84);
const SIMULATED: RGBColor = RGBColor(0x9a, 0xa0, 0xa8);
const PEER: RGBColor = RGBColor(0x4c, 0x8e, 0xd9);
const OURS: RGBColor = RGBColor(0xe0, 0x7b, 0x28);

/// Draws the mean of each score as a bar, the best one on top, as SVG without a background.
///
/// `kinds` belong to `scores`, one each; a bar's colour says of which kind it is.
///
/// # Errors
///
/// If plotters fails to draw.
pub fn chart(
    title: &str,
    kinds: &[Kind],
    scores: &[Score],
) -> Result<String, Box<dyn core::error::Error>> {
    let mut bars: Vec<_> = scores.iter().zip(kinds).map(|(score, &kind)| (score, kind)).collect();
    bars.sort_by(|(one, _), (other, _)| other.mean().total_cmp(&one.mean()));
    let longest = bars.first().map_or(1.0, |(score, _)| score.mean()).max(1.0);
    let height = TOP + ROW * bars.len() as i32 + ROW;

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32));
        let area = area.into_drawing_area();
        write(&area, title, (WIDTH / 2, TOP / 2), HPos::Center, TEXT)?;
        for (row, (score, kind)) in bars.into_iter().enumerate() {
            let top = TOP + ROW * row as i32;
            let middle = top + ROW / 2;
            let end = LEFT + (f64::from(WIDTH - LEFT - RIGHT) * score.mean() / longest) as i32;
            let bar = [(LEFT, top + 4), (end, top + ROW - 4)];
            area.draw(&Rectangle::new(bar, colour(kind).filled()))?;
            write(&area, &score.name, (LEFT - 8, middle), HPos::Right, TEXT)?;
            write(&area, &format!("{:.2}", score.mean()), (end + 6, middle), HPos::Left, TEXT)?;
        }
        let legend =
            [(Kind::Simulated, "simulated"), (Kind::Peer, "peer"), (Kind::Evermemo, "Evermemo")];
        for (place, (kind, text)) in legend.into_iter().enumerate() {
            let at = (LEFT + 110 * place as i32, height - ROW / 2);
            write(&area, text, at, HPos::Left, colour(kind))?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn colour(kind: Kind) -> RGBColor {
    match kind {
        Kind::Simulated => SIMULATED,
        Kind::Peer => PEER,
        Kind::Evermemo => OURS,
    }
}

fn write(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    text: &str,
    at: (i32, i32),
    side: HPos,
    colour: RGBColor,
) -> Result<(), Box<dyn core::error::Error>> {
    let style = ("sans-serif", LETTERS).into_text_style(area).color(&colour);
    let style = style.pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(text.to_owned(), at, style))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_score_has_a_bar_a_name_and_a_figure() {
        let score = |name: &str, ratio| Score { name: name.to_owned(), ratios: vec![[ratio; 3]] };
        let scores = [score("low", 12.0), score("high", 48.0)];
        let svg = chart("Mean", &[Kind::Peer, Kind::Evermemo], &scores).unwrap();
        assert_eq!(svg.matches("<rect").count(), 2);
        for text in ["Mean", "low", "12.00", "high", "48.00"] {
            assert!(svg.contains(text), "{text} is not in {svg}");
        }
        assert!(svg.find("high") < svg.find("low"), "the better one stands on top");
    }
}
