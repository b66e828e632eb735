//! What the owner changes reaches the telephone: skips, pauses, moves, holidays, journeys, and edits while
//! it rings.

use jiff::civil::{Date, Time, date};
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use wakeup_coach::calls::What;
use wakeup_coach::domain::schedule::{Exception, Rule, ZoneMode};
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::scheduler::calendars::Calendars;
use wakeup_coach::scheduler::plan::edit::{Edited, Editor};
use wakeup_coach::store::schedules::Schedule;

use crate::schedule::{dispatched, instants, noon, rang_at};
use crate::support::TestDay;

/// The owner at work on the rule of that day's house.
struct Owner(StdRng);

impl Owner {
    fn new() -> Self {
        Self(StdRng::seed_from_u64(77))
    }

    fn at_work<'a>(&'a mut self, day: &'a TestDay) -> Editor<'a, StdRng> {
        let morning = &day.morning;
        Editor { store: &morning.store, zones: &morning.zones, now: day.now(), rng: &mut self.0 }
    }

    async fn excepts(&mut self, day: &TestDay, exception: Exception) -> Edited {
        let id = rule(day).await.id;
        self.at_work(day).except(id, exception).await.unwrap()
    }
}

async fn rule(day: &TestDay) -> Schedule {
    day.morning.store.list_schedules().await.unwrap().remove(0)
}

fn clock(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}

const fn march(day: i8) -> Date {
    date(2026, 3, day)
}

/// Hour after hour of silence until a second before, then one call at the second itself.
async fn next_rings_at(day: &mut TestDay, at: &str) {
    let at: Timestamp = at.parse().unwrap();
    let before = rang_at(day).len();
    // The pulse plans every minute; here it is enough to do so each night and just before.
    while day.now() + SignedDuration::from_hours(13) < at {
        day.morning.jump_to(day.now() + SignedDuration::from_hours(12));
        day.morning.running.bells.plan.notify_one();
        dispatched(day).await;
    }
    day.morning.jump_to(at - SignedDuration::from_secs(1));
    day.morning.running.bells.plan.notify_one();
    dispatched(day).await;
    assert_eq!(rang_at(day).len(), before, "nothing rings before {at}");
    day.morning.jump_to(at);
    assert_eq!(day.ended().await, End::Up, "{at}");
}

#[tokio::test]
async fn a_skipped_day_is_silent_a_moved_one_rings_elsewhere_and_an_added_one_besides() {
    let mut day = noon("2026-03-01", 6, 30).await;
    let mut owner = Owner::new();
    owner.excepts(&day, Exception::skip(march(2))).await;
    owner.excepts(&day, Exception::moved(march(3), clock(5, 0))).await;
    owner.excepts(&day, Exception::Add { date: march(3), at: clock(21, 0) }).await;
    let expected = ["2026-03-03T04:00:00Z", "2026-03-03T20:00:00Z", "2026-03-04T05:30:00Z"];
    for at in expected {
        next_rings_at(&mut day, at).await;
    }
    assert_eq!(rang_at(&day), instants(&expected));
    day.close().await;
}

#[tokio::test]
async fn a_pause_ends_by_itself_even_when_nobody_is_there_to_end_it() {
    let mut day = noon("2026-03-26", 6, 30).await;
    let pause = Exception::Pause { from: march(28), until: date(2026, 4, 6) };
    let edited = Owner::new().excepts(&day, pause).await;
    assert_eq!(edited.next.unwrap().countdown, "18 h 30 min");
    // The clocks change in the meantime, and the program is started anew.
    next_rings_at(&mut day, "2026-03-27T05:30:00Z").await;
    day.dies().await;
    day.starts_again().await;
    next_rings_at(&mut day, "2026-04-07T04:30:00Z").await;
    assert_eq!(rang_at(&day).len(), 2);
    day.close().await;
}

#[tokio::test]
async fn times_of_a_pattern_that_the_spring_change_throws_together_ring_once() {
    let mut day = noon("2026-03-28", 6, 30).await;
    let pattern = Rule::Cron { pattern: "30 2,8 * * *".parse().unwrap() };
    let edited = Schedule { rule: pattern, ..rule(&day).await };
    Owner::new().at_work(&day).amend(edited.id, |_| edited).await.unwrap();
    // Half past two is three o'clock that night; half past eight is what it always is.
    let expected = ["2026-03-29T01:00:00Z", "2026-03-29T06:30:00Z", "2026-03-30T00:30:00Z"];
    for at in expected {
        next_rings_at(&mut day, at).await;
    }
    assert_eq!(rang_at(&day), instants(&expected));
    day.close().await;
}

/// A calendar from this address, kept by the day's rule.
async fn keeps(day: &TestDay, owner: &mut Owner, source: &str) -> Option<String> {
    let calendars = Calendars {
        store: day.morning.store.clone(),
        zones: day.morning.zones.clone(),
        clock: day.morning.clock.clone(),
        http: wakeup_coach::http::client(),
    };
    let looked = calendars.add("Berlin", source.parse().unwrap(), &mut owner.0).await.unwrap();
    let id = rule(day).await.id;
    owner.at_work(day).observe(id, looked.calendar.id, true).await.unwrap();
    looked.calendar.problem
}

#[tokio::test]
async fn a_holiday_calendar_that_cannot_be_reached_cancels_nothing_and_says_so() {
    let mut day = noon("2026-04-02", 6, 30).await;
    // Nobody listens on the port of a socket that is gone.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let problem = keeps(&day, &mut Owner::new(), &format!("http://{gone}/holidays.ics")).await;
    assert_eq!(problem.as_deref(), Some("the server cannot be reached, or broke off"));
    assert!(day.log.contains("it sets no day free, and everybody is woken"));
    next_rings_at(&mut day, "2026-04-03T04:30:00Z").await;
    day.close().await;
}

#[tokio::test]
async fn a_holiday_is_silent_and_stays_so_when_its_calendar_is_lost_afterwards() {
    let mut day = noon("2026-04-02", 6, 30).await;
    let scratch = wakeup_coach::app::Scratch::new(&mut rand::make_rng::<StdRng>()).unwrap();
    let file = scratch.file("berlin.ics");
    let good_friday = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Good Friday\r\n\
        DTSTART;VALUE=DATE:20260403\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    std::fs::write(&file, good_friday).unwrap();
    assert_eq!(keeps(&day, &mut Owner::new(), file.to_str().unwrap()).await, None);
    std::fs::remove_file(&file).unwrap();
    // The housekeeper finds it gone at the next start.
    day.dies().await;
    day.advance(std::time::Duration::from_hours(20));
    day.starts_again().await;
    day.until("the loss is noticed", |day| day.log.contains("what it said before still counts")).await;
    next_rings_at(&mut day, "2026-04-04T04:30:00Z").await;
    assert_eq!(rang_at(&day).len(), 1);
    day.close().await;
}

#[tokio::test]
async fn an_edit_while_it_rings_touches_the_days_to_come_and_not_the_call() {
    let mut day = noon("2026-03-01", 6, 30).await;
    day.jump_to("2026-03-02T06:30:00[Europe/Berlin]");
    day.event("she answers", |what| matches!(what, What::Answered)).await;
    let later = Schedule { rule: daily(7, 0), ..rule(&day).await };
    let edited = Owner::new().at_work(&day).amend(later.id, |_| later).await.unwrap();
    assert_eq!(edited.next.unwrap().local, "Tue 2026-03-03 07:00 +01:00 Europe/Berlin");
    assert_eq!(day.ended().await, End::Up);
    next_rings_at(&mut day, "2026-03-03T06:00:00Z").await;
    assert_eq!(rang_at(&day), instants(&["2026-03-02T05:30:00Z", "2026-03-03T06:00:00Z"]));
    day.close().await;
}

fn daily(hour: i8, minute: i8) -> Rule {
    Rule::Weekly { weekdays: wakeup_coach::domain::schedule::Weekdays::ALL, at: clock(hour, minute) }
}

#[tokio::test]
async fn to_skip_the_day_while_it_rings_ends_the_call() {
    let mut day = noon("2026-03-01", 6, 30).await;
    day.jump_to("2026-03-02T06:30:00[Europe/Berlin]");
    day.event("she answers", |what| matches!(what, What::Answered)).await;
    let edited = Owner::new().excepts(&day, Exception::skip(march(2))).await;
    assert_eq!(edited.to_cancel, [day.occurrence()]);
    for id in edited.to_cancel {
        day.morning.running.calls.cancel(id).await.unwrap();
    }
    assert_eq!(day.ended().await, End::Cancelled);
    day.until_free().await;
    next_rings_at(&mut day, "2026-03-03T05:30:00Z").await;
    day.close().await;
}

#[tokio::test]
async fn whoever_travels_is_woken_by_her_own_clock_and_once_a_day() {
    let mut day = noon("2026-03-26", 6, 30).await;
    let mut owner = Owner::new();
    let follows = Schedule { zone_mode: ZoneMode::Follow, ..rule(&day).await };
    owner.at_work(&day).amend(follows.id, |_| follows).await.unwrap();
    next_rings_at(&mut day, "2026-03-27T05:30:00Z").await;
    // Four in the morning in New York, of the day on which she was woken in Berlin.
    day.morning.jump_to("2026-03-27T08:00:00Z".parse().unwrap());
    let anna = day.anna.id;
    let edited = owner.at_work(&day).travel(anna, "America/New_York").await.unwrap().remove(0);
    assert_eq!(edited.held.len(), 1, "half past six over there is asked about");
    next_rings_at(&mut day, "2026-03-28T10:30:00Z").await;
    // Back home before the clocks change there.
    let back = owner.at_work(&day).travel(anna, "Europe/Berlin").await.unwrap().remove(0);
    assert!(back.held.is_empty());
    next_rings_at(&mut day, "2026-03-29T04:30:00Z").await;
    let expected = ["2026-03-27T05:30:00Z", "2026-03-28T10:30:00Z", "2026-03-29T04:30:00Z"];
    assert_eq!(rang_at(&day), instants(&expected));
    day.close().await;
}

#[tokio::test]
async fn of_two_rules_that_were_one_call_neither_rings_again_on_the_same_day_further_west() {
    let mut day = noon("2026-03-26", 6, 30).await;
    day.wakes_daily_at(6, 30).await;
    let mut owner = Owner::new();
    for rule in day.morning.store.list_schedules().await.unwrap() {
        let follows = Schedule { zone_mode: ZoneMode::Follow, ..rule };
        owner.at_work(&day).amend(follows.id, |_| follows).await.unwrap();
    }
    day.morning.jump_to("2026-03-27T05:30:00Z".parse().unwrap());
    while day.ended().await != End::Up {}
    let anna = day.anna.id;
    let edited = owner.at_work(&day).travel(anna, "Europe/London").await.unwrap();
    let held: Vec<usize> = edited.iter().map(|edited| edited.held.len()).collect();
    assert_eq!(held, [1, 1], "half past six over there is asked about, twice");
    day.close().await;
}

#[tokio::test]
async fn a_cancelled_morning_stays_so_on_a_journey_and_comes_back_when_it_is_wanted_again() {
    let mut day = noon("2026-03-01", 6, 30).await;
    let mut owner = Owner::new();
    let follows = Schedule { zone_mode: ZoneMode::Follow, ..rule(&day).await };
    let first = owner.at_work(&day).amend(follows.id, |_| follows).await.unwrap().next.unwrap();
    assert_eq!(first.local, "Mon 2026-03-02 06:30 +01:00 Europe/Berlin");
    let coming = day.morning.store.list_coming(1).await.unwrap().remove(0);
    day.morning.running.calls.cancel(coming.id).await.unwrap();
    assert_eq!(day.ended().await, End::Cancelled);
    let anna = day.anna.id;
    let london = owner.at_work(&day).travel(anna, "Europe/London").await.unwrap().remove(0);
    assert_eq!(london.next.unwrap().local, "Tue 2026-03-03 06:30 +00:00 Europe/London");
    let moved = owner.excepts(&day, Exception::moved(march(2), clock(7, 45))).await;
    assert_eq!(moved.next.unwrap().local, "Mon 2026-03-02 07:45 +00:00 Europe/London");
    next_rings_at(&mut day, "2026-03-02T07:45:00Z").await;
    day.close().await;
}

#[tokio::test]
async fn a_morning_that_has_rung_takes_no_new_time_and_says_so() {
    let mut day = noon("2026-03-01", 6, 30).await;
    next_rings_at(&mut day, "2026-03-02T05:30:00Z").await;
    let id = rule(&day).await.id;
    let late = Exception::moved(march(2), clock(23, 50));
    let refused = Owner::new().at_work(&day).except(id, late).await.unwrap_err();
    assert!(refused.to_string().contains("has begun or is over already"), "{refused}");
    day.close().await;
}
