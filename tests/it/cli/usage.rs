//! What the command line says about itself, and about what it does not understand.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::support::cli::Home;

const MISTAKES: [&str; 20] = [
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
    "schedule edit --redial 90,300",
    "schedule edit --cost-cap 1,50",
    "schedule observe",
    "calendar add holidays",
    "settings set",
    "settings set --goodbye salut",
    "settings set --realtime-probability much",
    "sleeper list --url somewhere",
];

#[tokio::test]
async fn what_is_not_understood_is_told_in_one_line_with_exit_code_2() {
    let home = Home::new();
    let mut told = String::new();
    for line in MISTAKES {
        let ran = home.run(line).await;
        if line == "schedule" {
            assert_eq!(ran.code, 2);
            assert!(ran.err.contains("Usage: wakeup-coach schedule"), "{}", ran.err);
            continue;
        }
        writeln!(told, "$ {line}\n{}", ran.refused(2)).unwrap();
    }
    assert_snapshot!(told, @r#"
    $ shedule list
    wakeup-coach: unrecognized subcommand 'shedule'; a similar subcommand exists: 'schedule' (see wakeup-coach --help)
    $ schedule skip --dy tomorrow
    wakeup-coach: unexpected argument '--dy' found; to pass '--dy' as a value, use '-- --dy' (see wakeup-coach schedule skip --help)
    $ schedule pause until
    wakeup-coach: `until` is not a range of days: write until 2026-12-31, or from 2026-12-24 until 2026-12-31
    $ schedule move tomorrow
    wakeup-coach: `tomorrow` is not a day and a time: write tomorrow to 08:00
    $ schedule edit
    wakeup-coach: nothing to change: say what, such as --when weekdays 07:00
    $ schedule add weekdays 06:30 --proof smile
    wakeup-coach: invalid value 'smile' for '--proof <PROOF,…>': "smile" is not a proof: choose among word, key, code, sum, conversation and place
    $ schedule add weekdays 06:30 --check twice
    wakeup-coach: invalid value 'twice' for '--check <CHECK>': write off, once or strict
    $ sleeper add Anna
    wakeup-coach: the following required arguments were not provided: <PHONE> (see wakeup-coach sleeper add --help)
    $ demo --mode sleepy
    wakeup-coach: invalid value 'sleepy' for '--mode <MODE>' [possible values: realtime, traditional, fallback, unanswered]
    $ call Anna --mode loud
    wakeup-coach: invalid value 'loud' for '--mode <MODE>' [possible values: realtime, traditional]
    $ completions
    wakeup-coach: the following required arguments were not provided: <SHELL> (see wakeup-coach completions --help)
    $ schedule edit --redial 90,300
    wakeup-coach: invalid value '90,300' for '--redial <W1,W2,W3,W4>': write four waits in seconds, such as 90,300,600,1200
    $ schedule edit --cost-cap 1,50
    wakeup-coach: invalid value '1,50' for '--cost-cap <DOLLARS>': write dollars and cents, such as 1.50, or none
    $ schedule observe
    wakeup-coach: the following required arguments were not provided: <CALENDAR> (see wakeup-coach schedule observe --help)
    $ calendar add holidays
    wakeup-coach: the following required arguments were not provided: <SOURCE> (see wakeup-coach calendar add --help)
    $ settings set
    wakeup-coach: nothing to set: say what, such as --realtime-probability 0.75
    $ settings set --goodbye salut
    wakeup-coach: invalid value 'salut' for '--goodbye <LANGUAGE=WORDS>': write a language and words, such as fr=salut
    $ settings set --realtime-probability much
    wakeup-coach: invalid value 'much' for '--realtime-probability <0..1>': write a number from 0 (never) to 1 (always), such as 0.75
    $ sleeper list --url somewhere
    wakeup-coach: invalid value 'somewhere' for '--url <URL>': write an address such as http://127.0.0.1:8765
    "#);
    assert!(!home.scratch.file("wakeup-coach.db").exists(), "nothing was begun");
}

#[tokio::test]
async fn the_help_of_a_schedule_reads_like_sentences() {
    let home = Home::new();
    assert_snapshot!(home.run("schedule --help").await.done(), @r"
    When they are woken, and the days on which it is otherwise

    Usage: wakeup-coach schedule [OPTIONS] <COMMAND>

    Commands:
      add        Add a rule, such as: schedule add weekdays 06:30 --zone Europe/Berlin --for Anna
      list       List the rules
      show       Show a rule with its next fourteen days
      edit       Change a rule
      skip       Do not ring on one day
      unskip     Ring on that day after all
      pause      Do not ring for some days; it ends by itself. Such as: schedule pause from 2026-12-24 until 2026-12-31
      resume     Ring again before a pause is over
      move       Ring at another time on one day, such as: schedule move tomorrow to 08:00
      once       Ring once, such as: schedule once 2026-12-24 08:00 --for Anna
      unmove     Ring at its own time again on a day that was moved
      travel     She is somewhere else: the clock of her only rule, of those that follow her, or of one, hangs there
      away       She is away from home, and what proves there that she is up gives way to a conversation
      observe    Be silent on the days of a holiday calendar (`calendar add`)
      unobserve  Ring on the days of a calendar again
      remove     Remove a rule and the wake-ups planned from it
      help       Print this message or the help of the given subcommand(s)

    Options:
          --json       Print JSON with the API's fields, for scripts
          --url <URL>  Ask the program at this address instead of looking for one here, such as `http://127.0.0.1:8765`
      -h, --help       Print help
    ");
    assert_snapshot!(home.run("schedule add -h").await.done(), @r"
    Add a rule, such as: schedule add weekdays 06:30 --zone Europe/Berlin --for Anna

    Usage: wakeup-coach schedule add [OPTIONS] <WHEN>...

    Arguments:
      <WHEN>...  When, as one says it: weekdays 06:30, every day 07:00, Mon Wed Fri 06:15

    Options:
          --zone <ZONE>                    Where that clock hangs; where her other rules do, or this machine, without it
          --for <NAME>                     Whom it wakes; the only sleeper goes without
          --proof <PROOF,…>                What must be seen before she counts as up, all of it: conversation, key, code, sum, place, word
          --check <CHECK>                  Whether to call again later to see that she has stayed up: off, once or strict
          --label <LABEL>                  What to call the rule
          --follows [<true|false>]         Let its clock travel with her (`schedule travel`), or not [possible values: true, false]
          --calls <COUNT>                  How many calls one morning may take
          --deadline <MINUTES>             For how many minutes the calls go on
          --snoozes <COUNT>                How many snoozes are granted in one morning
          --ring <SECONDS>                 How long the phone rings, in seconds
          --redial <W1,W2,W3,W4>           The waits before the redials, in seconds; the last one repeats
          --cost-cap <DOLLARS>             No further call once a morning has cost this many dollars; `none` is no limit
          --warn-after <MINUTES>           Tell the back-up person when she is not up so many minutes after the first call
          --word-is-enough [<true|false>]  Let a goodbye end a call whatever else is wanted, or not [possible values: true, false]
          --useful-for <MINUTES>           For how many minutes after its time a late first call is still worth making
          --probability <0..1>             How often realtime mode is drawn, from 0 to 1, whatever the settings say
          --json                           Print JSON with the API's fields, for scripts
          --url <URL>                      Ask the program at this address instead of looking for one here, such as `http://127.0.0.1:8765`
      -h, --help                           Print help
    ");
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
