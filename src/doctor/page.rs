//! The report as a page for browsers: no script, nothing fetched from elsewhere.

use std::sync::OnceLock;

use jiff::tz::TimeZone;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, UndefinedBehavior};
use serde::Serialize;

use super::report::Report;

/// The ending makes the engine escape whatever stands in a finding.
const NAME: &str = "diagnostics.html";

#[derive(Serialize)]
struct Words<'a> {
    report: &'a Report,
    made_at: String,
}

/// The whole page; `zone` is where its reader's clock hangs.
pub fn render(report: &Report, zone: TimeZone) -> Result<String, Error> {
    static ENGINE: OnceLock<Environment<'static>> = OnceLock::new();
    let made_at = report.made_at.to_zoned(zone).strftime("%a %Y-%m-%d %H:%M:%S %:z").to_string();
    ENGINE.get_or_init(engine).get_template(NAME)?.render(Value::from(Serde(Words { report, made_at })))
}

fn engine() -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine
        .add_template(NAME, include_str!("../../templates/pages/diagnostics.html"))
        .expect("the template is compiled in and tested");
    engine
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::super::finding::{Level, Symptom};
    use super::*;

    #[test]
    fn the_page_shows_findings_and_escapes_them() {
        let symptom = Symptom {
            id: "a.b",
            level: Level::Fail,
            means: "It means this.",
            fix: "Do that.",
            code: "11210",
        };
        let findings = vec![symptom.saw("<script>alert(1)</script> & more")];
        let report = Report::new(Timestamp::UNIX_EPOCH, Duration::from_millis(12), findings);
        let page = render(&report, TimeZone::UTC).unwrap();
        for part in [
            "&lt;script&gt;alert(1)&lt;",
            "&amp; more",
            "[11210]",
            "Do that.",
            "id=\"a.b\"",
            "in 12 ms",
            "Thu 1970-01-01 00:00:00 +00:00,",
        ] {
            assert!(page.contains(part), "`{part}` is missing:\n{page}");
        }
        assert!(!page.contains("<script"), "{page}");
    }
}
