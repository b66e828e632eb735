//! Which module may name which: imports point downwards, and the simulators stand apart.

use super::source::Source;

/// The layers from the top; a module may name itself and whatever stands on a lower row.
/// Neighbours on one row do not know each other. `docs/architecture.md` draws the same list.
pub const LAYERS: [&[&str]; 13] = [
    &["cli", "trials"],
    &["app"],
    &["web", "simulator"],
    &["desk", "doctor"],
    &["scheduler"],
    &["calls"],
    &["realtime", "traditional"],
    &["store", "telephony", "telemetry", "notify"],
    &["config"],
    &["clock", "http", "zones", "failpoint"],
    &["coach"],
    &["domain"],
    &["planted"],
];

/// The simulators are the far side of the wire: of our own code they may know the vocabulary alone.
const SIMULATOR_MAY_NAME: [&str; 1] = ["domain"];

/// Every import of this file that points the wrong way.
pub fn upward_imports(source: &Source) -> Vec<String> {
    let module = source.module();
    let Some(&from) = module.first() else { return Vec::new() };
    // Programs stand on top of everything, as the command line does.
    if from == "bin" {
        return Vec::new();
    }
    let Some(own_row) = row(from) else {
        return vec![format!(
            "{}: module `{from}` has no layer; give it a row in LAYERS (tests/it/tidy/layers.rs) and a line in \
             docs/architecture.md",
            source.path
        )];
    };
    let wrong = |named: &&(usize, String)| {
        let (_, to) = named;
        to != from
            && match row(to) {
                Some(_) if from == "simulator" => !SIMULATOR_MAY_NAME.contains(&to.as_str()),
                Some(row) => row <= own_row,
                None => false, // An item of the crate root, such as a macro.
            }
    };
    imports(source).iter().filter(wrong).map(|(line, to)| explain(source, *line, from, to)).collect()
}

fn explain(source: &Source, line: usize, from: &str, to: &str) -> String {
    let hint = if from == "simulator" {
        "the simulators know only `domain`: they must judge our wire types, not share them"
    } else {
        "imports only point downwards: move what both need into a lower layer, or hand it in as an argument \
         from above"
    };
    format!("{}:{line}: `{from}` must not name `{to}`; {hint}", source.path)
}

fn row(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// The top-level modules this file names, with the line of each.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for root in roots(source) {
        let rest = &source.code[root..];
        let line = source.code[..root].matches('\n').count() + 1;
        found.extend(heads(rest).into_iter().map(|head| (line, head)));
    }
    found
}

/// Where in the code a path has just reached the crate's root: behind `crate::`, the crate's own name, or
/// as many `super::` as the module is deep.
fn roots(source: &Source) -> Vec<usize> {
    let code = &source.code;
    let climb = "super::".repeat(source.module().len());
    let mut found = Vec::new();
    for root in ["crate::", "wakeup_coach::", climb.as_str()] {
        for (at, _) in code.match_indices(root) {
            let starts_a_path = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            let before_super = root == climb && code[at + root.len()..].starts_with("super::");
            if starts_a_path && !before_super {
                found.push(at + root.len());
            }
        }
    }
    found
}

/// The first segment of a path, or of each path in a `{…}` group.
fn heads(rest: &str) -> Vec<String> {
    let Some(group) = rest.trim_start().strip_prefix('{') else {
        return head(rest).into_iter().collect();
    };
    let (mut depth, mut found, mut expecting) = (1_usize, Vec::new(), true);
    for (at, c) in group.char_indices() {
        if expecting && !c.is_whitespace() {
            found.extend(head(&group[at..]));
            expecting = false;
        }
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => expecting = true,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

fn head(path: &str) -> Option<String> {
    let head: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!head.is_empty()).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(path: &str, text: &str) -> usize {
        upward_imports(&Source::new(path, text)).len()
    }

    #[test]
    fn imports_that_point_up_are_found_however_they_are_written() {
        assert_eq!(wrong("src/domain/ids.rs", "use crate::store::Store;"), 1);
        assert_eq!(wrong("src/store/mod.rs", "use crate::{domain::ids, calls::{place, answer}, web};"), 2);
        assert_eq!(wrong("src/store/rows.rs", "use super::super::web::Router;"), 1);
        assert_eq!(wrong("src/clock.rs", "use super::store;"), 1);
        assert_eq!(wrong("src/coach/script.rs", "fn f() { crate::clock::timeout() }"), 1);
        assert_eq!(wrong("src/coach/script.rs", "fn f() { wakeup_coach::clock::timeout() }"), 1);
        assert_eq!(wrong("src/realtime/pump.rs", "use crate::traditional::opening;"), 1, "neighbours");
        assert_eq!(wrong("src/web/mod.rs", "use crate::simulator::twilio;"), 1);
    }

    #[test]
    fn imports_that_point_down_pass() {
        assert_eq!(wrong("src/cli/demo.rs", "use crate::{app::App, simulator::twilio, domain::ids};"), 0);
        assert_eq!(wrong("src/store/rows.rs", "use super::Store;\nuse crate::store::Fence;"), 0);
        assert_eq!(wrong("src/store/rows.rs", "/// See [`crate::web`].\nuse crate::domain::ids;"), 0);
        let tested = "use crate::domain::ids;\n\n#[cfg(test)]\nmod tests {\n    use crate::web::Router;\n}\n";
        assert_eq!(wrong("src/store/rows.rs", tested), 0);
    }

    #[test]
    fn the_simulators_know_only_the_vocabulary() {
        assert_eq!(wrong("src/simulator/twilio/mod.rs", "use crate::domain::phone;"), 0);
        assert_eq!(wrong("src/simulator/twilio/mod.rs", "use crate::simulator::pace::Pace;"), 0);
        assert_eq!(wrong("src/simulator/twilio/mod.rs", "use crate::telephony::signature;"), 1);
        assert_eq!(wrong("src/simulator/twilio/mod.rs", "use crate::coach::script;"), 1);
    }

    #[test]
    fn a_new_module_needs_a_layer() {
        assert_eq!(wrong("src/astrology.rs", ""), 1);
    }
}
