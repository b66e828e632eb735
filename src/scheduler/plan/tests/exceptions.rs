//! Skips, pauses, moves, additions and holidays, as the owner makes them and takes them back.

use jiff::civil::date;

use super::house::{House, clock, daily, weekdays};
use crate::domain::ids::{CalendarId, ExceptionId};
use crate::domain::schedule::{Exception, Holidays, Rule};
use crate::domain::wake_up::Event;
use crate::store::calendars::Calendar;
use crate::store::schedules::Schedule;

#[tokio::test]
async fn a_skipped_day_is_silent_and_comes_back_when_that_is_taken_back() {
    let mut house = House::at("2026-03-26T12:00:00Z", "skip").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    let before = house.due().await;
    let skipped = house.editor().except(id, Exception::skip(date(2026, 3, 27))).await.unwrap();
    assert_eq!(skipped.report.withdrawn, 1);
    assert_eq!(skipped.next.unwrap().local, "Mon 2026-03-30 06:30 +02:00 Europe/Berlin");
    assert_eq!(house.due().await, before[1..]);
    assert_eq!(house.lines().await[..2], ["03-27 06:30 skipped", "03-30 06:30 as_asked"]);
    // Again is no news.
    let again = house.editor().except(id, Exception::skip(date(2026, 3, 27))).await.unwrap();
    assert_eq!(again.exception, skipped.exception);
    house.editor().take_back(skipped.exception.unwrap()).await.unwrap();
    assert_eq!(house.due().await, before);
}

#[tokio::test]
async fn a_skip_reaches_a_wake_up_under_way_and_a_pause_does_not() {
    let mut house = House::at("2026-03-26T12:00:00Z", "reach").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    house.now = "2026-03-27T05:30:00Z".parse().unwrap();
    let ringing = house.step_first(Event::Due).await;
    let today = date(2026, 3, 27);
    let paused = house.editor().except(id, Exception::Pause { from: today, until: today }).await.unwrap();
    assert!(paused.to_cancel.is_empty());
    let skipped = house.editor().except(id, Exception::skip(today)).await.unwrap();
    assert_eq!(skipped.to_cancel, [ringing.id]);
    // Nobody has cancelled it yet: that is for whoever holds the calls.
    assert_eq!(house.store.load_occurrence(ringing.id).await.unwrap(), ringing);
}

#[tokio::test]
async fn a_pause_ends_by_itself_and_its_edges_are_marked() {
    let mut house = House::at("2026-03-26T12:00:00Z", "pause").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    let pause = Exception::Pause { from: date(2026, 3, 30), until: date(2026, 4, 24) };
    let edited = house.editor().except(id, pause).await.unwrap();
    assert_eq!(edited.report.withdrawn, 5);
    let lines = house.lines().await;
    assert_eq!(
        lines[..4],
        [
            "03-27 06:30 as_asked | last before",
            "03-30 06:30 paused until 04-24",
            "04-27 06:30 as_asked | first after",
            "04-28 06:30 as_asked",
        ]
    );
    assert_eq!(lines.len(), super::super::PREVIEW);
    house.now = "2026-04-20T12:00:00Z".parse().unwrap();
    house.plan().await;
    // What was due before the pause is past by now; nothing rings until it has ended.
    assert_eq!(house.due().await[1..], ["2026-04-27T04:30:00Z", "2026-04-28T04:30:00Z"]);
}

#[tokio::test]
async fn a_moved_day_is_the_same_wake_up_at_another_time() {
    let mut house = House::at("2026-03-26T12:00:00Z", "move").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    let ids = house.ids().await;
    let moved = house.editor().except(id, Exception::moved(date(2026, 3, 27), clock(5, 0))).await.unwrap();
    assert_eq!((moved.report.moved, house.ids().await), (1, ids.clone()));
    assert_eq!(house.due().await[0], "2026-03-27T04:00:00Z");
    assert_eq!(house.lines().await[0], "03-27 05:00 moved");
    // Moved again, it stands where it was moved last.
    house.editor().except(id, Exception::moved(date(2026, 3, 27), clock(5, 45))).await.unwrap();
    assert_eq!(house.due().await[0], "2026-03-27T04:45:00Z");
    let standing = house.store.list_exceptions(id).await.unwrap();
    assert_eq!(standing.len(), 1);
    house.editor().take_back(standing[0].id).await.unwrap();
    assert_eq!((house.due().await[0].as_str(), house.ids().await), ("2026-03-27T05:30:00Z", ids));
}

#[tokio::test]
async fn an_addition_rings_although_the_rule_is_moved_there_when_its_morning_has_rung() {
    let mut house = House::at("2026-03-27T04:00:00Z", "add-then-edit").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    let addition = Exception::Add { date: date(2026, 3, 27), at: clock(9, 0) };
    house.editor().except(id, addition).await.unwrap();
    house.step_first(Event::Due).await;
    house.now = "2026-03-27T06:00:00Z".parse().unwrap();
    house.editor().amend(id, |old| Schedule { rule: weekdays(9, 0), ..old }).await.unwrap();
    assert_eq!(house.due().await[0], "2026-03-27T08:00:00Z");
}

#[tokio::test]
async fn an_addition_rings_once_more_but_never_twice_at_one_instant() {
    let mut house = House::at("2026-03-26T12:00:00Z", "add").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    let at = |hour| Exception::Add { date: date(2026, 3, 27), at: clock(hour, 30) };
    let report = house.editor().except(id, at(6)).await.unwrap().report;
    assert_eq!((report.added, report.withdrawn), (1, 1), "it rings then anyhow, and once");
    assert_eq!(house.editor().except(id, at(22)).await.unwrap().report.added, 1);
    assert_eq!(house.due().await[..2], ["2026-03-27T05:30:00Z", "2026-03-27T21:30:00Z"]);
    // Once the rule is silent that day, the addition at its time stands for itself.
    let skipped = house.editor().except(id, Exception::skip(date(2026, 3, 27))).await.unwrap();
    assert_eq!(house.due().await[..2], ["2026-03-27T05:30:00Z", "2026-03-27T21:30:00Z"]);
    let said = skipped.notes.join("; ");
    assert!(said.contains("2026-03-27 still rings at 06:30, because that one was added"), "{said}");
}

#[tokio::test]
async fn a_day_that_is_over_does_not_ring_again_wherever_it_is_moved() {
    let mut house = House::at("2026-03-26T12:00:00Z", "over").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    house.now = "2026-03-27T05:30:00Z".parse().unwrap();
    house.step_first(Event::Due).await;
    house.now = "2026-03-27T05:40:00Z".parse().unwrap();
    let later = Exception::moved(date(2026, 3, 27), clock(9, 0));
    let refused = house.editor().except(id, later).await.unwrap_err();
    assert!(refused.to_string().contains("has begun or is over already"), "{refused}");
    assert_eq!(house.due().await[0], "2026-03-30T04:30:00Z");
}

async fn calendar(house: &mut House, days: &[(jiff::civil::Date, &str)]) -> CalendarId {
    let calendar = Calendar {
        id: CalendarId::new(house.now, &mut house.rng),
        name: "Berlin".to_owned(),
        source: "https://calendars.example/berlin.ics".parse().unwrap(),
        fetched_at: None,
        tried_at: None,
        problem: None,
    };
    let days: Holidays = days.iter().map(|(date, name)| (*date, (*name).to_owned())).collect();
    let mut change = house.store.change().await.unwrap();
    change.add_calendar(&calendar, house.now).await.unwrap();
    if !days.is_empty() {
        change.store_calendar_text(calendar.id, "BEGIN:VCALENDAR", &days, house.now).await.unwrap();
    }
    change.commit().await.unwrap();
    calendar.id
}

#[tokio::test]
async fn holidays_are_silent_for_those_who_keep_them() {
    let mut house = House::at("2026-04-02T12:00:00Z", "holidays").await;
    let id = house.add(daily(6, 30)).await.schedule.id;
    let easter = [(date(2026, 4, 3), "Good Friday"), (date(2026, 4, 6), "Easter Monday")];
    let calendar = calendar(&mut house, &easter).await;
    let observed = house.editor().observe(id, calendar, true).await.unwrap();
    assert_eq!((observed.report.withdrawn, observed.notes.len()), (2, 0));
    assert_eq!(
        house.lines().await[..4],
        [
            "04-03 06:30 skipped: holiday Good Friday",
            "04-04 06:30 as_asked",
            "04-05 06:30 as_asked",
            "04-06 06:30 skipped: holiday Easter Monday",
        ]
    );
    let again = house.editor().observe(id, calendar, false).await.unwrap();
    assert_eq!(again.report.added, 2);
}

#[tokio::test]
async fn a_calendar_that_nobody_could_read_for_a_month_or_ever_sets_no_day_free() {
    let mut house = House::at("2026-03-02T12:00:00Z", "stale").await;
    let id = house.add(daily(6, 30)).await.schedule.id;
    let unread = calendar(&mut house, &[]).await;
    let observed = house.editor().observe(id, unread, true).await.unwrap();
    assert_eq!(observed.notes, ["the calendar Berlin has not been read yet: until then it sets no day free"]);
    let mut change = house.store.change().await.unwrap();
    let day: Holidays = [(date(2026, 4, 3), "Good Friday".to_owned())].into_iter().collect();
    change.store_calendar_text(unread, "BEGIN:VCALENDAR", &day, house.now).await.unwrap();
    change.commit().await.unwrap();
    house.now = "2026-04-01T11:00:00Z".parse().unwrap();
    assert_eq!(house.lines().await[1], "04-03 06:30 skipped: holiday Good Friday", "thirty days old, just");
    house.now = "2026-04-01T13:00:00Z".parse().unwrap();
    assert_eq!(house.lines().await[1], "04-03 06:30 as_asked", "better woken than not");
    house.plan().await;
    assert!(house.due().await.contains(&"2026-04-03T04:30:00Z".to_owned()));
}

#[tokio::test]
async fn a_pattern_plans_each_of_its_times_and_an_edit_keeps_those_that_stay() {
    let mut house = House::at("2026-03-26T12:00:00Z", "cron").await;
    let rule = |pattern: &str| Rule::Cron { pattern: pattern.parse().unwrap() };
    let schedule = house.add(rule("0 6,22 27 3 *")).await.schedule;
    assert_eq!(house.due().await, ["2026-03-27T05:00:00Z", "2026-03-27T21:00:00Z"]);
    let evening = house.ids().await[1];
    let edit = |old| crate::store::schedules::Schedule { rule: rule("0 7,22 27 3 *"), ..old };
    house.editor().amend(schedule.id, edit).await.unwrap();
    assert_eq!(house.due().await, ["2026-03-27T06:00:00Z", "2026-03-27T21:00:00Z"]);
    assert_eq!(house.ids().await[1], evening);
}

#[tokio::test]
async fn silence_taken_back_after_its_time_does_not_ring_at_once() {
    let mut house = House::at("2026-03-26T12:00:00Z", "too-late").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    let friday = date(2026, 3, 27);
    for exception in [
        Exception::skip(friday),
        Exception::Pause { from: friday, until: friday },
        Exception::moved(friday, clock(9, 0)),
    ] {
        house.now = "2026-03-26T12:00:00Z".parse().unwrap();
        let made = house.editor().except(id, exception).await.unwrap().exception.unwrap();
        // Half past six was a quarter of an hour ago.
        house.now = "2026-03-27T05:45:00Z".parse().unwrap();
        house.editor().take_back(made).await.unwrap();
        house.plan().await;
        assert_eq!(house.due().await[0], "2026-03-30T04:30:00Z", "{exception:?}");
        house.withdraw_all().await;
    }
}

#[tokio::test]
async fn a_morning_that_has_rung_and_is_moved_does_not_silence_an_addition_at_that_time() {
    let mut house = House::at("2026-03-26T12:00:00Z", "shadow").await;
    let id = house.add(weekdays(6, 30)).await.schedule.id;
    let friday = date(2026, 3, 27);
    house.editor().except(id, Exception::Add { date: friday, at: clock(9, 0) }).await.unwrap();
    house.now = "2026-03-27T05:30:00Z".parse().unwrap();
    house.step_first(Event::Due).await;
    // Refused to the owner, and harmless where it stands from before that was so.
    let moved = Exception::moved(friday, clock(9, 0));
    house.editor().except(id, moved).await.unwrap_err();
    let exception = ExceptionId::new(house.now, &mut house.rng);
    let mut change = house.store.change().await.unwrap();
    change.add_exception(exception, id, &moved, house.now).await.unwrap();
    change.commit().await.unwrap();
    house.plan().await;
    assert!(house.due().await.contains(&"2026-03-27T08:00:00Z".to_owned()), "{:?}", house.due().await);
}

#[tokio::test]
async fn silence_for_a_time_that_rang_does_not_bring_out_another_one_moved_there() {
    let friday = date(2026, 3, 27);
    for silence in [Exception::Pause { from: friday, until: friday }, Exception::skip(friday)] {
        let mut house = House::at("2026-03-26T12:00:00Z", "beneath").await;
        let pattern = "0 5,7 * * *".parse().unwrap();
        let id = house.add(Rule::Cron { pattern }).await.schedule.id;
        // Two times at one instant are one ring.
        house.editor().except(id, Exception::moved(friday, clock(7, 0))).await.unwrap();
        assert_eq!(house.due().await[0], "2026-03-27T06:00:00Z");
        house.now = "2026-03-27T06:00:00Z".parse().unwrap();
        house.step_first(Event::Due).await;
        house.now = "2026-03-27T06:03:00Z".parse().unwrap();
        house.editor().except(id, silence).await.unwrap();
        house.plan().await;
        let planned = house.planned().await;
        assert_eq!(planned[0].wake_up.due_at.to_string(), "2026-03-28T04:00:00Z", "{silence:?}");
    }
}

#[tokio::test]
async fn a_rule_edited_under_a_clock_that_was_years_ahead_rings_once_that_is_right() {
    let mut house = House::at("2036-01-01T00:00:00Z", "ahead").await;
    house.add(daily(6, 30)).await;
    house.now = "2026-03-27T12:00:00Z".parse().unwrap();
    house.plan().await;
    assert!(house.due().await.contains(&"2026-03-28T05:30:00Z".to_owned()), "{:?}", house.due().await);
}
