//! No daemon runs: the command line works on the database itself.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::Value;
use wakeup_coach::desk::dto::{
    CalendarShown, CodesShown, ScheduleChanged, ScheduleShown, SettingsShown, SleeperShown,
};
use wakeup_coach::store::Store;

use crate::support::TestDay;
use crate::support::cli::{Home, without_digits};

#[tokio::test]
async fn somebody_is_added_listed_changed_and_forgotten() {
    let home = Home::new();
    assert_snapshot!(home.run("sleeper list").await.refused(1), @"wakeup-coach: there is no database wakeup-coach.db yet: start with `wakeup-coach sleeper add`, or go where the program keeps it (DATABASE_URL)");
    let mut told = String::new();
    for line in [
        "sleeper add Anna +4930901820",
        "sleeper add Ben +4930901821 --language fr-FR",
        "sleeper edit Ben --name Benno",
        "sleeper list",
        "sleeper forget benno --yes",
    ] {
        write!(told, "$ {line}\n{}", home.run(line).await.done()).unwrap();
    }
    assert_snapshot!(without_digits(&told), @r"
    $ sleeper add Anna +0000000000
    Added Anna (+0000000000, en-US).
    She has no schedule yet: wakeup-coach schedule add weekdays 00:00 --for Anna
    $ sleeper add Ben +0000000000 --language fr-FR
    Added Ben (+0000000000, fr-FR).
    She has no schedule yet: wakeup-coach schedule add weekdays 00:00 --for Ben
    $ sleeper edit Ben --name Benno
    Changed Benno (+0000000000, fr-FR).
    She has no schedule yet: wakeup-coach schedule add weekdays 00:00 --for Benno
    $ sleeper list
    sleeper  id        number       language  schedules  next ring
    ───────  ────────  ───────────  ────────  ─────────  ─────────
    Anna     00000000  +0000000000  en-US     0          –
    Benno    00000000  +0000000000  fr-FR     0          –
    $ sleeper forget benno --yes
    Forgot Benno: 0 schedules, 0 wake-ups, 0 calls, 0 lines of conversation.
    ");
    let sleepers: Vec<SleeperShown> = home.run("sleeper list --json").await.json();
    assert_eq!(sleepers.len(), 1);
    assert_eq!((sleepers[0].name.as_deref(), sleepers[0].phone.as_str()), (Some("Anna"), "+4930901820"));
}

#[tokio::test]
async fn a_mistake_is_told_with_what_was_probably_meant() {
    let home = Home::new();
    home.run("sleeper add Anna +4930901820").await.done();
    let mut told = String::new();
    for (line, code) in [
        ("sleeper add Ben 030-901820", 2),
        ("sleeper edit Ana --language fr-FR", 1),
        ("sleeper edit Anna", 2),
        ("sleeper forget Anna", 2),
        ("schedule show", 1),
        ("schedule add weekdays half past 6", 2),
        ("schedule add weekdays", 2),
        ("schedule add 06:30", 2),
        ("schedule once every day 07:00", 2),
        ("schedule add weekdays 06:30 --calls 0", 2),
        ("sleeper add Anna Maria +4930901822", 2),
        ("schedule add weekdays 06:30 --zone Europe/Berlni", 2),
        ("schedule add weekdays 06:30 --for Ana", 1),
        ("schedule skip tomorow", 1),
        ("settings set --realtime-probability 7", 2),
        ("call Anna", 1),
        ("history --follow", 1),
    ] {
        writeln!(told, "$ {line}\n{}", home.run(line).await.refused(code)).unwrap();
    }
    assert_snapshot!(told, @r"
    $ sleeper add Ben 030-901820
    wakeup-coach: That is not a telephone number in international form: write + and the country code first, such as +14155552671.
    $ sleeper edit Ana --language fr-FR
    wakeup-coach: There is no sleeper `Ana`. Did you mean Anna?
    $ sleeper edit Anna
    wakeup-coach: nothing to change: say what, such as --language fr-FR
    $ sleeper forget Anna
    wakeup-coach: Forget Anna with all her schedules, calls and conversations? Say so with --yes, since nobody can be asked here
    $ schedule show
    wakeup-coach: there is no schedule yet: wakeup-coach schedule add weekdays 06:30
    $ schedule add weekdays half past 6
    wakeup-coach: `half past 6` is not a time; did you mean 06:30?
    $ schedule add weekdays
    wakeup-coach: At what time? Write `weekdays 06:30`.
    $ schedule add 06:30
    wakeup-coach: On which days? Write `every day 06:30`, `weekdays 06:30`, `sat,sun 06:30` or `tomorrow 06:30`.
    $ schedule once every day 07:00
    wakeup-coach: `every day 07:00` repeats: use `schedule add` for that.
    $ schedule add weekdays 06:30 --calls 0
    wakeup-coach: --calls is 0, but must be from 1 to 20 calls.
    $ sleeper add Anna Maria +4930901822
    wakeup-coach: unexpected argument '+4930901822' found; put names with blanks in quotes (see wakeup-coach sleeper add --help)
    $ schedule add weekdays 06:30 --zone Europe/Berlni
    wakeup-coach: `Europe/Berlni` is not a time zone: did you mean Europe/Berlin?
    $ schedule add weekdays 06:30 --for Ana
    wakeup-coach: There is no sleeper `Ana`. Did you mean Anna?
    $ schedule skip tomorow
    wakeup-coach: there is no schedule yet: wakeup-coach schedule add weekdays 06:30
    $ settings set --realtime-probability 7
    wakeup-coach: 7 is not a probability. Give a number from 0 (never realtime) to 1 (always realtime).
    $ call Anna
    wakeup-coach: The program is not running, and only the running program makes calls. Start it with `wakeup-coach serve`.
    $ history --follow
    wakeup-coach: the program is not running, so nothing happens that could be followed: start it with `wakeup-coach`
    ");
    let sleepers: Vec<SleeperShown> = home.run("sleeper list --json").await.json();
    assert_eq!(sleepers.len(), 1, "a refused command has changed nothing");
}

#[tokio::test]
async fn settings_are_kept() {
    let home = Home::new();
    let set: SettingsShown = home.run("settings set --realtime-probability 0.25 --json").await.json();
    let kept: SettingsShown = home.run("settings --json").await.json();
    assert_eq!((set.realtime_probability, &set), (0.25, &kept));
    assert_snapshot!(without_digits(&home.run("settings get").await.done()), @r"
    setting               value   what it means
    ────────────────────  ──────  ───────────────────────────────────────────────────────────────────
    realtime probability  0.00    00.0% of calls run in realtime mode, the others in traditional mode
    realtime breaker      closed  the realtime model works
    time zones            0000e   the release of the data in use
    ");
}

#[tokio::test]
async fn a_rule_is_planned_without_a_daemon_and_rings_next() {
    let home = Home::new();
    home.run("sleeper add Anna +4930901820").await.done();
    let said = home.words(&["schedule", "add", "every day 06:30", "--zone", "Europe/Berlin"]).await.done();
    assert!(said.starts_with("Added ") && said.contains(" 06:30 (+0") && said.contains(" in "), "{said}");
    let sleepers: Vec<SleeperShown> = home.run("sleeper list --json").await.json();
    assert_eq!(sleepers[0].schedules, 1);
    let next = sleepers[0].next.as_ref().expect("a ring is planned");
    assert_eq!(next.when.zone, "Europe/Berlin");
    home.run("schedule skip").await.done();
    let after: Vec<SleeperShown> = home.run("sleeper list --json").await.json();
    assert!(after[0].next.as_ref().expect("the one after").when.at > next.when.at, "{after:?}");
}

#[tokio::test]
async fn the_code_of_the_day_is_told_without_a_daemon() {
    let home = Home::new();
    assert_snapshot!(home.run("code").await.refused(1), @"wakeup-coach: there is no database wakeup-coach.db yet: start with `wakeup-coach sleeper add`, or go where the program keeps it (DATABASE_URL)");
    home.run("sleeper add Anna +4930901820").await.done();
    let rule = ["schedule", "add", "every day 06:30", "--zone", "Europe/Berlin", "--proof", "code"];
    home.words(&rule).await.done();
    let shown: CodesShown = home.run("code --json").await.json();
    assert!(shown.codes.len() > 7 && shown.codes[0].today, "{shown:?}");
    let told = home.run("code --for Anna").await.done();
    for code in &shown.codes {
        let line = told.lines().find(|line| line.starts_with(&code.date)).expect("a line for each day");
        assert!(line.contains(&code.code), "{line}");
    }
    home.run("sleeper add Ben +4930901821").await.done();
    assert_snapshot!(home.run("code").await.refused(2), @"wakeup-coach: whose code? Say --for, with one of Anna, Ben");
}

#[tokio::test]
async fn holidays_are_observed_and_a_rules_details_are_set() {
    let home = Home::new();
    home.run("sleeper add Anna +4930901820").await.done();
    home.words(&["schedule", "add", "every day 06:30", "--zone", "Europe/Berlin"]).await.done();
    let days = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
                DTSTART;VALUE=DATE:20991224\r\nSUMMARY:Eve\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let file = home.scratch.file("holidays.ics");
    std::fs::write(&file, days).unwrap();
    let added: CalendarShown =
        home.words(&["calendar", "add", "holidays", file.to_str().unwrap(), "--json"]).await.json();
    // Only days within a year are kept, and that one is not.
    assert_eq!((added.days, added.problem), (0, None));
    let rule = |changed: &ScheduleChanged| changed.schedule.calendars.clone();
    let observed: ScheduleChanged = home.run("schedule observe holidays --json").await.json();
    assert_eq!(rule(&observed), ["holidays"]);
    let not_any_more: ScheduleChanged = home.run("schedule unobserve holidays --json").await.json();
    assert!(rule(&not_any_more).is_empty());
    let removed = home.run("calendar remove holidays --yes").await.done();
    assert_eq!(removed, "Removed holidays, with 0 days.\n");

    let line = "schedule edit --ring 30 --redial 90,200,300,400 --cost-cap 1.50 --warn-after 15 --word-is-enough --json";
    let policy = home.run(line).await.json::<ScheduleChanged>().schedule.policy;
    assert_eq!(
        (policy.ring_secs, policy.redial_after_secs, policy.warn_after_mins),
        (30, [90, 200, 300, 400], 15)
    );
    assert_eq!((policy.cost_cap.map(|cap| cap.0), policy.word_is_enough), (Some(1_500_000), true));
    let line = "schedule edit --cost-cap none --word-is-enough false --json";
    let policy = home.run(line).await.json::<ScheduleChanged>().schedule.policy;
    assert_eq!((policy.cost_cap, policy.word_is_enough, policy.ring_secs), (None, false, 30));

    let set: SettingsShown = home.run("settings set --goodbye fr=salut,ciao --json").await.json();
    assert_eq!(set.goodbye_words["fr"], ["salut", "ciao"]);
    assert!(home.run("settings").await.done().contains("goodbye (fr)"));
    assert_snapshot!(home.run("snooze").await.refused(1), @"wakeup-coach: nobody is being woken, so there is nothing to put off: wakeup-coach schedule skip, or move");
    assert_snapshot!(home.run("calendar").await.done(), @"No calendar yet: wakeup-coach calendar add holidays /etc/holidays.ics");
    assert_snapshot!(home.run("sleeper forget-memories Anna").await.done(), @"Forgot 0 lines.");
}

/// Who holds the database decides, and who holds it without answering is told so.
#[tokio::test]
async fn a_held_database_is_never_worked_on_beside_its_holder() {
    // Bound, so that nobody else answers there, and not listening.
    let bound = tokio::net::TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = bound.local_addr().unwrap().port().to_string();
    let home = Home::new().with("ADMIN_TOKEN", "a-token-that-nobody-guesses").with("PORT", &port);
    home.run("sleeper add Anna +4930901820").await.done();
    let holder = Store::open(&home.scratch.file("wakeup-coach.db")).await.unwrap();
    let told = home.run("sleeper forget Anna --yes").await.refused(1);
    assert!(
        told.starts_with(&format!(
            "wakeup-coach: wakeup-coach.db is in use by a running wakeup-coach, but nothing answers at \
             http://127.0.0.1:{port}/: say where it listens with --url, or with the HOST, PORT and ADMIN_LISTEN it \
             was started with"
        )),
        "{told}"
    );
    assert_eq!(holder.list_sleepers().await.unwrap().len(), 1);
    holder.close().await;
    let sleepers: Vec<SleeperShown> = home.run("sleeper list --json").await.json();
    assert_eq!(sleepers.len(), 1);
}

#[tokio::test]
async fn colours_are_for_terminals_and_for_those_who_insist() {
    let home = Home::new();
    home.run("sleeper add Anna +4930901820").await.done();
    let has_colours = |text: &str| text.contains('\u{1b}');
    assert!(!has_colours(&home.run("sleeper list").await.done()), "a pipe is not a terminal");
    let home = home.with("CLICOLOR_FORCE", "1");
    assert!(has_colours(&home.run("sleeper list").await.done()));
    assert!(!has_colours(&home.run("sleeper list --json").await.done()), "JSON has none");
    let home = home.with("NO_COLOR", "1");
    assert!(!has_colours(&home.run("sleeper list").await.done()));
}

/// Whoever plans while nothing runs must not go to bed believing that it will ring.
#[tokio::test]
async fn a_change_that_no_program_sees_is_told_as_such() {
    const REST: &str = "The program is not running: nobody will be called until you start `wakeup-coach`.\n";
    let home = Home::new().with("PORT", "1");
    for line in ["sleeper add Anna +4930901820", "schedule add weekdays 06:30 --zone Europe/Berlin"] {
        assert_eq!(home.run(line).await.err, REST, "{line}");
    }
    assert_eq!(home.run("schedule list").await.err, "", "looking changes nothing");
    let report: Value = serde_json::from_str(&home.run("doctor --json").await.out).unwrap();
    let found = |id: &str| report["findings"].as_array().unwrap().iter().any(|one| one["id"] == id);
    assert!(found("check.not-running") && found("people.planned") && found("configuration.local-line"));
    let summary = report["summary"].as_str().unwrap();
    assert!(
        summary.contains("The program is not running: nobody will be called. This is practice: no telephone"),
        "{summary}"
    );
}

/// The wrong directory, while the program runs elsewhere on this machine.
#[tokio::test]
async fn a_program_that_runs_elsewhere_is_named_to_whoever_is_in_the_wrong_directory() {
    let day = TestDay::at("2026-03-02T06:29:00[Europe/Berlin]").await;
    let url = format!("http://{}/", day.morning.running.address);
    let home = Home::new().with("PORT", &day.morning.running.address.port().to_string());
    for line in ["schedule list", "sleeper add Anna +4930901820"] {
        let told = home.run(line).await.refused(1);
        assert!(told.contains(&format!("a wakeup-coach runs at {url}: ask it with `--url {url}`")), "{told}");
    }
    assert!(!home.scratch.file("wakeup-coach.db").exists(), "no second database is made in its shadow");
    day.close().await;
}

/// The commands of a day, in the order in which they are explained, with two sleepers and a ring for one day.
#[tokio::test]
async fn a_rule_is_found_by_whose_it_is_and_not_hidden_by_a_ring_for_one_day() {
    let home = Home::new();
    home.run("sleeper add Anna +4930901820").await.done();
    home.run("schedule add weekdays 06:30 --zone Europe/Berlin --proof place").await.done();
    let twin = home.run("schedule add weekdays 06:30 --zone Europe/Berlin").await.done();
    assert!(twin.contains("There was the same rule already (") && twin.contains("schedule remove"), "{twin}");
    let told = home.run("schedule skip").await.refused(2);
    assert!(told.contains("there are 2 rules: say which with its identifier (--rule"), "{told}");
    assert!(told.contains("(weekdays 06:30, Anna) · "), "{told}");
    assert_eq!(home.run("schedule skip --rule Anna").await.refused(2), told, "one form for all");
    let rules: Vec<ScheduleShown> = home.run("schedule list --json").await.json();
    let shown = &rules[1].short_id;
    home.run(&format!("schedule remove {} --yes", &shown[1..6])).await.done();
    home.run("schedule once 04:15").await.done();
    let once = home.run("schedule once tomorrow 09:15").await.done();
    assert!(once.starts_with("Added "), "{once}");
    for line in [
        "schedule skip next",
        "schedule pause until 2099-12-31",
        "schedule resume",
        "schedule move next to 08:00 --for Anna",
        "schedule edit --for Anna --snoozes 0",
        "schedule away until tomorrow --for Anna",
        "schedule travel America/New_York --for Anna",
        "schedule show --for Anna",
    ] {
        home.run(line).await.done();
    }
    let sunday = home.run("schedule skip sunday").await.done();
    assert!(sunday.contains("It does not ring on "), "{sunday}");
    let place = home.run("schedule edit --proof place").await.done();
    assert!(place.contains("No place is set up") && place.contains("`wakeup-coach qr`"), "{place}");
    let report: Value = serde_json::from_str(&home.run("doctor --json").await.out).unwrap();
    assert!(report["findings"].as_array().unwrap().iter().any(|one| one["id"] == "people.no-place"));
}

#[tokio::test]
async fn all_exceptions_are_shown_with_the_way_back() {
    let home = Home::new();
    home.run("sleeper add Anna +4930901820").await.done();
    home.run("schedule add every day 06:30 --zone Europe/Berlin").await.done();
    home.run("schedule skip 2098-12-24").await.done();
    home.run("schedule pause from 2099-12-24 until 2099-12-31").await.done();
    let shown = home.run("schedule show").await.done();
    assert!(shown.contains("2098-12-24 is skipped") && shown.contains("schedule unskip 2098-12-24 --rule "));
    assert!(
        shown.contains("2099-12-24 – 2099-12-31 is paused") && shown.contains("schedule resume "),
        "{shown}"
    );
}
