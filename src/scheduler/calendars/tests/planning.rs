//! What is planned by a calendar, when the calendar changes or is gone.

use jiff::civil::Time;

use super::*;
use crate::domain::ids::{ScheduleId, SleeperId};
use crate::domain::phone::PhoneNumber;
use crate::domain::schedule::{Rule, Weekdays};
use crate::scheduler::plan::plan_ahead;
use crate::store::sleepers::Sleeper;

/// Anna is woken at that time in Berlin, and not on the days of this calendar.
async fn observer(desk: &mut Desk, calendar: CalendarId, at: Time) -> ScheduleId {
    observer_in(desk, "Europe/Berlin", calendar, at).await
}

async fn observer_in(desk: &mut Desk, zone: &str, calendar: CalendarId, at: Time) -> ScheduleId {
    let (now, rng) = (desk.clock.now(), &mut desk.rng);
    let anna = Sleeper {
        id: SleeperId::new(now, rng),
        name: Some("Anna".to_owned()),
        phone_number: PhoneNumber::parse("+4930901820").unwrap(),
        language: "en-US".to_owned(),
    };
    let rule = Rule::Weekly { weekdays: Weekdays::ALL, at };
    let id = ScheduleId::new(now, rng);
    let schedule = Schedule::new(id, anna.id, rule, zone, now);
    let mut change = desk.calendars.store.change().await.unwrap();
    change.add_sleeper(&anna, now).await.unwrap();
    change.add_schedule(&schedule, now).await.unwrap();
    change.attach_calendar(id, calendar).await.unwrap();
    change.commit().await.unwrap();
    plans(desk).await;
    id
}

async fn plans(desk: &mut Desk) {
    plan_ahead(&desk.calendars.store, &desk.calendars.zones, desk.clock.now(), &mut desk.rng).await.unwrap();
}

/// What is planned and not begun, in order of time.
async fn due(desk: &Desk) -> Vec<String> {
    let coming = desk.calendars.store.list_coming(20).await.unwrap();
    coming.iter().map(|row| row.wake_up.due_at.to_string()).collect()
}

#[tokio::test]
async fn a_day_that_is_free_no_more_does_not_ring_for_the_past() {
    let script = vec![gives(GOOD_FRIDAY), gives("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), gives(GOOD_FRIDAY)];
    let mut desk = Desk::with("past", 1.0, script).await;
    let id = desk.add().await.calendar.id;
    observer(&mut desk, id, Time::constant(6, 30, 0, 0)).await;
    desk.clock.set("2026-04-03T04:45:00Z".parse().unwrap());
    plans(&mut desk).await;
    let written = due(&desk).await;
    assert!(!written.contains(&"2026-04-03T04:30:00Z".to_owned()), "{written:?}");
    // At a quarter to seven, the calendar takes the holiday back.
    desk.calendars.refresh(id, &mut desk.rng).await.unwrap();
    assert_eq!(due(&desk).await, written, "half past six is over");
    plans(&mut desk).await;
    assert_eq!(due(&desk).await, written);
    // So it is when the calendar itself is taken away.
    desk.calendars.refresh(id, &mut desk.rng).await.unwrap();
    desk.calendars.remove(id, &mut desk.rng).await.unwrap();
    plans(&mut desk).await;
    assert_eq!(due(&desk).await, written);
}

#[tokio::test]
async fn what_is_due_when_a_calendar_changes_stays_due() {
    let script = vec![gives(GOOD_FRIDAY), gives("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")];
    let mut desk = Desk::with("due", 1.0, script).await;
    let id = desk.add().await.calendar.id;
    observer(&mut desk, id, Time::constant(6, 30, 0, 0)).await;
    // Nobody has planned for a fortnight: the machine was off until a minute ago.
    desk.clock.set("2026-04-04T04:45:00Z".parse().unwrap());
    desk.calendars.refresh(id, &mut desk.rng).await.unwrap();
    let written = due(&desk).await;
    assert!(written.contains(&"2026-04-04T04:30:00Z".to_owned()), "{written:?}");
    assert!(!written.contains(&"2026-04-03T04:30:00Z".to_owned()), "{written:?}");
}

#[tokio::test]
async fn a_day_does_not_ring_for_the_past_because_the_calendar_has_grown_old_on_it() {
    // Read on 26 March at noon, and so good until 25 April at noon; each rule's time has just gone by.
    for (zone, free, at, now, missed, next) in [
        (
            "Europe/Berlin",
            "20260425",
            (13, 30),
            "2026-04-25T12:15:00Z",
            "2026-04-25T11:30:00Z",
            "2026-04-26T11:30:00Z",
        ),
        (
            "Pacific/Auckland",
            "20260426",
            (0, 10),
            "2026-04-25T12:50:00Z",
            "2026-04-25T12:10:00Z",
            "2026-04-26T12:10:00Z",
        ),
        (
            "America/Los_Angeles",
            "20260425",
            (4, 50),
            "2026-04-25T12:15:00Z",
            "2026-04-25T11:50:00Z",
            "2026-04-26T11:50:00Z",
        ),
    ] {
        let mut desk = Desk::with("old", 1.0, vec![gives(&GOOD_FRIDAY.replace("20260403", free))]).await;
        let id = desk.add().await.calendar.id;
        observer_in(&mut desk, zone, id, Time::constant(at.0, at.1, 0, 0)).await;
        desk.clock.set(now.parse().unwrap());
        plans(&mut desk).await;
        let written = due(&desk).await;
        assert!(!written.contains(&missed.to_owned()), "{zone}: {written:?}");
        assert!(written.contains(&next.to_owned()), "{zone}: {written:?}");
    }
}

#[tokio::test]
async fn a_rule_that_was_removed_keeps_no_calendar_from_being_read_or_removed() {
    let nothing = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
    let script = vec![gives(GOOD_FRIDAY), gives(nothing), gives(GOOD_FRIDAY)];
    let mut desk = Desk::with("gone", 1.0, script).await;
    let id = desk.add().await.calendar.id;
    let gone = observer(&mut desk, id, Time::constant(6, 30, 0, 0)).await;
    let mut change = desk.calendars.store.change().await.unwrap();
    change.remove_schedule(gone, desk.clock.now()).await.unwrap();
    change.commit().await.unwrap();
    let looked = desk.calendars.refresh(id, &mut desk.rng).await.unwrap();
    assert_eq!((looked.days, looked.calendar.problem), (0, None));

    desk.clock.advance(Duration::from_hours(24));
    desk.calendars.refresh_due(&mut desk.rng).await.unwrap();
    assert_eq!(desk.calendars.store.list_calendar_days(id).await.unwrap().len(), 1);
    desk.calendars.remove(id, &mut desk.rng).await.unwrap();
}
