//! No daemon runs: the command line works on the database itself.

use std::fmt::Write as _;

use insta::assert_snapshot;
use wakeup_coach::desk::dto::{SettingsShown, SleeperShown};
use wakeup_coach::store::Store;

use crate::support::cli::{Home, without_digits};

#[tokio::test]
async fn somebody_is_added_listed_changed_and_forgotten() {
    let home = Home::new();
    assert_snapshot!(home.run("sleeper list").await.refused(1), @"");
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
    assert_snapshot!(without_digits(&told), @"");
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
        ("schedule add weekdays 06:30 --zone Europe/Berlni", 2),
        ("schedule add weekdays 06:30 --for Ana", 1),
        ("schedule skip tomorow", 1),
        ("settings set --realtime-probability 7", 2),
        ("call Anna", 1),
        ("history --follow", 1),
    ] {
        writeln!(told, "$ {line}\n{}", home.run(line).await.refused(code)).unwrap();
    }
    assert_snapshot!(told, @"");
    let sleepers: Vec<SleeperShown> = home.run("sleeper list --json").await.json();
    assert_eq!(sleepers.len(), 1, "a refused command has changed nothing");
}

#[tokio::test]
async fn settings_are_kept() {
    let home = Home::new();
    let set: SettingsShown = home.run("settings set --realtime-probability 0.25 --json").await.json();
    let kept: SettingsShown = home.run("settings --json").await.json();
    assert_eq!((set.realtime_probability, &set), (0.25, &kept));
    assert_snapshot!(without_digits(&home.run("settings get").await.done()), @"");
}

#[tokio::test]
async fn a_rule_is_planned_without_a_daemon_and_rings_next() {
    let home = Home::new();
    home.run("sleeper add Anna +4930901820").await.done();
    let said = home.words(&["schedule", "add", "every day 06:30", "--zone", "Europe/Berlin"]).await.done();
    assert!(
        said.starts_with("Next wake-up: ") && said.contains(" 06:30 +0") && said.contains(" in "),
        "{said}"
    );
    let sleepers: Vec<SleeperShown> = home.run("sleeper list --json").await.json();
    assert_eq!(sleepers[0].schedules, 1);
    let next = sleepers[0].next.as_ref().expect("a ring is planned");
    assert_eq!(next.when.zone, "Europe/Berlin");
    home.run("schedule skip").await.done();
    let after: Vec<SleeperShown> = home.run("sleeper list --json").await.json();
    assert!(after[0].next.as_ref().expect("the one after").when.at > next.when.at, "{after:?}");
}

/// Who holds the database decides, and who holds it without answering is told so.
#[tokio::test]
async fn a_held_database_is_never_worked_on_beside_its_holder() {
    let home = Home::new().with("ADMIN_TOKEN", "a-token-that-nobody-guesses").with("PORT", "1");
    home.run("sleeper add Anna +4930901820").await.done();
    let holder = Store::open(&home.scratch.file("wakeup-coach.db")).await.unwrap();
    let told = home.run("sleeper forget Anna --yes").await.refused(1);
    assert!(
        told.starts_with(
            "wakeup-coach: wakeup-coach.db is in use by a running wakeup-coach, but none answers at \
             http://127.0.0.1:1/. Say where it listens with --url, or with the HOST, PORT and ADMIN_LISTEN it \
             was started with: "
        ),
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
