//! `place` and `qr`: where she has to walk to, and the code that hangs there.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use qrcode::render::{svg, unicode};
use qrcode::{EcLevel, QrCode};

use super::access::{Access, Asking, Missing};
use super::ask;
use super::table::{Cell, Table};
use super::terminal::{STRONG, paint, say, say_json};
use super::usage::Usage;
use crate::config::{Config, Environment};
use crate::desk::dto::{PlaceNew, PlaceShown};
use crate::zones::{Zones, usual_places};

/// A code that is scanned with sleepy hands, from paper that lay in the kitchen.
const ROBUST: EcLevel = EcLevel::Q;
/// On paper, as wide as a hand; drawings scale, this is only where they start.
const SVG_PIXELS: u32 = 320;

/// The places that prove that she got up.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show them (this is what happens without a word).
    List,
    /// Add one: a device that tells by webhook, or a code to print (see `qr`).
    Add {
        /// What it is called, such as `kitchen`.
        name: String,
        /// How the device there calls itself in its webhooks; without it a code is made.
        #[arg(long, value_name = "NAME")]
        device: Option<String>,
        /// Whom it proves; without it everybody.
        #[arg(long = "for", value_name = "WHO")]
        sleeper: Option<String>,
    },
    /// Remove one; a code that hangs there is worth nothing any more.
    Remove {
        /// Its name.
        name: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

/// The code to print and hang where she has to walk to.
#[derive(Debug, Args)]
pub struct QrArgs {
    /// Where it will hang.
    #[arg(long, default_value = "kitchen", value_name = "NAME")]
    place: String,
    /// Whom it proves, for a place that is new; without it everybody.
    #[arg(long = "for", value_name = "WHO")]
    sleeper: Option<String>,
    /// Write it into this file as well, to be printed.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Make a new code: every paper with the old one is worth nothing any more.
    #[arg(long)]
    renew: bool,
    /// Do not ask before making a new code.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    asking: Asking,
}

/// Does what was asked of the places.
pub async fn run(arguments: &PlaceArgs) -> anyhow::Result<()> {
    if let Some(Verb::Remove { name, yes }) = &arguments.verb {
        let question = format!("Remove {name}? A code that hangs there is worth nothing any more.");
        if !agreed(&arguments.asking, name, &question, *yes).await? {
            return Ok(());
        }
    }
    let access = Access::open(&arguments.asking, Missing::Refuse).await?;
    let places = match &arguments.verb {
        None | Some(Verb::List) => access.list_places().await,
        Some(Verb::Add { name, device, sleeper }) => {
            let new = PlaceNew { name: name.clone(), sleeper: sleeper.clone(), device: device.clone() };
            access.add_place(&new).await.map(|place| vec![place])
        }
        Some(Verb::Remove { name, .. }) => access.remove_place(name).await.map(|place| vec![place]),
    };
    access.close().await;
    let places = places?;
    if arguments.asking.json {
        return say_json(&places);
    }
    if places.is_empty() {
        say("No place yet. `wakeup-coach qr` makes a code to print.");
        return Ok(());
    }
    let mut table = Table::of(["place", "for", "proved by"]);
    for place in &places {
        let how =
            place.device.as_ref().map_or("a printed code".to_owned(), |device| format!("device {device}"));
        table.row([Cell::from(place.name.as_str()), whom(place).into(), how.into()]);
    }
    table.print();
    Ok(())
}

/// Asks before a code is worth nothing; about a place that is not there nothing is asked, since it is refused.
async fn agreed(asking: &Asking, name: &str, question: &str, yes: bool) -> anyhow::Result<bool> {
    // The database is let go while a person thinks: a daemon may want to start.
    let access = Access::open(asking, Missing::Refuse).await?;
    let known = access.list_places().await;
    access.close().await;
    let is_there = known?.iter().any(|place| place.name.eq_ignore_ascii_case(name.trim()));
    if !is_there || ask::confirm(question, yes)? {
        return Ok(true);
    }
    ask::remark("Nothing was changed.");
    Ok(false)
}

fn whom(place: &PlaceShown) -> String {
    match (&place.sleeper_name, &place.sleeper) {
        (Some(name), _) => name.clone(),
        (None, Some(id)) => id.clone(),
        (None, None) => "everybody".to_owned(),
    }
}

/// Shows, and draws, the code of a place; makes the place if it is new.
pub async fn qr(arguments: &QrArgs) -> anyhow::Result<()> {
    if arguments.renew {
        let name = &arguments.place;
        let question =
            format!("Make a new code for {name}? Every paper with the old one is worth nothing then.");
        if !agreed(&arguments.asking, name, &question, arguments.yes).await? {
            return Ok(());
        }
    }
    let access = Access::open(&arguments.asking, Missing::Refuse).await?;
    let place = code_of(&access, arguments).await;
    access.close().await;
    let place = place?;
    let path = place.path.as_deref().with_context(|| {
        format!("a device stands at {}, and no code hangs there: choose another --place", place.name)
    })?;
    let url = match &place.url {
        Some(url) => url.clone(),
        None => public_address(path)?,
    };
    let code = QrCode::with_error_correction_level(&url, ROBUST).context("the public address is too long")?;
    if let Some(file) = &arguments.svg {
        let drawing = code.render::<svg::Color<'_>>().min_dimensions(SVG_PIXELS, SVG_PIXELS).build();
        std::fs::write(file, drawing).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if arguments.asking.json {
        return say_json(&PlaceShown { url: Some(url), ..place });
    }
    warn_of_practice(&url);
    // Black on white, whatever the terminal likes: scanners want it so.
    let drawn = code.render::<unicode::Dense1x2>().build();
    let lines: Vec<String> = drawn.lines().map(|line| format!("\u{1b}[30;107m{line}\u{1b}[0m")).collect();
    say(&lines.join("\n"));
    say(&format!("{} for {}: {url}", paint(STRONG, &place.name), whom(&place)));
    if let Some(file) = &arguments.svg {
        say(&format!("Written to {}, to be printed.", file.display()));
    }
    ask::remark(
        "Whoever has this code can prove from anywhere: do not photograph it. --renew makes a new one.",
    );
    Ok(())
}

async fn code_of(access: &Access, arguments: &QrArgs) -> anyhow::Result<PlaceShown> {
    let known = access.list_places().await?;
    let wanted = arguments.place.trim();
    let found = known.into_iter().find(|place| place.name.eq_ignore_ascii_case(wanted));
    let Some(place) = found else {
        let new = PlaceNew { name: wanted.to_owned(), sleeper: arguments.sleeper.clone(), device: None };
        return access.add_place(&new).await;
    };
    refuse_another_sleeper(access, &place, arguments.sleeper.as_deref()).await?;
    if arguments.renew { access.renew_place(&place.name).await } else { Ok(place) }
}

/// A place proves whom it was made for; asking for its code does not change that.
async fn refuse_another_sleeper(
    access: &Access,
    place: &PlaceShown,
    wanted: Option<&str>,
) -> anyhow::Result<()> {
    let Some(wanted) = wanted else { return Ok(()) };
    let wanted = access.sleeper(wanted).await?;
    if place.sleeper.as_ref() == Some(&wanted.id) {
        return Ok(());
    }
    let (name, whom) = (&place.name, whom(place));
    Err(Usage(format!(
        "{name} is there already and proves {whom}: leave --for out, choose another --place, or remove it first \
         (wakeup-coach place remove {name})"
    ))
    .into())
}

/// A code that was asked for: the address it leads to, and whether a telephone can go there.
fn warn_of_practice(url: &str) {
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    if host.is_some_and(|host| host.ends_with(".localhost")) {
        ask::remark(
            "On the local line this address leads nowhere: no telephone can open it. Set BASE_URL and the \
             carrier's account, start the program again, and print the code then.",
        );
    }
}

/// Without a program that knows it, the address is what the settings say.
fn public_address(path: &str) -> anyhow::Result<String> {
    let environment = Environment::of_process(Path::new("."));
    let zones = Zones::newest_of(usual_places(environment.zoneinfo().as_deref()));
    let config = Config::from_env(&environment, &zones)?;
    let Some(public) = config.public_url else {
        ask::remark("BASE_URL is not set: a telephone will not find this address.");
        return Ok(format!("http://{}/{path}", config.listen));
    };
    Ok(public.join(&format!("/{path}")).to_string())
}
