//! A daemon runs: the command line asks it over its API, and says the same as it would without one.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;
use wakeup_coach::desk::dto::ScheduleShown;
use wakeup_coach::simulator::sleeper::Sleeper as Script;

use crate::support::cli::{Home, Ran, without_digits, without_ids};
use crate::support::{ANNA, TestDay};

const TOKEN: &str = "rehearsal-admin-token";

/// Where the owner works whose daemon the day's is.
fn home_of(day: &TestDay) -> Home {
    let database = format!("sqlite://{}", day.morning.database().display());
    let port = day.morning.running.address.port().to_string();
    Home::new().with("DATABASE_URL", &database).with("PORT", &port).with("ADMIN_TOKEN", TOKEN)
}

/// What a command did, whether or not a program runs; that none does is told beside the result.
fn plain(ran: &Ran) -> (i32, String, String) {
    let told = ran
        .err
        .replace("The program is not running: nobody will be called until you start `wakeup-coach`.\n", "");
    (ran.code, without_digits(&ran.out), without_digits(&told))
}

#[tokio::test]
async fn the_same_commands_say_the_same_either_way() {
    let day = TestDay::at("2026-03-02T06:29:00[Europe/Berlin]").await;
    // Whoever is added later comes later in the lists.
    day.advance(Duration::from_secs(1));
    let (there, here) = (home_of(&day), Home::new());
    here.words(&["sleeper", "add", "Anna", ANNA]).await.done();
    for line in [
        "sleeper list",
        "sleeper add Ben +4930901821 --language fr-FR",
        "sleeper add Ben 030-901820",
        "sleeper edit Ben --name Benno --json",
        "sleeper edit Ana --name Anne",
        "sleeper list --json",
        "sleeper forget Benno --yes",
        "schedule list",
        "schedule show",
        "schedule show nobody",
        "settings set --realtime-probability 7",
        "settings set --realtime-probability 0.75",
        "settings --json",
        "token list",
        "token add tablet --may read,schedule --json",
        "token list --json",
        "token add tablet --may read",
        "token remove tablet --yes",
        "token remove tablet --yes",
        "calendar",
        "calendar add holidays /no/such/file.ics --json",
        "calendar add holidays /no/such/file.ics",
        "calendar add later somewhere",
        "calendar list --json",
        "calendar remove holidays --yes",
        "calendar refresh holidays",
        "settings set --goodbye fr=salut,bye",
        "sleeper forget-memories Anna",
        "snooze",
        "code",
        "code --for Anna --json",
        "code --for Ana",
        "contact show",
        "contact set Ben --phone +4930901822",
        "contact set Ben --ntfy https://ntfy.example.com/anna --for Anna",
        "contact set Ben --phone 030-901822",
        "contact show",
        "contact show --json",
        "contact remove Benn --yes",
        "contact remove Ben --yes --json",
        "contact set Clara",
        "history",
        "history 12345678",
    ] {
        let (remote, direct) = (there.run(line).await, here.run(line).await);
        if line.ends_with("--json") {
            let (remote, direct): (Value, Value) = (remote.json(), direct.json());
            assert_eq!(shape(&remote), shape(&direct), "{line}");
        } else {
            assert_eq!(plain(&remote), plain(&direct), "{line}");
        }
    }
    day.close().await;
}

/// A rule's whole life.
const SENTENCES: [&str; 16] = [
    "schedule add weekdays 06:30 --zone Europe/Berlin --for Anna --proof conversation,key --check strict",
    "schedule skip",
    "schedule unskip today",
    "schedule move tomorrow to 08:00",
    "schedule pause from 2026-03-04 until 2026-03-08",
    "schedule show",
    "schedule resume",
    "schedule unmove tomorrow",
    "schedule away until friday",
    "schedule away --back",
    "schedule edit --when every day 07:15 --snoozes 0 --label early",
    "schedule travel America/New_York",
    "schedule list",
    "schedule once tomorrow 09:15 --zone Europe/Berlin",
    "schedule remove early --yes",
    "schedule list",
];

/// The day stands still, so that every sentence can be held to its word.
#[tokio::test]
async fn a_rule_is_added_changed_and_removed_in_sentences() {
    let day = TestDay::at("2026-03-02T05:00:00[Europe/Berlin]").await;
    let home = home_of(&day);
    let mut told = String::new();
    for line in SENTENCES {
        writeln!(told, "$ {line}\n{}", home.run(line).await.done()).unwrap();
    }
    assert_snapshot!(without_ids(&told), @r"
    $ schedule add weekdays 06:30 --zone Europe/Berlin --for Anna --proof conversation,key --check strict
    Added 00000000: weekdays 06:30 Europe/Berlin for Anna. It rings next Mon 2026-03-02 06:30 (+01:00 Europe/Berlin), in 1 h 30 min.

    $ schedule skip
    Skipped 2026-03-02 of 00000000: weekdays 06:30 Europe/Berlin for Anna. It rings next Tue 2026-03-03 06:30 (+01:00 Europe/Berlin), in 1 d 1 h.

    $ schedule unskip today
    Not skipped any more, 2026-03-02 of 00000000: weekdays 06:30 Europe/Berlin for Anna. It rings next Mon 2026-03-02 06:30 (+01:00 Europe/Berlin), in 1 h 30 min.

    $ schedule move tomorrow to 08:00
    Moved 2026-03-03 to 08:00, of 00000000: weekdays 06:30 Europe/Berlin for Anna. It rings next Mon 2026-03-02 06:30 (+01:00 Europe/Berlin), in 1 h 30 min.

    $ schedule pause from 2026-03-04 until 2026-03-08
    Paused from 2026-03-04 until 2026-03-08, rule 00000000: weekdays 06:30 Europe/Berlin for Anna. It rings next Mon 2026-03-02 06:30 (+01:00 Europe/Berlin), in 1 h 30 min.

    $ schedule show
    weekdays 06:30 Europe/Berlin for Anna
    00000000-0000-0000-0000-000000000000
    She is up when this is seen: conversation, key; then two check calls.
    Calls: at most 8 within 60 min; snoozes: 1; a late first call is worth making for 120 min.

    day                      rings                                       because
    ───────────────────────  ───────────────────────────  ─────────────  ───────
    2026-03-02               Mon 2026-03-02 06:30 +01:00  in 1 h 30 min
    2026-03-03               Tue 2026-03-03 08:00 +01:00  in 1 d 3 h     moved
    2026-03-04 – 2026-03-08  –                                           paused
    2026-03-09               Mon 2026-03-09 06:30 +01:00  in 7 d 1 h
    2026-03-10               Tue 2026-03-10 06:30 +01:00  in 8 d 1 h
    2026-03-11               Wed 2026-03-11 06:30 +01:00  in 9 d 1 h
    2026-03-12               Thu 2026-03-12 06:30 +01:00  in 10 d 1 h
    2026-03-13               Fri 2026-03-13 06:30 +01:00  in 11 d 1 h
    2026-03-16               Mon 2026-03-16 06:30 +01:00  in 14 d 1 h
    2026-03-17               Tue 2026-03-17 06:30 +01:00  in 15 d 1 h
    2026-03-18               Wed 2026-03-18 06:30 +01:00  in 16 d 1 h
    2026-03-19               Thu 2026-03-19 06:30 +01:00  in 17 d 1 h
    2026-03-20               Fri 2026-03-20 06:30 +01:00  in 18 d 1 h
    2026-03-23               Mon 2026-03-23 06:30 +01:00  in 21 d 1 h

    otherwise                          to take it back
    ─────────────────────────────────  ──────────────────────────────────────────
    2026-03-03 rings at 08:00          schedule unmove 2026-03-03 --rule 00000000
    2026-03-04 – 2026-03-08 is paused  schedule resume 00000000

    $ schedule resume
    Resumed 00000000: weekdays 06:30 Europe/Berlin for Anna. It rings next Mon 2026-03-02 06:30 (+01:00 Europe/Berlin), in 1 h 30 min.

    $ schedule unmove tomorrow
    Not moved any more, 2026-03-03 of 00000000: weekdays 06:30 Europe/Berlin for Anna. It rings next Mon 2026-03-02 06:30 (+01:00 Europe/Berlin), in 1 h 30 min.

    $ schedule away until friday
    Away until 2026-03-06, rule 00000000: weekdays 06:30 Europe/Berlin for Anna. It rings next Mon 2026-03-02 06:30 (+01:00 Europe/Berlin), in 1 h 30 min.

    $ schedule away --back
    Back home, rule 00000000: weekdays 06:30 Europe/Berlin for Anna. It rings next Mon 2026-03-02 06:30 (+01:00 Europe/Berlin), in 1 h 30 min.

    $ schedule edit --when every day 07:15 --snoozes 0 --label early
    Changed 00000000: every day 07:15 Europe/Berlin for Anna. It rings next Mon 2026-03-02 07:15 (+01:00 Europe/Berlin), in 2 h 15 min.

    $ schedule travel America/New_York
    Moved the clock of 00000000: every day 07:15 America/New_York for Anna. It rings next Mon 2026-03-02 07:15 (-05:00 America/New_York), in 8 h 15 min.

    $ schedule list
    rule      for   when             zone              label  next ring
    ────────  ────  ───────────────  ────────────────  ─────  ──────────────────────────────────────────
    00000000  Anna  every day 07:15  America/New_York  early  Mon 2026-03-02 07:15 -05:00, in 8 h 15 min

    $ schedule once tomorrow 09:15 --zone Europe/Berlin
    Added 00000000: 2026-03-03 09:15 Europe/Berlin for Anna. It rings next Tue 2026-03-03 09:15 (+01:00 Europe/Berlin), in 1 d 4 h. Her next wake-up: Mon 2026-03-02 07:15 (-05:00 America/New_York), in 8 h 15 min.

    $ schedule remove early --yes
    Removed 00000000: every day 07:15 America/New_York for Anna. Her next wake-up: Tue 2026-03-03 09:15 (+01:00 Europe/Berlin), in 1 d 4 h.

    $ schedule list
    rule      for   when              zone           label  next ring
    ────────  ────  ────────────────  ─────────────  ─────  ───────────────────────────────────────
    00000000  Anna  2026-03-03 09:15  Europe/Berlin  –      Tue 2026-03-03 09:15 +01:00, in 1 d 4 h
    ");
    day.close().await;
}

/// The same words and values in other places: names of fields, and what kind of thing each holds.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(items) => items.iter().take(1).map(shape).collect(),
        Value::String(_) => Value::from("text"),
        Value::Number(_) => Value::from(1),
        other => other.clone(),
    }
}

#[tokio::test]
async fn scripts_get_the_same_fields_either_way() {
    let day = TestDay::at("2026-03-02T05:00:00[Europe/Berlin]").await;
    let (there, here) = (home_of(&day), Home::new());
    here.words(&["sleeper", "add", "Anna", ANNA]).await.done();
    for line in [
        "schedule add every day 06:30 --zone Europe/Berlin --json",
        "schedule show --json",
        "schedule list --json",
    ] {
        let (remote, direct): (Value, Value) = (there.run(line).await.json(), here.run(line).await.json());
        assert_eq!(shape(&remote), shape(&direct), "{line}");
    }
    let listed: Vec<ScheduleShown> = there.run("schedule list --json").await.json();
    let from_the_api = day.ask("GET", "/api/v1/schedules", "").await.1;
    assert_eq!(serde_json::to_value(&listed).unwrap(), from_the_api, "what is printed can be read back");
    day.close().await;
}

#[tokio::test]
async fn a_call_is_placed_and_told_from_due_to_up() {
    let mut day = TestDay::at("2026-03-02T06:29:00[Europe/Berlin]").await.always_realtime().await;
    day.wakes_daily_at(7, 30).await;
    let home = home_of(&day);
    let placed = home.run("call Anna --mode traditional").await.done();
    assert!(placed.starts_with("Calling in traditional mode (call CA"), "{placed}");
    day.ended().await;
    let told = home.run("history").await.done();
    assert!(told.starts_with("Anna, Mon 2026-03-02 06:29 +01:00 Europe/Berlin: up"), "{told}");
    for part in ["traditional", "+0:00", "due", "decided", "proof", "finished"] {
        assert!(told.contains(part), "`{part}` is missing:\n{told}");
    }
    let said = day.said();
    assert!(
        !told.contains(said[0].trim_start_matches("coach: ")),
        "what was said is told when asked for only"
    );
    let told = home.run("history --transcript").await.done();
    assert!(told.contains(said[0].trim_start_matches("coach: ")), "{told}");
    let mornings: Vec<Value> = home.run("history --json").await.json();
    let wake_up = mornings[0]["wake_up"]["short_id"].as_str().unwrap();
    let morning: Value = home.run(&format!("history {wake_up} --json")).await.json();
    assert_eq!(morning, mornings[0]);
    day.close().await;
}

#[tokio::test]
async fn what_happens_is_followed_until_the_daemon_stops() {
    let mut day = TestDay::at("2026-03-02T06:29:00[Europe/Berlin]").await.never_realtime().await;
    day.wakes_daily_at(7, 30).await;
    day.sleeps_like(vec![Script::prompt_riser()]);
    let home = home_of(&day);
    let mut child = home
        .command("history --follow --transcript")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut remarks = BufReader::new(child.stderr.take().unwrap());
    let first = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        remarks.read_line(&mut line).unwrap();
        (line, remarks)
    });
    let (line, mut remarks) = first.await.unwrap();
    assert_eq!(line, "Waiting for something to happen; Ctrl-C ends this.\n");
    home.run("call").await.done();
    day.ended().await;
    let said = day.said();
    day.close().await;
    let ended = tokio::task::spawn_blocking(move || {
        let mut rest = String::new();
        remarks.read_to_string(&mut rest).unwrap();
        (child.wait_with_output().unwrap(), rest)
    });
    let (output, rest) = ended.await.unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), rest.as_str()), (Some(1), "wakeup-coach: the program has stopped\n"));
    let first = told.lines().next().unwrap_or_default();
    assert!(first.starts_with("06:29:00  Anna  decided  first, traditional"), "{told}");
    assert!(told.lines().any(|line| line.ends_with(said[0].trim_start_matches("coach: "))), "{told}");
    assert!(told.trim_end().ends_with("Anna  ended  up"), "{told}");
}

#[tokio::test]
async fn a_daemon_that_does_not_know_us_is_told_apart_from_one_that_is_not_there() {
    let day = TestDay::at("2026-03-02T06:29:00[Europe/Berlin]").await;
    let stranger = home_of(&day).with("ADMIN_TOKEN", "another-token-of-somebody");
    let told = stranger.run("sleeper list").await.refused(1);
    assert!(told.contains("does not accept the token: set ADMIN_TOKEN as it has it"), "{told}");
    let url = format!("sleeper list --url http://{}", day.morning.running.address);
    // The address alone is enough, wherever one is.
    let named = Home::new().with("ADMIN_TOKEN", TOKEN).run(&url).await.done();
    assert!(named.contains("Anna"), "{named}");
    assert_snapshot!(Home::new().run("sleeper list --url https://wake.example.com").await.refused(1), @"wakeup-coach: set ADMIN_TOKEN to the token of the program at https://wake.example.com/");
    let nobody = Home::new().with("ADMIN_TOKEN", TOKEN).run("sleeper list --url http://127.0.0.1:1").await;
    assert!(
        nobody.refused(1).starts_with("wakeup-coach: nothing answers at http://127.0.0.1:1/; is it running?")
    );
    day.close().await;
}
