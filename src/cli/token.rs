//! `token`: tokens that may do a part of what the owner may.

use clap::{Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret as _;

use super::access::{Access, Asking, Missing};
use super::ask;
use super::show::or_none;
use super::table::{Cell, Table};
use super::terminal::{FAINT, STRONG, paint, say, say_json};
use crate::desk::dto::{Scope, TokenMade, TokenNew, TokenShown};

/// Tokens that may do a part of what the owner may: for a bedside tablet, a doorbell, a script.
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    asking: Asking,
}

/// What a token may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum May {
    /// Look at everything but telephone numbers and what was said.
    Read,
    /// Change schedules and their exceptions, cancel and snooze.
    Schedule,
    /// Call a stored sleeper now.
    Dial,
    /// Tell that the doorbell, or another sensor, was touched.
    Doorbell,
}

impl From<May> for Scope {
    fn from(may: May) -> Self {
        match may {
            May::Read => Self::Read,
            May::Schedule => Self::Schedule,
            May::Dial => Self::Dial,
            May::Doorbell => Self::Doorbell,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a token; it is shown once. Such as: token add "bedside tablet" --may read,schedule
    Add {
        /// What it is for.
        name: String,
        /// What it may do.
        #[arg(long, value_delimiter = ',', required = true)]
        may: Vec<May>,
    },
    /// List them.
    List,
    /// Take one back.
    Remove {
        /// Which: its name, or its identifier or the end of it.
        token: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

/// Does what was asked.
pub async fn run(arguments: &TokenArgs) -> anyhow::Result<()> {
    let TokenArgs { verb, asking } = arguments;
    if let Verb::Remove { token, yes: false } = verb {
        let access = Access::open(asking, Missing::Refuse).await?;
        let known = access.list_tokens().await;
        access.close().await;
        // What is not there is refused below; about nothing nobody is asked.
        let is_there = known?.iter().any(|kept| ask::may_mean(token, &kept.name, &kept.id));
        if is_there && !ask::confirm(&format!("Take the token `{token}` back?"), false)? {
            ask::remark("Nothing was changed.");
            return Ok(());
        }
    }
    let access = Access::open(asking, Missing::Refuse).await?;
    let done = match verb {
        Verb::Add { name, may } => {
            let scopes = may.iter().copied().map(Scope::from).collect();
            let new = TokenNew { name: name.clone(), scopes };
            access.add_token(&new).await.and_then(|made| show_made(&made, asking.json))
        }
        Verb::List => access.list_tokens().await.and_then(|tokens| list(&tokens, asking.json)),
        Verb::Remove { token, .. } => {
            access.remove_token(token).await.and_then(|gone| show_gone(&gone, asking.json))
        }
    };
    access.close().await;
    done
}

fn show_made(made: &TokenMade, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(made);
    }
    ask::remark(&format!("Made a token for `{}`. It is shown this once:", made.kept.name));
    say(made.token.expose_secret());
    Ok(())
}

fn show_gone(gone: &TokenShown, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(gone);
    }
    say(&format!("Took back the token `{}`; it opens nothing any more.", gone.name));
    Ok(())
}

fn list(tokens: &[TokenShown], json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(&tokens);
    }
    if tokens.is_empty() {
        or_none("There are no tokens but the admin token.");
        return Ok(());
    }
    let mut table = Table::of(["token", "id", "may", "made", "last used"]);
    for token in tokens {
        let may: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
        table.row([
            Cell::styled(token.name.as_str(), STRONG),
            Cell::styled(token.short_id.as_str(), FAINT),
            may.join(", ").into(),
            token.created_at.strftime("%Y-%m-%d").to_string().into(),
            token.last_used_at.map(|at| at.strftime("%Y-%m-%d %H:%MZ").to_string()).into(),
        ]);
    }
    table.print();
    say(&paint(FAINT, "The admin token may do everything."));
    Ok(())
}
