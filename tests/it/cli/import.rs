//! A `.env` of the original work: what it means is shown, and its sleeper and schedule are stored once.

use insta::assert_snapshot;
use serde_json::Value;
use wakeup_coach::desk::dto::{ScheduleShown, SettingsShown};

use crate::support::cli::Home;

const ORIGINAL: &str = "\
# Twilio
TWILIO_ACCOUNT_SID=AC0123456789abcdef0123456789abcdef
TWILIO_AUTH_TOKEN=\"canary-token-4711\"
TWILIO_PHONE_NUMBER=+15005550006
PHONE_NUMBER=+14155550142

OPENAI_API_KEY=sk-canary-4712
WAKE_UP_TIME=06:30
TZ=Europe/Berlin
REALTIME_API_PROBABILITY=0.25
DOORBELL_ACTIVATION_TIMEOUT=300
BASE_URL=https://wake.example.com
SOMETHING_ELSE=canary-of-another-program
";

fn home() -> Home {
    let home = Home::new();
    std::fs::write(home.scratch.file("old.env"), ORIGINAL).unwrap();
    home
}

#[tokio::test]
async fn what_the_originals_file_means_is_shown_and_nothing_is_begun() {
    let home = home();
    let ran = home.run("import-env old.env").await;
    assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
    assert_snapshot!(ran.done(), @r"
    variable                     value                               what becomes of it
    ───────────────────────────  ──────────────────────────────────  ──────────────────────────────────────────────
    BASE_URL                     https://wake.example.com            where the carrier finds us
    DOORBELL_ACTIVATION_TIMEOUT  300                                 for how many seconds a touched doorbell counts
    OPENAI_API_KEY               (hidden)                            the model's account
    PHONE_NUMBER                 +14…42                              stored: the first sleeper
    REALTIME_API_PROBABILITY     0.25                                stored: how often realtime mode is drawn
    SOMETHING_ELSE               (hidden)                            not read
    TWILIO_ACCOUNT_SID           AC0123456789abcdef0123456789abcdef  the carrier's account
    TWILIO_AUTH_TOKEN            (hidden)                            the carrier's account
    TWILIO_PHONE_NUMBER          +15…06                              the number we call from
    TZ                           Europe/Berlin                       stored: where her clock hangs
    WAKE_UP_TIME                 06:30                               stored: her schedule, every day

    Nothing was stored. With --store the sleeper, her schedule and the probability are; the rest is
    read from .env at every start, in the directory the program is started in.
    old.env is not that file: copy it there as .env.
    ");
    assert!(!home.scratch.file("wakeup-coach.db").exists());
}

#[tokio::test]
async fn the_originals_file_is_stored_once() {
    let home = home();
    let first: Value = home.run("import-env old.env --store --json").await.json();
    let stored: Vec<&str> = first["stored"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(stored.len(), 3, "{stored:?}");
    let rules: Vec<ScheduleShown> = home.run("schedule list --json").await.json();
    assert_eq!(
        (rules.len(), rules[0].when.as_str(), rules[0].zone.as_str()),
        (1, "every day 06:30", "Europe/Berlin")
    );
    let settings: SettingsShown = home.run("settings --json").await.json();
    assert!((settings.realtime_probability - 0.25).abs() < 1e-9);
    let again = home.run("import-env old.env --store").await.done();
    assert!(again.contains("Already there: the rule every day 06:30 Europe/Berlin."), "{again}");
    let rules: Vec<ScheduleShown> = home.run("schedule list --json").await.json();
    assert_eq!(rules.len(), 1);
}

#[tokio::test]
async fn a_file_that_makes_no_sense_stores_nothing() {
    let home = home();
    std::fs::write(home.scratch.file("bad.env"), "PHONE_NUMBER=+14155550142\nWAKE_UP_TIME='half past 6'\n")
        .unwrap();
    let ran = home.run("import-env bad.env --store").await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_snapshot!(ran.err, @r"
    WAKE_UP_TIME: `half past 6` is not a time of day: write it as 06:30
    wakeup-coach: bad.env has a problem; nothing was stored
    ");
    assert!(!home.scratch.file("wakeup-coach.db").exists());
    assert_snapshot!(home.run("import-env nowhere.env").await.refused(1), @"wakeup-coach: cannot read nowhere.env: No such file or directory (os error 2)");
}
