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
    #[command(flatten)]
    asking: Asking,
}

/// Does what was asked of the places.
pub async fn run(arguments: &PlaceArgs) -> anyhow::Result<()> {
    let access = Access::open(&arguments.asking, Missing::Refuse).await?;
    let places = match &arguments.verb {
        None | Some(Verb::List) => access.list_places().await,
        Some(Verb::Add { name, device, sleeper }) => {
            let new = PlaceNew { name: name.clone(), sleeper: sleeper.clone(), device: device.clone() };
            access.add_place(&new).await.map(|place| vec![place])
        }
        Some(Verb::Remove { name }) => access.remove_place(name).await.map(|place| vec![place]),
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

fn whom(place: &PlaceShown) -> String {
    match (&place.sleeper_name, &place.sleeper) {
        (Some(name), _) => name.clone(),
        (None, Some(id)) => id.clone(),
        (None, None) => "everybody".to_owned(),
    }
}

/// Shows, and draws, the code of a place; makes the place if it is new.
pub async fn qr(arguments: &QrArgs) -> anyhow::Result<()> {
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
    match found {
        Some(place) if arguments.renew => access.renew_place(&place.name).await,
        Some(place) => Ok(place),
        None => {
            let new = PlaceNew { name: wanted.to_owned(), sleeper: arguments.sleeper.clone(), device: None };
            access.add_place(&new).await
        }
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
