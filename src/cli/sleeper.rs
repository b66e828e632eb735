//! `sleeper`: the people we wake.

use clap::{Args, Subcommand};

use super::access::{Access, Asking, Missing};
use super::ask;
use super::show::{next_ring, or_none};
use super::table::{Cell, Table};
use super::terminal::{FAINT, STRONG, say, say_json};
use super::usage::Usage;
use crate::desk::dto::{Edit, Forgotten, MemoriesForgotten, SleeperEdit, SleeperNew, SleeperShown};

/// The people we wake.
#[derive(Debug, Args)]
pub struct SleeperArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add somebody to wake.
    Add {
        /// What the coach calls her, and by what commands find her.
        name: String,
        /// Her number in international form, such as +4930901820.
        phone: String,
        /// The language she is spoken to in, such as en-US or fr-FR.
        #[arg(long)]
        language: Option<String>,
    },
    /// List everybody.
    List,
    /// Change a name, a number or a language.
    Edit {
        /// Whom: a name, or an identifier or its end.
        who: String,
        /// Another name.
        #[arg(long)]
        name: Option<String>,
        /// Another number.
        #[arg(long)]
        phone: Option<String>,
        /// Another language.
        #[arg(long)]
        language: Option<String>,
        /// Where the weather is fetched before a call: one line of text, or JSON as Open-Meteo gives it;
        /// empty ends it.
        #[arg(long, value_name = "URL")]
        weather: Option<String>,
        /// Where her appointments are fetched before a call (iCalendar); empty ends it.
        #[arg(long, value_name = "URL")]
        calendar: Option<String>,
    },
    /// Forget what the coach remembers of somebody from one morning to the next, and nothing else.
    ForgetMemories {
        /// Whom: a name, or an identifier or its end.
        who: String,
    },
    /// Delete somebody with everything known about her: rules, wake-ups, calls and what was said.
    Forget {
        /// Whom: a name, or an identifier or its end.
        who: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

/// Does what was asked.
pub async fn run(arguments: &SleeperArgs) -> anyhow::Result<()> {
    let json = arguments.asking.json;
    let missing = if matches!(arguments.verb, Verb::Add { .. }) { Missing::Make } else { Missing::Refuse };
    if let Verb::Forget { who, yes } = &arguments.verb {
        return forget(&arguments.asking, who, *yes).await;
    }
    let access = Access::open(&arguments.asking, missing).await?;
    let done = match &arguments.verb {
        Verb::Add { name, phone, language } => {
            let new =
                SleeperNew { name: Some(name.clone()), phone: phone.clone(), language: language.clone() };
            access.add_sleeper(&new).await.and_then(|sleeper| one("Added", &sleeper, json))
        }
        Verb::List => access.list_sleepers().await.and_then(|sleepers| list(&sleepers, json)),
        Verb::Edit { who, name, phone, language, weather, calendar } => {
            let edit = SleeperEdit {
                name: name.clone().map_or(Edit::Keep, Edit::To),
                phone: phone.clone(),
                language: language.clone(),
                weather_url: or_end(weather.as_ref()),
                calendar_url: or_end(calendar.as_ref()),
            };
            edited(&access, who, &edit).await.and_then(|sleeper| one("Changed", &sleeper, json))
        }
        Verb::ForgetMemories { who } => {
            access.forget_memories(who).await.and_then(|gone| forgot(&gone, json))
        }
        Verb::Forget { .. } => Ok(()),
    };
    access.close().await;
    done
}

fn or_end(text: Option<&String>) -> Edit<String> {
    match text.map(|text| text.trim()) {
        None => Edit::Keep,
        Some("") => Edit::Clear,
        Some(address) => Edit::To(address.to_owned()),
    }
}

async fn edited(access: &Access, who: &str, edit: &SleeperEdit) -> anyhow::Result<SleeperShown> {
    if *edit == SleeperEdit::default() {
        return Err(Usage("nothing to change: say what, such as --language fr-FR".to_owned()).into());
    }
    access.edit_sleeper(who, edit).await
}

async fn forget(asking: &Asking, who: &str, yes: bool) -> anyhow::Result<()> {
    // The database is let go while a person thinks: a daemon may want to start.
    let access = Access::open(asking, Missing::Refuse).await?;
    let found = access.sleeper(who).await;
    access.close().await;
    let sleeper = found?;
    let question = format!("Forget {} with all her schedules, calls and conversations?", called(&sleeper));
    if !ask::confirm(&question, yes)? {
        ask::remark("Nothing was changed.");
        return Ok(());
    }
    let access = Access::open(asking, Missing::Refuse).await?;
    let forgotten = access.forget_sleeper(&sleeper.id).await;
    access.close().await;
    let forgotten = forgotten?;
    if asking.json {
        return say_json(&forgotten);
    }
    say(&format!("Forgot {}: {}.", called(&sleeper), counted(&forgotten)));
    Ok(())
}

fn forgot(gone: &MemoriesForgotten, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(gone);
    }
    say(&format!(
        "Forgot {}.",
        if gone.memories == 1 { "one line".to_owned() } else { format!("{} lines", gone.memories) }
    ));
    Ok(())
}

fn counted(gone: &Forgotten) -> String {
    let count =
        |number: u64, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    [
        count(gone.schedules, "schedule", "schedules"),
        count(gone.wake_ups, "wake-up", "wake-ups"),
        count(gone.attempts, "call", "calls"),
        count(gone.utterances, "line of conversation", "lines of conversation"),
    ]
    .join(", ")
}

fn called(sleeper: &SleeperShown) -> &str {
    sleeper.name.as_deref().unwrap_or(&sleeper.phone)
}

fn one(done: &str, sleeper: &SleeperShown, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(sleeper);
    }
    say(&format!("{done} {} ({}, {}).", called(sleeper), sleeper.phone, sleeper.language));
    if sleeper.schedules == 0 {
        say(&format!(
            "She has no schedule yet: wakeup-coach schedule add weekdays 06:30 --for {}",
            called(sleeper)
        ));
    }
    Ok(())
}

fn rings(sleeper: &SleeperShown) -> Option<String> {
    let next = sleeper.next.as_ref().map(next_ring);
    if !sleeper.calling_now {
        return next;
    }
    Some(next.map_or("calling now".to_owned(), |next| format!("calling now; then {next}")))
}

fn list(sleepers: &[SleeperShown], json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(&sleepers);
    }
    if sleepers.is_empty() {
        or_none("There is nobody to wake yet: wakeup-coach sleeper add Anna +4930901820");
        return Ok(());
    }
    let mut table = Table::of(["sleeper", "id", "number", "language", "schedules", "next ring"]);
    for sleeper in sleepers {
        table.row([
            Cell::styled(sleeper.name.as_deref().unwrap_or("–"), STRONG),
            Cell::styled(sleeper.short_id.as_str(), FAINT),
            sleeper.phone.as_str().into(),
            sleeper.language.as_str().into(),
            sleeper.schedules.to_string().into(),
            rings(sleeper).into(),
        ]);
    }
    table.print();
    Ok(())
}
