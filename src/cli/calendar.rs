//! `calendar`: holiday calendars, on whose days rules that observe them are silent.

use clap::{Args, Subcommand};

use super::access::{Access, Asking, Missing};
use super::ask;
use super::show::or_none;
use super::table::{Cell, Table};
use super::terminal::{CARE, FAINT, STRONG, paint, say, say_json};
use crate::desk::dto::{CalendarNew, CalendarShown};

/// Holiday calendars, on whose days rules that observe them are silent.
#[derive(Debug, Args)]
pub struct CalendarArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show them (this is what happens without a word).
    List,
    /// Keep one, such as: calendar add holidays <https://example.com/holidays.ics>
    Add {
        /// What to call it.
        name: String,
        /// An http(s) or webcal address, or the absolute path of an .ics file.
        source: String,
    },
    /// Look at one now; each is looked at daily anyway.
    Refresh {
        /// Which.
        name: String,
    },
    /// Remove one: its days ring again.
    Remove {
        /// Which.
        name: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

/// Does what was asked.
pub async fn run(arguments: &CalendarArgs) -> anyhow::Result<()> {
    let json = arguments.asking.json;
    if let Some(Verb::Remove { name, yes }) = &arguments.verb
        && !ask::confirm(&format!("Remove the calendar {name}, so that its days ring again?"), *yes)?
    {
        ask::remark("Nothing was changed.");
        return Ok(());
    }
    let access = Access::open(&arguments.asking, Missing::Refuse).await?;
    let done = match &arguments.verb {
        None | Some(Verb::List) => access.list_calendars().await.and_then(|all| list(&all, json)),
        Some(Verb::Add { name, source }) => {
            let new = CalendarNew { name: name.clone(), source: source.clone() };
            access.add_calendar(&new).await.and_then(|calendar| one("Added", &calendar, json))
        }
        Some(Verb::Refresh { name }) => {
            access.refresh_calendar(name).await.and_then(|calendar| one("Looked at", &calendar, json))
        }
        Some(Verb::Remove { name, .. }) => {
            access.remove_calendar(name).await.and_then(|calendar| gone(&calendar, json))
        }
    };
    access.close().await;
    done
}

fn one(done: &str, calendar: &CalendarShown, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(calendar);
    }
    say(&format!("{done} {}: {}.", calendar.name, days(calendar.days)));
    if let Some(problem) = &calendar.problem {
        ask::remark(&paint(CARE, &format!("It could not be read: {problem}. It is tried again.")));
    } else if done == "Added" {
        say(&format!("No rule observes it yet: wakeup-coach schedule observe {}", calendar.name));
    }
    Ok(())
}

fn days(count: usize) -> String {
    if count == 1 { "one day".to_owned() } else { format!("{count} days") }
}

fn gone(calendar: &CalendarShown, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(calendar);
    }
    say(&format!("Removed {}, with {}.", calendar.name, days(calendar.days)));
    Ok(())
}

fn list(calendars: &[CalendarShown], json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(&calendars);
    }
    if calendars.is_empty() {
        or_none("No calendar yet: wakeup-coach calendar add holidays /etc/holidays.ics");
        return Ok(());
    }
    let mut table = Table::of(["calendar", "days", "last read", "comes from", "trouble"]);
    for calendar in calendars {
        table.row([
            Cell::styled(calendar.name.as_str(), STRONG),
            calendar.days.to_string().into(),
            calendar.fetched_at.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).into(),
            Cell::styled(calendar.source.as_str(), FAINT),
            calendar.problem.as_deref().map(|problem| Cell::styled(problem, CARE)).into(),
        ]);
    }
    table.print();
    Ok(())
}
