//! The page with everything that may be found, made from the checks themselves (`docs/doctor.md`).

use std::fmt::Write as _;

use super::finding::{Level, Symptom};
use super::{CHECKS, chain, check};

const PREFACE: &str = "# What the doctor finds\n\n\
    `wakeup-coach doctor` looks at everything a call depends on and says what it saw, what that means and what\n\
    to do; `--fix-hints` shows all three, `--json` is for programs, `--chain` adds a whole test call on the\n\
    local line. The same report is at `GET /diagnostics` of a running daemon (admin token), as JSON or as a\n\
    page. Levels: **ok**, **note** (nothing need be done), **warn** (calls work, but not as well as they\n\
    could), **fail** (calls fail, or will). Exit code 1 means that something failed.\n\n\
    This page is made by the program (`wakeup-coach doctor --handbook`), so no finding is without an entry.\n";

/// Everything the doctor may find.
pub(super) fn symptoms() -> impl Iterator<Item = &'static Symptom> {
    CHECKS.iter().flat_map(|check| check.may_find).chain(chain::ALL).chain(check::SYMPTOMS)
}

/// The whole page, in Markdown.
pub fn handbook() -> String {
    let mut page = PREFACE.to_owned();
    let mut check = "";
    for symptom in symptoms() {
        if symptom.check() != check {
            check = symptom.check();
            let _ = write!(page, "\n## {check}\n");
        }
        entry(&mut page, symptom);
    }
    page
}

fn entry(page: &mut String, symptom: &Symptom) {
    // Writing to a `String` cannot fail.
    let _ = write!(page, "\n### {}\n\n", symptom.id);
    let _ = write!(page, "*{}*", symptom.level.name());
    if !symptom.code.is_empty() {
        let _ = write!(page, " · vendor's code {}", symptom.code);
    }
    let _ = write!(page, "\n\n{}\n", symptom.means);
    if !symptom.fix.is_empty() {
        let _ = write!(page, "\n**Do:** {}\n", symptom.fix);
    } else if symptom.level > Level::Note {
        let _ = write!(page, "\n**Do:** what the finding itself says.\n");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_finding_has_an_entry_of_its_own() {
        let ids: Vec<_> = symptoms().map(|symptom| symptom.id).collect();
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "an id is used twice: {ids:?}");
        for symptom in symptoms() {
            let known = CHECKS.iter().any(|check| check.name == symptom.check())
                || ["chain", "check"].contains(&symptom.check());
            assert!(known, "{} belongs to no check", symptom.id);
            assert!(symptom.means.ends_with('.'), "{}", symptom.id);
            assert!(symptom.fix.is_empty() || symptom.fix.ends_with(['.', '`', ')']), "{}", symptom.id);
            assert!(symptom.level == Level::Ok || !symptom.means.is_empty(), "{}", symptom.id);
        }
    }

    #[test]
    fn what_must_be_put_right_says_how() {
        for symptom in symptoms().filter(|symptom| symptom.level > Level::Note) {
            assert!(!symptom.fix.is_empty(), "{} leaves its reader alone", symptom.id);
        }
    }

    #[test]
    fn the_handbook_in_docs_is_the_programs_own() {
        let kept = include_str!("../../docs/doctor.md");
        assert_eq!(kept, handbook(), "run `cargo run -- doctor --handbook > docs/doctor.md`");
    }
}
