//! `settings`: what the owner changes while the program runs.

use clap::{Args, Subcommand};

use super::access::{Access, Asking, Missing};
use super::show::words;
use super::table::{Cell, Table};
use super::terminal::{CARE, FAINT, GOOD, say_json};
use super::usage::{Usage, parse_chance};
use crate::desk::dto::{SettingsEdit, SettingsShown};

/// The settings that live in the database; those of the environment stand in `.env`.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show them (this is what happens without a word).
    Get,
    /// Change them.
    Set {
        /// How often realtime mode is drawn, from 0 (never) to 1 (always).
        #[arg(long, value_name = "0..1", value_parser = parse_chance)]
        realtime_probability: Option<f64>,
        /// Give a realtime model that failed several times another chance at once.
        #[arg(long)]
        reset_breaker: bool,
        /// What ends a call in a language, such as: --goodbye "fr=salut,à demain"; nothing after the sign
        /// brings the language's own words back.
        #[arg(long, value_name = "LANGUAGE=WORDS", value_parser = goodbye)]
        goodbye: Vec<(String, Vec<String>)>,
    },
}

fn goodbye(text: &str) -> Result<(String, Vec<String>), String> {
    let (language, words) = text.split_once('=').ok_or("write a language and words, such as fr=salut")?;
    let words = words.split(',').map(str::trim).filter(|word| !word.is_empty());
    Ok((language.trim().to_owned(), words.map(str::to_owned).collect()))
}

/// Does what was asked.
pub async fn run(arguments: &SettingsArgs) -> anyhow::Result<()> {
    let edit = match &arguments.verb {
        None | Some(Verb::Get) => None,
        Some(Verb::Set { realtime_probability, reset_breaker, goodbye }) => Some(SettingsEdit {
            realtime_probability: *realtime_probability,
            reset_breaker: reset_breaker.then_some(true),
            goodbye_words: (!goodbye.is_empty()).then(|| goodbye.iter().cloned().collect()),
        }),
    };
    if edit == Some(SettingsEdit::default()) {
        return Err(Usage("nothing to set: say what, such as --realtime-probability 0.75".to_owned()).into());
    }
    let missing = if edit.is_some() { Missing::Make } else { Missing::Refuse };
    let access = Access::open(&arguments.asking, missing).await?;
    let settings = match &edit {
        None => access.settings().await,
        Some(edit) => access.edit_settings(edit).await,
    };
    access.close().await;
    show(&settings?, arguments.asking.json)
}

fn show(settings: &SettingsShown, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(settings);
    }
    let mut table = Table::of(["setting", "value", "what it means"]);
    table.row([
        "realtime probability".into(),
        Cell::styled(settings.realtime_probability.to_string(), GOOD),
        format!(
            "{} of calls run in realtime mode, the others in traditional mode",
            settings.realtime_percentage
        )
        .into(),
    ]);
    let breaker = &settings.breaker;
    let (style, means) = match breaker.state.as_str() {
        "closed" => (GOOD, "the realtime model works".to_owned()),
        "open" => {
            let until = breaker.open_until.map_or_else(String::new, |at| format!(" until {at}"));
            (CARE, format!("realtime is avoided{until}, after {} failures", breaker.failures))
        }
        _ => (
            CARE,
            format!("one call tries whether realtime works again, after {} failures", breaker.failures),
        ),
    };
    table.row(["realtime breaker".into(), Cell::styled(words(&breaker.state), style), means.into()]);
    if let Some(obstacle) = &settings.obstacle {
        table.row([
            "obstacle".into(),
            Cell::styled(words(obstacle), CARE),
            "all calls are traditional, whatever the probability".into(),
        ]);
    }
    for (language, words) in &settings.goodbye_words {
        table.row([
            format!("goodbye ({language})").into(),
            words.join(", ").into(),
            "what ends a call in that language".into(),
        ]);
    }
    table.row([
        "time zones".into(),
        settings.tzdb_version.as_str().into(),
        Cell::styled("the release of the data in use", FAINT),
    ]);
    table.print();
    Ok(())
}
