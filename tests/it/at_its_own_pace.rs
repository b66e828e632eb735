//! Whole calls at the speed of the clock on the wall: they take a minute, so these are begun early.

use jiff::{SignedDuration, Unit};
use wakeup_coach::clock::SystemClock;
use wakeup_coach::simulator::sleeper::{Answer, Sleeper};

use crate::start::{FarSide, Program, WHILE_IT_RINGS, home};
use crate::support::ANNA;

/// Time enough for a start on a loaded machine.
const UNTIL_DUE: SignedDuration = SignedDuration::from_secs(10);

/// Practice without any account: somebody is stored while the program runs, and answers.
#[tokio::test]
async fn on_the_local_line_whoever_is_added_later_answers_too() {
    let home = home("PORT=0\n");
    let mut program = Program::start(home.path(), &[], &[]);
    let port = program.listens().await;
    let port = port.to_string();
    let variables = [("PORT", port.as_str())];
    for words in [&["sleeper", "add", "Ben", "+4930901821"][..], &["call", "Ben", "--mode", "traditional"]] {
        let (code, log) = Program::start(home.path(), words, &variables).ends().await;
        assert_eq!(code, Some(0), "{log}");
    }
    program.says("Attempt 1 ended: ").await;
    let answered = program.seen.iter().any(|line| line.contains("Attempt 1 ended: up"));
    assert!(answered, "{}", program.seen.join("\n"));
    program.signal("TERM");
    assert_eq!(program.ends().await.0, Some(0));
}

/// Nothing is sped up and nobody asks for the call: this is what the program is for.
#[tokio::test]
async fn the_planned_call_comes_at_its_second() {
    let far = FarSide::start().await;
    far.exchange.set_sleeper(
        ANNA,
        vec![Sleeper { answers: Answer::AfterRinging(WHILE_IT_RINGS), ..Sleeper::prompt_riser() }],
    );
    let home = home(&far.env_file());
    let due = SystemClock::shared().now().round(Unit::Second).unwrap() + UNTIL_DUE;
    let at = due.strftime("%H:%M:%S").to_string();
    let variables = [("WAKE_UP_TIME", at.as_str()), ("TZ", "UTC"), ("REALTIME_API_PROBABILITY", "1")];
    let mut program = Program::start(home.path(), &[], &variables);
    far.tunnel_to(program.listens().await);
    program.says("Call routing decision: realtime (p=1.00, drew 0.").await;
    program.says("Stream started").await;
    let ended = program.says("Attempt 1 ended: up").await;
    assert!(ended.contains("fell_back=false"), "{ended}");
    let call = far.exchange.calls().remove(0);
    let late = call.created_at.duration_since(due);
    assert!((0..3_000).contains(&late.as_millis()), "placed {late:#} after {due}");
    program.signal("TERM");
    assert_eq!(program.ends().await.0, Some(0));
    assert_eq!(far.exchange.calls().len(), 1, "it rang once");
    far.stop().await;
}
