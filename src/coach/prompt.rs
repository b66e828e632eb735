//! The one template engine for what models are told: strict about missing words, bounded in work.

use std::sync::OnceLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, UndefinedBehavior};
use rust_embed::RustEmbed;
use serde::Serialize;

#[derive(RustEmbed)]
#[folder = "templates/coach/"]
struct Sources;

/// Far above what our own prompts use; a template that loops for ever stops here.
const FUEL: u64 = 50_000;

/// Renders the prompt `name` (a file in `templates/coach/`, without its ending).
pub(super) fn render(name: &str, words: impl Serialize) -> Result<String, Error> {
    static ENGINE: OnceLock<Environment<'static>> = OnceLock::new();
    let rendered =
        ENGINE.get_or_init(engine).get_template(&format!("{name}.j2"))?.render(Value::from(Serde(words)))?;
    Ok(rendered.trim().to_owned())
}

fn engine() -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(FUEL));
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .expect("the usual delimiters do not contradict each other");
    engine.set_syntax(syntax);
    engine.set_loader(|name| {
        Ok(Sources::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned()))
    });
    engine
}

#[cfg(test)]
pub(super) fn names() -> Vec<String> {
    Sources::iter().map(|name| name.trim_end_matches(".j2").to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_word_is_an_error_and_not_a_hole() {
        #[derive(Serialize)]
        struct Nothing {}
        for name in names() {
            assert!(render(&name, Nothing {}).is_err(), "{name}");
        }
    }

    #[test]
    fn a_template_that_never_ends_is_stopped() {
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(engine().render_str(endless, ()).is_err());
    }
}
