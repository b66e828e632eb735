//! `code`: the code of the day, to be written on a paper where she has to walk to.

use clap::Args;

use super::access::{Access, Asking, Missing};
use super::ask;
use super::table::{Cell, Table};
use super::terminal::{CARE, STRONG, paint, say, say_json};
use super::whose::whose;
use crate::desk::dto::{CodeOfDay, CodesShown};

/// The code of the day: today's, and that of each day with a planned wake-up.
#[derive(Debug, Args)]
pub struct CodeArgs {
    /// Whose; the only sleeper's goes without.
    #[arg(long = "for", value_name = "NAME")]
    sleeper: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

/// Does what was asked.
pub async fn run(arguments: &CodeArgs) -> anyhow::Result<()> {
    let access = Access::open(&arguments.asking, Missing::Refuse).await?;
    let shown = async {
        let sleeper = whose(&access, arguments.sleeper.as_deref(), "whose code?").await?;
        access.codes_of(&sleeper).await
    };
    let shown = shown.await;
    access.close().await;
    let shown = shown?;
    if arguments.asking.json {
        return say_json(&shown);
    }
    show(&shown);
    Ok(())
}

fn show(shown: &CodesShown) {
    let whose = shown.sleeper_name.as_deref().unwrap_or("the sleeper");
    say(&format!("Codes of the day for {}:", paint(STRONG, whose)));
    let mut table = Table::of(["day", "code", "counts for the wake-up at", "asked for"]);
    for code in &shown.codes {
        let day = if code.today { format!("{} (today)", code.date) } else { code.date.clone() };
        table.row([
            day.into(),
            Cell::styled(code.code.as_str(), STRONG),
            wake_ups(code).into(),
            if code.asked_for { "yes".into() } else { "no".into() },
        ]);
    }
    table.print();
    if shown.codes.iter().any(|code| code.asked_for) {
        ask::remark("Write the day's code on a paper where she has to walk to, the evening before.");
    } else {
        ask::remark(&paint(
            CARE,
            "None of her planned wake-ups asks for it: wakeup-coach schedule edit --proof code",
        ));
    }
}

/// The day stands beside it already.
fn wake_ups(code: &CodeOfDay) -> Option<String> {
    let time = |local: &str| local.rsplit(' ').next().unwrap_or(local).to_owned();
    let told: Vec<String> =
        code.wake_ups.iter().map(|at| format!("{} {}", time(&at.local), at.offset)).collect();
    (!told.is_empty()).then(|| told.join(", "))
}
