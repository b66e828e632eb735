//! What the command line says about itself, and about what it does not understand.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::support::cli::Home;

#[tokio::test]
async fn what_is_not_understood_is_told_in_one_line_with_exit_code_2() {
    let home = Home::new();
    let mut told = String::new();
    for line in [
        "shedule list",
        "schedule",
        "schedule skip --dy tomorrow",
        "schedule pause until",
        "schedule move tomorrow",
        "schedule edit",
        "schedule add weekdays 06:30 --proof smile",
        "schedule add weekdays 06:30 --check twice",
        "sleeper add Anna",
        "demo --mode sleepy",
        "call Anna --mode loud",
        "completions",
        "settings set",
        "settings set --realtime-probability much",
        "sleeper list --url somewhere",
    ] {
        let ran = home.run(line).await;
        if line == "schedule" {
            assert_eq!(ran.code, 2);
            assert!(ran.err.contains("Usage: wakeup-coach schedule"), "{}", ran.err);
            continue;
        }
        writeln!(told, "$ {line}\n{}", ran.refused(2)).unwrap();
    }
    assert_snapshot!(told, @"");
    assert!(!home.scratch.file("wakeup-coach.db").exists(), "nothing was begun");
}

#[tokio::test]
async fn the_help_of_a_schedule_reads_like_sentences() {
    let home = Home::new();
    assert_snapshot!(home.run("schedule --help").await.done(), @"");
    assert_snapshot!(home.run("schedule add -h").await.done(), @"");
}

#[tokio::test]
async fn every_shell_gets_its_completions_and_the_manual_names_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.run(&format!("completions {shell}")).await.done();
        assert!(script.contains("wakeup-coach") && script.contains("unskip"), "{shell}");
    }
    let page = home.run("man").await.done();
    for command in
        ["serve", "schedule", "sleeper", "call", "history", "settings", "import\\-env", "healthcheck"]
    {
        assert!(page.contains(&format!("wakeup\\-coach\\-{command}(1)")), "{command}:\n{page}");
    }
    assert_eq!(home.run("man --directory pages").await.done(), "Wrote the manual pages into pages\n");
    assert!(home.scratch.file("pages/wakeup-coach-schedule-skip.1").exists());
}
