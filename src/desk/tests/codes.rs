//! The codes of the day, as the owner reads them.

use super::{Fixture, told};
use crate::desk::dto::{PolicyEdit, ScheduleEdit};
use crate::domain::proof::{Proof, Proofs};
use crate::store::mornings::Which;

/// Anna on a Sunday noon, woken on weekdays at 06:30, with the code.
async fn with_codes(name: &str) -> Fixture {
    let fixture = Fixture::new(name).await;
    let anna = fixture.anna().await;
    fixture.weekdays(&anna).await;
    let policy = PolicyEdit { proofs: Some(Proofs::of(&[Proof::Code])), ..PolicyEdit::default() };
    let edit = ScheduleEdit { policy, ..ScheduleEdit::default() };
    fixture.desk.edit_schedule("Anna", &edit).await.unwrap();
    fixture
}

#[tokio::test]
async fn today_and_every_day_with_a_planned_wake_up_has_its_code() {
    let fixture = with_codes("codes").await;
    let shown = fixture.desk.codes_of("anna").await.unwrap();
    let days: Vec<String> = shown
        .codes
        .iter()
        .map(|code| {
            let at: Vec<&str> = code.wake_ups.iter().map(|at| at.local.as_str()).collect();
            format!("{} {} {} {}", code.date, code.today, at.join("+"), code.asked_for)
        })
        .collect();
    assert_eq!(days[0], "2026-03-01 true  false");
    assert_eq!(days[1], "2026-03-02 false Mon 2026-03-02 06:30 true");
    let planned = fixture.desk.store.list_occurrences(Which::Coming, None, 50).await.unwrap();
    assert_eq!(days.len(), planned.len() + 1, "{days:?}");
    assert!(shown.codes.iter().all(|code| code.code.len() == 4));
    let again = fixture.desk.codes_of("Anna").await.unwrap();
    assert_eq!(again, shown, "a code does not change by being looked at");
    let debug = format!("{shown:?}");
    assert!(shown.codes.iter().all(|code| !debug.contains(&format!("\"{}\"", code.code))), "{debug}");
}

#[tokio::test]
async fn that_codes_were_shown_is_written_down_without_them() {
    let fixture = with_codes("codes-audit").await;
    let shown = fixture.desk.codes_of("Anna").await.unwrap();
    let lines = fixture.desk.store.list_house_history().await.unwrap();
    let line = lines.iter().find(|line| line.what == "code_shown").expect("it is written down");
    assert_eq!(line.detail, shown.sleeper);
}

#[tokio::test]
async fn whoever_sleeps_nowhere_has_a_code_today_and_nobody_has_none() {
    let fixture = Fixture::new("codes-nobody").await;
    fixture.anna().await;
    let shown = fixture.desk.codes_of("Anna").await.unwrap();
    assert_eq!((shown.codes.len(), shown.codes[0].today), (1, true));
    assert_eq!(told(fixture.desk.codes_of("Ana").await), "There is no sleeper `Ana`. Did you mean Anna?");
}

#[tokio::test]
async fn memories_are_forgotten_and_counted() {
    let fixture = Fixture::new("memories").await;
    let anna = fixture.anna().await;
    let gone = fixture.desk.forget_memories("Anna").await.unwrap();
    assert_eq!((gone.id, gone.memories), (anna.id, 0));
    assert!(told(fixture.desk.forget_memories("Zoe").await).contains("There is no sleeper `Zoe`"));
}
