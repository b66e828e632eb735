//! What happens just now, told until the reader or the daemon has had enough.

use std::collections::BTreeMap;

use anyhow::bail;
use jiff::tz::TimeZone;

use super::HistoryArgs;
use super::told::style_of;
use crate::cli::access::Access;
use crate::cli::ask;
use crate::cli::show::words;
use crate::cli::terminal::{FAINT, STRONG, paint, say};
use crate::desk::dto::{EventShown, OccurrenceShown, WithTranscript};
use crate::zones::Zones;

/// Whose wake-up an event is about, and where her clock hangs.
struct Place {
    name: String,
    zone: TimeZone,
}

/// Prints events as they come, one line each; as JSON, one document a line.
pub async fn run(access: &Access, arguments: &HistoryArgs) -> anyhow::Result<()> {
    let Access::Remote(daemon) = access else {
        bail!(
            "the program is not running, so nothing happens that could be followed: start it with `wakeup-coach`"
        )
    };
    let mut events = daemon.events(arguments.transcript).await?;
    let wanted = match &arguments.sleeper {
        Some(name) => Some(access.sleeper(name).await?.id),
        None => None,
    };
    let zones = Zones::bundled();
    let mut places = BTreeMap::new();
    let words = if arguments.transcript { "" } else { " --transcript tells what is said, too." };
    ask::remark(&format!("Waiting for something to happen; Ctrl-C ends this.{words}"));
    while let Some(event) = events.next().await? {
        if !places.contains_key(&event.occurrence) {
            let wake_up = access.morning(&event.occurrence, WithTranscript::default()).await?.wake_up;
            let is_wanted = wanted.as_ref().is_none_or(|sleeper| *sleeper == wake_up.sleeper);
            places.insert(event.occurrence.clone(), is_wanted.then(|| place(&wake_up, &zones)));
        }
        let Some(Some(place)) = places.get(&event.occurrence) else { continue };
        if arguments.asking.json {
            say(&serde_json::to_string(&event)?);
        } else {
            say(&line(&event, place));
        }
    }
    bail!("the program has stopped")
}

fn place(wake_up: &OccurrenceShown, zones: &Zones) -> Place {
    let name = wake_up.sleeper_name.clone().unwrap_or_else(|| wake_up.short_id.clone());
    Place { name, zone: zones.get(&wake_up.due.zone).unwrap_or(TimeZone::UTC) }
}

fn line(event: &EventShown, place: &Place) -> String {
    let time = event.at.to_zoned(place.zone.clone()).strftime("%H:%M:%S").to_string();
    let what = event.speaker.as_ref().unwrap_or(&event.what);
    format!(
        "{}  {}  {}  {}",
        paint(FAINT, &time),
        paint(STRONG, &place.name),
        paint(style_of(&event.what), &words(what)),
        event.detail
    )
    .trim_end()
    .to_owned()
}
