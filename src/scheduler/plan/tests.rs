//! Planning on a real database: what is written down after each change, and what is not.

mod exceptions;
mod house;
mod travel;

use jiff::civil::date;

use self::house::{House, clock, weekdays};
use super::edit::{EditError, Refusal};
use super::*;
use crate::domain::schedule::{Exception, Rule};
use crate::domain::wake_up::{End, Event, Phase, WakeUp};
use crate::store::schedules::Schedule;

#[tokio::test]
async fn eight_days_are_written_down_once() {
    let mut house = House::at("2026-03-26T12:00:00Z", "once").await;
    let edited = house.add(weekdays(6, 30)).await;
    assert_eq!(edited.report, PlanReport { added: 6, moved: 0, withdrawn: 0 });
    assert_eq!(edited.next.unwrap().local, "Fri 2026-03-27 06:30 +01:00 Europe/Berlin");
    assert_eq!(house.plan().await, PlanReport::default());
    let due = house.due().await;
    assert_eq!(due.len(), 6);
    assert_eq!(due[..2], ["2026-03-27T05:30:00Z", "2026-03-30T04:30:00Z"]);
}

#[tokio::test]
async fn a_rule_made_at_half_past_six_does_not_ring_for_six_but_a_late_start_does() {
    let mut house = House::at("2026-03-27T05:30:00Z", "late").await;
    house.add(weekdays(6, 0)).await;
    assert_eq!(house.due().await[0], "2026-03-30T04:00:00Z");
    // The host is down over Monday's six o'clock, and up an hour late.
    house.withdraw_all().await;
    house.now = "2026-03-30T05:00:00Z".parse().unwrap();
    house.plan().await;
    assert_eq!(house.due().await[0], "2026-03-30T04:00:00Z");
    house.withdraw_all().await;
    house.now = "2026-03-30T06:30:00Z".parse().unwrap();
    house.plan().await;
    assert_eq!(house.due().await[0], "2026-03-31T04:00:00Z", "two hours and a half later it is of no use");
}

#[tokio::test]
async fn an_edit_moves_what_is_planned_and_keeps_its_identity() {
    let mut house = House::at("2026-03-26T12:00:00Z", "edit").await;
    let schedule = house.add(weekdays(6, 30)).await.schedule;
    let before = house.ids().await;
    let later = |old| Schedule { rule: weekdays(7, 15), ..old };
    let edited = house.editor().amend(schedule.id, later).await.unwrap();
    assert_eq!(edited.report, PlanReport { added: 0, moved: 6, withdrawn: 0 });
    assert_eq!(edited.next.unwrap().countdown, "18 h 15 min");
    assert_eq!(house.ids().await, before, "the same mornings, at another time");
    assert_eq!(house.due().await[0], "2026-03-27T06:15:00Z");
}

#[tokio::test]
async fn an_edit_takes_back_the_days_that_are_no_longer_wanted() {
    let mut house = House::at("2026-03-26T12:00:00Z", "fewer").await;
    let schedule = house.add(weekdays(6, 30)).await.schedule;
    let rule = Rule::Cron { pattern: "0 6,22 * * 6".parse().unwrap() };
    let edited = house.editor().amend(schedule.id, |old| Schedule { rule, ..old }).await.unwrap();
    assert_eq!(edited.report, PlanReport { added: 2, moved: 0, withdrawn: 6 });
    assert_eq!(house.due().await, ["2026-03-28T05:00:00Z", "2026-03-28T21:00:00Z"]);
}

#[tokio::test]
async fn an_edit_to_a_time_that_is_past_does_not_ring_at_once() {
    let mut house = House::at("2026-03-27T05:45:00Z", "past").await;
    let schedule = house.add(weekdays(7, 0)).await.schedule;
    let edited =
        house.editor().amend(schedule.id, |old| Schedule { rule: weekdays(6, 30), ..old }).await.unwrap();
    assert_eq!(edited.next.unwrap().local, "Mon 2026-03-30 06:30 +02:00 Europe/Berlin");
    assert_eq!(house.due().await[0], "2026-03-30T04:30:00Z");
}

#[tokio::test]
async fn a_wake_up_under_way_is_out_of_an_edits_reach() {
    let mut house = House::at("2026-03-27T05:30:00Z", "under-way").await;
    house.now = "2026-03-26T12:00:00Z".parse().unwrap();
    let schedule = house.add(weekdays(6, 30)).await.schedule;
    house.now = "2026-03-27T05:30:00Z".parse().unwrap();
    let ringing = house.step_first(Event::Due).await;
    let edited =
        house.editor().amend(schedule.id, |old| Schedule { rule: weekdays(9, 0), ..old }).await.unwrap();
    assert_eq!(
        edited.next.unwrap().local,
        "Mon 2026-03-30 09:00 +02:00 Europe/Berlin",
        "not once more today"
    );
    assert_eq!(house.store.load_occurrence(ringing.id).await.unwrap(), ringing);
    let report = house.editor().remove(schedule.id).await.unwrap();
    assert_eq!(report.withdrawn, 5);
    assert_eq!(house.store.load_occurrence(ringing.id).await.unwrap(), ringing);
    assert!(matches!(house.store.load_schedule(schedule.id).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn a_wake_up_that_waits_for_its_number_goes_on_waiting() {
    let mut house = House::at("2026-03-26T12:00:00Z", "waiting").await;
    let schedule = house.add(weekdays(6, 30)).await.schedule;
    house.now = "2026-03-27T05:30:05Z".parse().unwrap();
    let waiting = house.step_first(Event::NumberBusy).await;
    // Neither the minute's planning nor an unrelated change shortens the wait.
    house.plan().await;
    house.editor().except(schedule.id, Exception::skip(date(2026, 3, 31))).await.unwrap();
    assert_eq!(house.store.load_occurrence(waiting.id).await.unwrap().wake_up.act_at, waiting.wake_up.act_at);
}

#[tokio::test]
async fn a_rule_that_is_switched_off_keeps_silent_until_it_is_switched_on() {
    let mut house = House::at("2026-03-26T12:00:00Z", "switch").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    let off = house.editor().enable(id, false).await.unwrap();
    assert_eq!((off.report.withdrawn, off.next), (6, None));
    assert_eq!(house.plan().await, PlanReport::default());
    house.now = "2026-03-30T05:00:00Z".parse().unwrap();
    let on = house.editor().enable(id, true).await.unwrap();
    assert_eq!(
        on.next.unwrap().local,
        "Tue 2026-03-31 06:30 +02:00 Europe/Berlin",
        "not for half an hour ago"
    );
}

#[tokio::test]
async fn a_change_of_policy_reaches_what_is_planned_and_being_away_ends_by_itself() {
    let mut house = House::at("2026-03-26T12:00:00Z", "policy").await;
    let schedule = house.add(weekdays(6, 30)).await.schedule;
    let policy = crate::domain::policy::MorningPolicy::with_a_doorbell();
    let away = Schedule { policy, away_until: Some(date(2026, 3, 30)), ..schedule };
    house.editor().amend(away.id, |_| away).await.unwrap();
    let policies: Vec<_> = house.planned().await.into_iter().map(|row| row.wake_up.policy).collect();
    assert_eq!(policies[..2], [policy.away(), policy.away()], "up to and including Monday");
    assert!(policies[2..].iter().all(|at_home| *at_home == policy));
}

#[tokio::test]
async fn a_date_that_does_not_exist_is_noted_and_does_not_ring() {
    let mut house = House::at("2011-12-28T00:00:00Z", "samoa").await;
    let schedule = Schedule { zone: "pacific/apia".to_owned(), ..house.schedule(weekdays(6, 30)) };
    let edited = house.editor().add(schedule).await.unwrap();
    assert_eq!(edited.schedule.zone, "Pacific/Apia", "in its own spelling");
    let rows = house.rows().await;
    let missing: Vec<_> =
        rows.iter().filter(|row| row.wake_up.phase == Phase::Ended(End::NoSuchDate)).collect();
    assert_eq!(missing.iter().map(|row| row.key.unwrap().date).collect::<Vec<_>>(), [date(2011, 12, 30)]);
    assert!(house.preview().await.iter().any(|line| line.reason == "no_such_date" && !line.rings));
    house.plan().await;
    assert_eq!(house.rows().await, rows, "once");
}

#[tokio::test]
async fn other_zone_data_move_what_is_planned_even_into_the_last_minutes() {
    let mut house = House::at("2026-03-26T12:00:00Z", "tzdb").await;
    house.add(weekdays(6, 30)).await;
    let mut planned = house.planned().await.remove(0);
    // As older data had it: an hour later.
    let late = planned.wake_up.due_at + SignedDuration::from_hours(1);
    planned.tzdb_version = "2019a".to_owned();
    planned.wake_up = WakeUp { due_at: late, act_at: Some(late), ..planned.wake_up };
    let mut change = house.store.change().await.unwrap();
    assert!(change.revise_planned(&planned).await.unwrap());
    change.commit().await.unwrap();
    house.now = "2026-03-27T06:00:00Z".parse().unwrap();
    assert_eq!(house.plan().await.moved, 1);
    let moved = house.store.load_occurrence(planned.id).await.unwrap();
    assert_eq!(moved.wake_up.due_at.to_string(), "2026-03-27T05:30:00Z", "late, but not lost");
    assert_eq!(moved.tzdb_version, house.zones.version());
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_what_would() {
    let mut house = House::at("2026-03-26T12:00:00Z", "refused").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    let say = |refused: Result<_, EditError>| match refused {
        Err(EditError::Refused(refusal)) => refusal.to_string(),
        other => panic!("{other:?}"),
    };
    let yesterday = Rule::Once { date: date(2026, 3, 25), at: clock(6, 30) };
    let schedule = house.schedule(yesterday);
    let past = say(house.editor().add(schedule).await);
    assert_eq!(past, "2026-03-25 06:30 is past already: it is 2026-03-26 13:00 there");
    let nowhere = Schedule { zone: "Europe/Berlim".to_owned(), ..house.schedule(weekdays(6, 30)) };
    assert!(say(house.editor().add(nowhere).await).contains("did you mean Europe/Berlin"));
    for (exception, expected) in [
        (Exception::skip(date(2026, 3, 25)), "2026-03-25 is past already: it is 2026-03-26 13:00 there"),
        (
            Exception::Pause { from: date(2026, 4, 9), until: date(2026, 4, 2) },
            "a pause from 2026-04-09 cannot end on 2026-04-02: write the earlier date first",
        ),
        (
            Exception::Add { date: date(2026, 3, 26), at: clock(12, 59) },
            "2026-03-26 12:59 is past already: it is 2026-03-26 13:00 there",
        ),
        (
            Exception::moved(date(2026, 3, 26), clock(6, 0)),
            "2026-03-26 06:00 is past already: it is 2026-03-26 13:00 there",
        ),
    ] {
        assert_eq!(say(house.editor().except(id, exception).await), expected);
    }
    assert!(house.store.list_exceptions(id).await.unwrap().is_empty());
    let stranger = house.schedule(weekdays(6, 30)).id;
    let gone = house.editor().enable(stranger, true).await;
    assert!(matches!(gone, Err(EditError::Store(StoreError::NotFound("schedule")))));
    let no_date = Refusal::NoSuchDate { date: date(2011, 12, 30), zone: "Pacific/Apia".to_owned() };
    assert_eq!(no_date.to_string(), "there is no 2011-12-30 in Pacific/Apia");
}
