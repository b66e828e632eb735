//! Tables: columns as wide as they need to be, and the widest one broken where the window ends.

use anstyle::Style;

use super::terminal::{self, FAINT, STRONG, paint};

/// Between two columns.
const GAP: &str = "  ";
/// A column narrower than this cannot be read.
const NARROWEST: usize = 12;

/// Text with the style it is painted in.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A cell in that style.
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::styled(text, Style::new())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::styled(text, Style::new())
    }
}

/// What is not known, or not there.
impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(|| Self::styled("–", FAINT), Into::into)
    }
}

/// A table of `N` columns.
#[derive(Debug, Clone)]
pub struct Table<const N: usize> {
    headings: [&'static str; N],
    rows: Vec<[Cell; N]>,
}

impl<const N: usize> Table<N> {
    /// An empty table.
    pub fn of(headings: [&'static str; N]) -> Self {
        Self { headings, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [Cell; N]) {
        self.rows.push(cells);
    }

    /// Prints it as wide as the window allows.
    pub fn print(&self) {
        terminal::say(self.render(terminal::width()).trim_end());
    }

    /// The table as text, no line wider than `window` if that can be.
    pub fn render(&self, window: Option<usize>) -> String {
        let widths = self.widths(window);
        let headings = self.headings.map(|heading| Cell::styled(heading, STRONG));
        let rule: [Cell; N] = std::array::from_fn(|column| Cell::styled("─".repeat(widths[column]), FAINT));
        let mut text = String::new();
        for cells in [&headings, &rule].into_iter().chain(&self.rows) {
            write_row(&mut text, cells, &widths);
        }
        text
    }

    fn widths(&self, window: Option<usize>) -> [usize; N] {
        let mut widths: [usize; N] = std::array::from_fn(|column| {
            let cells = self.rows.iter().map(|row| wide(&row[column].text));
            cells.chain([wide(self.headings[column])]).max().unwrap_or(0)
        });
        let total = widths.iter().sum::<usize>() + GAP.len() * N.saturating_sub(1);
        let excess = window.map_or(0, |window| total.saturating_sub(window));
        if let Some(widest) = widths.iter_mut().max() {
            *widest = widest.saturating_sub(excess).max(NARROWEST.min(*widest));
        }
        widths
    }
}

fn wide(text: &str) -> usize {
    console::measure_text_width(text)
}

fn write_row<const N: usize>(text: &mut String, cells: &[Cell; N], widths: &[usize; N]) {
    let broken: Vec<Vec<String>> =
        cells.iter().zip(widths).map(|(cell, width)| lines(&cell.text, *width)).collect();
    let height = broken.iter().map(Vec::len).max().unwrap_or(1);
    for line in 0..height {
        let mut row = String::new();
        let mut owed = 0;
        for (column, cell) in cells.iter().enumerate() {
            let part = broken[column].get(line).map_or("", String::as_str);
            if !part.is_empty() {
                row.push_str(&" ".repeat(owed));
                row.push_str(&paint(cell.style, part));
                owed = 0;
            }
            // Blanks are written when something follows them, so that no line ends in them.
            owed += widths[column] - wide(part).min(widths[column]) + GAP.len();
        }
        text.push_str(&row);
        text.push('\n');
    }
}

/// Broken at blanks; a word that is wider than the column stands out.
fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let current = lines.last_mut().expect("there is always a line");
        if current.is_empty() {
            current.push_str(word);
        } else if wide(current) + 1 + wide(word) <= width {
            current.push(' ');
            current.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::terminal::GOOD;

    fn sleepers() -> Table<3> {
        let mut table = Table::of(["name", "next wake-up", "note"]);
        table.row(["Anna".into(), Cell::styled("Mon 2026-03-02 06:30", GOOD), "as asked".into()]);
        table.row(["Zoë".into(), Cell::from(None::<&str>), "away until the end of the month".into()]);
        table
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        insta::assert_snapshot!(plain(&sleepers().render(None)), @r"
        name  next wake-up          note
        ────  ────────────────────  ───────────────────────────────
        Anna  Mon 2026-03-02 06:30  as asked
        Zoë   –                     away until the end of the month
        ");
    }

    #[test]
    fn a_narrow_window_breaks_the_widest_column() {
        let text = plain(&sleepers().render(Some(48)));
        insta::assert_snapshot!(text, @r"
        name  next wake-up          note
        ────  ────────────────────  ────────────────────
        Anna  Mon 2026-03-02 06:30  as asked
        Zoë   –                     away until the end
                                    of the month
        ");
        assert!(text.lines().all(|line| wide(line) <= 48));
    }

    #[test]
    fn a_window_too_narrow_for_anything_still_gets_every_word() {
        let text = plain(&sleepers().render(Some(10)));
        assert!(["Anna", "away", "month"].iter().all(|word| text.contains(word)), "{text}");
    }

    #[test]
    fn only_words_are_painted_and_no_line_ends_in_blanks() {
        let text = sleepers().render(None);
        assert!(text.contains("\u{1b}[32mMon 2026-03-02 06:30\u{1b}[0m"), "{text:?}");
        assert!(plain(&text).lines().all(|line| !line.ends_with(' ')));
    }
}
