//! The report for a terminal: a line for each finding, and what to do below those that need it.

use std::fmt::Write as _;

use super::finding::{Finding, Level};
use super::report::Report;

/// Readable lines, also in a wide window.
const WIDTH: usize = 100;
/// The level and the check stand before what was seen.
const LEVEL_WIDTH: usize = 4;
const CHECK_WIDTH: usize = 14;

/// How the table is drawn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// With colours.
    pub colours: bool,
    /// With meaning and cure of everything that is not well.
    pub hints: bool,
}

/// Draws the report.
pub fn draw(report: &Report, style: Style) -> String {
    let mut table = String::new();
    for finding in &report.findings {
        row(&mut table, finding, style);
    }
    // Writing to a `String` cannot fail.
    let _ = write!(table, "\n{}.\n", paint(style, colour(report.verdict), &report.summary));
    if !style.hints && report.verdict > Level::Note {
        table.push_str("`wakeup-coach doctor --fix-hints` says what to do.\n");
    }
    table
}

fn row(table: &mut String, finding: &Finding, style: Style) {
    let level = format!("{:<LEVEL_WIDTH$}", finding.level.name());
    let level = paint(style, colour(finding.level), &level);
    let indent = LEVEL_WIDTH + CHECK_WIDTH + 4;
    let code = finding.code.as_deref().filter(|_| finding.level > Level::Note);
    let saw = match code {
        Some(code) => format!("{} [{code}]", finding.saw),
        None => finding.saw.clone(),
    };
    let lines = wrap(&saw, WIDTH - indent);
    let _ = writeln!(
        table,
        "{level}  {:<CHECK_WIDTH$}  {}",
        finding.check,
        lines.join(&format!("\n{}", " ".repeat(indent)))
    );
    if style.hints && finding.level > Level::Ok {
        hint(table, style, indent, &finding.means);
        if let Some(fix) = &finding.fix {
            hint(table, style, indent, &format!("Do: {fix}"));
        }
        hint(table, style, indent, &format!("See {}", finding.docs));
    }
}

fn hint(table: &mut String, style: Style, indent: usize, text: &str) {
    for line in wrap(text, WIDTH - indent) {
        let _ = writeln!(table, "{}{}", " ".repeat(indent), paint(style, "2", &line));
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::Ok => "32",
        Level::Note => "36",
        Level::Warn => "33",
        Level::Fail => "1;31",
    }
}

fn paint(style: Style, colour: &str, text: &str) -> String {
    if style.colours { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Words in lines of at most `width` characters; a longer word, such as an address, has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use insta::assert_snapshot;
    use jiff::Timestamp;

    use super::super::finding::Symptom;
    use super::*;

    fn report() -> Report {
        let symptom = |id, level, fix, code| Symptom { id, level, means: "It means this.", fix, code };
        let findings = vec![
            symptom("host.disk", Level::Ok, "", "").saw("900 MiB are free at /var/lib"),
            symptom("zones.not-set", Level::Note, "Set TZ.", "").saw("TZ is not set"),
            symptom("public-url.refused", Level::Fail, "Open the port.", "11205").saw(
                "Nobody listens at wake.example.com:443, although the name leads to 203.0.113.7, which answers nothing",
            ),
        ];
        Report::new(Timestamp::UNIX_EPOCH, Duration::ZERO, findings)
    }

    #[test]
    fn a_table_is_a_line_for_each_finding() {
        assert_snapshot!(draw(&report(), Style::default()), @r"
        ok    host            900 MiB are free at /var/lib
        note  zones           TZ is not set
        fail  public-url      Nobody listens at wake.example.com:443, although the name leads to
                              203.0.113.7, which answers nothing [11205]

        1 thing must be put right before calls can be relied on.
        `wakeup-coach doctor --fix-hints` says what to do.
        ");
    }

    #[test]
    fn hints_stand_below_what_is_not_well() {
        assert_snapshot!(draw(&report(), Style { hints: true, colours: false }), @r"
        ok    host            900 MiB are free at /var/lib
        note  zones           TZ is not set
                              It means this.
                              Do: Set TZ.
                              See docs/doctor.md#zonesnot-set
        fail  public-url      Nobody listens at wake.example.com:443, although the name leads to
                              203.0.113.7, which answers nothing [11205]
                              It means this.
                              Do: Open the port.
                              See docs/doctor.md#public-urlrefused

        1 thing must be put right before calls can be relied on.
        ");
    }

    #[test]
    fn colours_are_only_for_those_who_see_them() {
        let plain = draw(&report(), Style::default());
        let painted = draw(&report(), Style { colours: true, hints: false });
        assert!(!plain.contains('\u{1b}') && painted.contains("\u{1b}[1;31mfail"), "{painted}");
    }
}
