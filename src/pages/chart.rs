//! The geometry of a chart of usage: columns of what was downloaded, with what was uploaded on top, drawn as SVG by a
//! template. Heights are in pixels and widths in percent, so that it is as wide as there is room while its letters keep
//! their size.

use crate::model::{Bytes, Usage};

/// The height of the drawing without the letters below it, in pixels.
const HEIGHT: i64 = 160;
/// At most so many lines above the ground.
const LINES: i128 = 4;
/// A column takes so much of its place, in hundredths.
const FILLED: i64 = 72;

/// A chart, ready to be drawn.
pub struct Chart {
    /// What its parts are called in the page.
    pub id: &'static str,
    /// What it shows, for people who do not see it.
    pub title: String,
    /// What there is to see.
    pub summary: String,
    /// Its height, in pixels.
    pub height: i64,
    /// The lines to read it by, the ground first.
    pub lines: Vec<Line>,
    /// The columns, from left to right.
    pub columns: Vec<Column>,
}

/// A line to read the chart by.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// How far down it is.
    pub y: i64,
    /// The size that it stands for.
    pub label: String,
}

/// What a column is about.
#[derive(Default)]
pub struct Entry {
    /// What stands below it.
    pub label: String,
    /// What stands below that; mostly nothing.
    pub under: String,
    /// All about it in words; empty if it is yet to come.
    pub words: String,
    /// How much.
    pub usage: Usage,
    /// Whether its label may be left out where there is little room.
    pub fine: bool,
    /// Whether it is the one that goes on now.
    pub now: bool,
}

/// A column, as it is drawn.
#[allow(missing_docs)] // each is an attribute of the drawing
pub struct Column {
    pub entry: Entry,
    /// The place that it has.
    pub place_x: String,
    pub place_width: String,
    pub x: String,
    pub width: String,
    pub middle: String,
    pub down_y: i64,
    pub down_height: i64,
    pub up_y: i64,
    pub up_height: i64,
    /// Where the second line of letters begins, ends or has its middle, so that it stays inside.
    pub under_x: String,
    pub under_anchor: &'static str,
}

impl Chart {
    /// A chart of `entries`; `None` if there is nothing to see.
    pub fn new(id: &'static str, title: String, summary: String, entries: Vec<Entry>) -> Option<Self> {
        let most = entries.iter().map(|entry| entry.usage.total()).max().filter(|most| most.get() > 0)?;
        let (step, number) = scale(most);
        let top = step * number;
        let lines = (0..=number)
            .map(|line| Line {
                y: HEIGHT - pixels(step * line, top),
                label: Bytes::new(i64::try_from(step * line).unwrap_or(i64::MAX)).to_string(),
            })
            .collect();
        let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        let columns = (0..).zip(entries).map(|(index, entry)| column(entry, index, count, top)).collect();
        Some(Self { id, title, summary, height: HEIGHT, lines, columns })
    }
}

/// How far apart the lines are, in bytes, and how many there are above the ground: round sizes that reach up to `most`.
fn scale(most: Bytes) -> (i128, i128) {
    // Each of these up to four times is a round number of its unit, or of the next.
    const ROUND: [i128; 9] = [1, 2, 5, 10, 20, 50, 100, 256, 512];
    let most = i128::from(most.get()).max(1);
    let steps = (0..).flat_map(|power| ROUND.map(|round| round << (10 * power)));
    let step = steps.into_iter().find(|step| step * LINES >= most).unwrap_or(most);
    (step, (most + step - 1) / step)
}

fn pixels(bytes: i128, top: i128) -> i64 {
    i64::try_from((bytes * i128::from(HEIGHT) + top / 2) / top.max(1)).unwrap_or(HEIGHT)
}

/// A column's place is its share of the whole width. What is little is never nothing.
fn column(entry: Entry, index: i64, count: i64, top: i128) -> Column {
    let at = |hundredths: i64| (index * 100 + hundredths) * 1000 / count.max(1);
    let gap = (100 - FILLED) / 2;
    let (left, right) = (at(gap), at(100 - gap));
    let height = |bytes: Bytes| pixels(i128::from(bytes.get()), top).max(i64::from(bytes.get() > 0));
    let total = height(entry.usage.total());
    let up_height = height(entry.usage.u);
    let down_height = (total - up_height).max(i64::from(entry.usage.d.get() > 0));
    let (under_x, under_anchor) = match at(50) {
        ..4_000 => (at(0), "start"),
        96_000.. => (at(100), "end"),
        middle => (middle, "middle"),
    };
    Column {
        place_x: percent(at(0)),
        place_width: percent(at(100) - at(0)),
        x: percent(left),
        width: percent(right - left),
        middle: percent(at(50)),
        down_y: HEIGHT - down_height,
        down_height,
        up_y: HEIGHT - down_height - up_height,
        up_height,
        under_x: percent(under_x),
        under_anchor,
        entry,
    }
}

/// Thousandths of a percent, as an attribute has them.
fn percent(thousandths: i64) -> String {
    format!("{}.{:03}%", thousandths / 1000, thousandths % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(u: i64, d: i64) -> Entry {
        Entry { usage: Usage { u: Bytes::new(u), d: Bytes::new(d) }, ..Entry::default() }
    }

    fn chart(entries: Vec<Entry>) -> Chart {
        Chart::new("x", String::new(), String::new(), entries).unwrap()
    }

    #[test]
    fn lines_stand_for_round_sizes_that_reach_the_top() {
        for (most, labels) in [
            (1, "0 B, 1 B"),
            (3, "0 B, 1 B, 2 B, 3 B"),
            (1000, "0 B, 256 B, 512 B, 768 B, 1 KiB"),
            (1025, "0 B, 512 B, 1 KiB, 1.5 KiB"),
            (932 << 20, "0 B, 256 MiB, 512 MiB, 768 MiB, 1 GiB"),
            ((1 << 30) + 1, "0 B, 512 MiB, 1 GiB, 1.5 GiB"),
            (3 << 30, "0 B, 1 GiB, 2 GiB, 3 GiB"),
            (21 << 30, "0 B, 10 GiB, 20 GiB, 30 GiB"),
            (41 << 30, "0 B, 20 GiB, 40 GiB, 60 GiB"),
            (400 << 30, "0 B, 100 GiB, 200 GiB, 300 GiB, 400 GiB"),
        ] {
            let lines = chart(vec![entry(0, most)]).lines;
            let shown: Vec<&str> = lines.iter().map(|line| line.label.as_str()).collect();
            assert_eq!(shown.join(", "), labels, "{most}");
            assert_eq!((lines[0].y, lines[lines.len() - 1].y), (HEIGHT, 0), "{most}");
        }
    }

    #[test]
    fn columns_stand_on_the_ground_and_end_below_the_top() {
        for (u, d) in [(0, 0), (1, 1 << 40), (1 << 40, 1), (1 << 40, 0), (1 << 39, 1 << 39), (i64::MAX, i64::MAX)] {
            let chart = chart(vec![entry(u, d), entry(1, 1)]);
            let column = &chart.columns[0];
            assert_eq!(column.down_y + column.down_height, HEIGHT);
            assert_eq!(column.up_y + column.up_height, column.down_y);
            // One pixel over is what a little may cost.
            assert!(column.up_y >= -1, "{u} {d}: {}", column.up_y);
            assert_eq!((column.up_height > 0, column.down_height > 0), (u > 0, d > 0), "{u} {d}");
        }
        let chart = chart(vec![entry(256, 512), entry(0, 1024)]);
        assert_eq!((chart.columns[0].down_height, chart.columns[0].up_height), (HEIGHT / 2, HEIGHT / 4));
        assert_eq!(chart.columns[1].down_height, HEIGHT);
    }

    #[test]
    fn columns_share_the_width_and_letters_stay_inside() {
        let chart = chart((0..31).map(|day| entry(0, day)).collect());
        let (first, middle, last) = (&chart.columns[0], &chart.columns[15], &chart.columns[30]);
        assert_eq!((first.place_x.as_str(), first.x.as_str()), ("0.000%", "0.451%"));
        assert_eq!(middle.middle, "50.000%");
        assert_eq!((last.under_x.as_str(), last.under_anchor), ("100.000%", "end"));
        assert_eq!((first.under_anchor, middle.under_anchor), ("start", "middle"));
    }

    #[test]
    fn where_nothing_was_used_there_is_nothing_to_draw() {
        assert!(Chart::new("x", String::new(), String::new(), vec![entry(0, 0)]).is_none());
        assert!(Chart::new("x", String::new(), String::new(), Vec::new()).is_none());
    }
}
