//! Rules and their exceptions, as the owner asks for them.

use super::{Fixture, told};
use crate::desk::DeskError;
use crate::desk::dto::{
    Away, CalendarNew, DatedTime, Day, Edit, Observe, PauseRange, PolicyEdit, ScheduleChanged, ScheduleEdit,
    ScheduleNew, Travel,
};
use crate::domain::policy::CheckCalls;

const ANNA: &str = "Anna";

fn day(date: &str) -> Day {
    Day { date: date.to_owned() }
}

fn at(date: &str, time: &str) -> DatedTime {
    DatedTime { date: date.to_owned(), time: time.to_owned() }
}

/// Anna, woken on weekdays at 06:30 in Berlin; it is Sunday noon.
async fn weekdays(name: &str) -> Fixture {
    let fixture = Fixture::new(name).await;
    let anna = fixture.anna().await;
    fixture.weekdays(&anna).await;
    fixture
}

/// The coming lines as `date time reason`, or `date - reason` for those on which it does not ring.
fn lines(changed: &ScheduleChanged, count: usize) -> Vec<String> {
    let line = |day: &crate::desk::dto::PreviewDay| {
        let local = day.when.as_ref().map_or("-", |when| &when.local[15..]);
        format!("{} {local} {}", &day.date[5..], day.reason)
    };
    changed.schedule.preview.iter().take(count).map(line).collect()
}

#[tokio::test]
async fn a_new_rule_answers_with_the_next_ring_and_how_long_until_it() {
    let fixture = Fixture::new("new-rule").await;
    fixture.anna().await;
    let new = ScheduleNew {
        when: "Mon Wed 6:30".into(),
        zone: Some("America/new_york".into()),
        label: Some("work".into()),
        policy: PolicyEdit { check: Some(CheckCalls::Strict), ..PolicyEdit::default() },
        ..ScheduleNew::default()
    };
    let added = fixture.desk.add_schedule(&new).await.unwrap();
    let id = &added.schedule.short_id;
    assert_eq!(
        added.said,
        format!(
            "Added {id}: Mon Wed 06:30 America/New_York for Anna. It rings next Mon 2026-03-02 06:30 (-05:00 \
             America/New_York), in 1 d 0 h."
        )
    );
    assert_eq!(
        (added.schedule.when.as_str(), added.schedule.policy.check),
        ("Mon Wed 06:30", CheckCalls::Strict)
    );
    assert_eq!(fixture.desk.schedule("WORK").await.unwrap().id, added.schedule.id);
    let once = ScheduleNew { when: "2026-12-24 04:15".into(), ..ScheduleNew::default() };
    let once = fixture.desk.add_schedule(&once).await.unwrap();
    let next = once.schedule.next.unwrap();
    assert_eq!(next.when.local, "Thu 2026-12-24 04:15");
    assert_eq!(next.when.zone, "America/New_York", "her other rule's zone");
    assert_eq!(once.next.unwrap().when.local, "Mon 2026-03-02 06:30", "her next ring is the other rule's");
}

#[tokio::test]
async fn what_makes_no_rule_is_refused_with_its_field_and_what_was_probably_meant() {
    let fixture = weekdays("no-rule").await;
    let new = |when: &str, zone: &str| ScheduleNew {
        when: when.into(),
        zone: Some(zone.into()),
        ..ScheduleNew::default()
    };
    for (wrong, field, part) in [
        (new("half past 6", "Europe/Berlin"), "when", "did you mean 06:30?"),
        (new("weekdays", "Europe/Berlin"), "when", "At what time?"),
        (new("2026-02-01 06:30", "Europe/Berlin"), "when", "is past already"),
        (new("weekdays 06:30", "Europe/Berlim"), "zone", "did you mean Europe/Berlin"),
        (ScheduleNew { probability: Some(2.0), ..new("weekdays 06:30", "UTC") }, "probability", "0 (never"),
        (
            ScheduleNew { useful_for_mins: Some(721), ..new("weekdays 06:30", "UTC") },
            "useful_for_mins",
            "720",
        ),
        (ScheduleNew { label: Some(String::new()), ..new("weekdays 06:30", "UTC") }, "label", "not a name"),
    ] {
        let error = fixture.desk.add_schedule(&wrong).await.unwrap_err();
        let said = format!("{error} {}", error.hint());
        assert!(said.contains(part), "{said}");
        assert!(matches!(error, DeskError::Invalid { field: found, .. } if found == field), "{error:?}");
    }
    let policy = PolicyEdit { ring_secs: Some(1), snoozes: Some(9), ..PolicyEdit::default() };
    let edit = ScheduleEdit { policy, ..ScheduleEdit::default() };
    assert_eq!(
        told(fixture.desk.edit_schedule(ANNA, &edit).await),
        "Ring_secs is 1, but must be from 5 to 120 seconds. Snoozes is 9, but must be from 0 to 2."
    );
}

#[tokio::test]
async fn a_day_is_skipped_and_unskipped() {
    let fixture = weekdays("skip").await;
    let skipped = fixture.desk.skip(ANNA, &day("next")).await.unwrap();
    let id = &skipped.schedule.short_id;
    assert_eq!(
        skipped.said,
        format!(
            "Skipped 2026-03-02 of {id}: weekdays 06:30 Europe/Berlin for Anna. It rings next Tue 2026-03-03 06:30 \
             (+01:00 Europe/Berlin), in 1 d 18 h."
        )
    );
    assert_eq!(lines(&skipped, 2), ["03-02 - skipped", "03-03 06:30 as_asked"]);
    assert_eq!(skipped.schedule.exceptions.len(), 1);
    let back = fixture.desk.unskip(ANNA, &day("monday")).await.unwrap();
    assert_eq!(back.next.unwrap().countdown, "in 18 h 30 min");
    assert_eq!(
        told(fixture.desk.unskip(ANNA, &day("monday")).await),
        "2026-03-02 is not skipped. Show the schedule to see its exceptions."
    );
    assert!(told(fixture.desk.skip(ANNA, &day("someday")).await).contains("is not a day"));
    assert!(told(fixture.desk.skip(ANNA, &day("2026-02-02")).await).contains("is past already"));
}

#[tokio::test]
async fn a_pause_ends_by_itself_or_when_told() {
    let fixture = weekdays("pause").await;
    let range = |from: Option<&str>, until: &str| PauseRange {
        from: from.map(str::to_owned),
        until: until.to_owned(),
    };
    let paused = fixture.desk.pause(ANNA, &range(None, "2026-03-06")).await.unwrap();
    assert_eq!(paused.next.unwrap().when.local, "Mon 2026-03-09 06:30");
    assert_eq!(paused.schedule.preview[0].until.as_deref(), Some("2026-03-06"));
    assert!(paused.schedule.preview[1].first_after_pause);
    let resumed = fixture.desk.resume(ANNA).await.unwrap();
    assert_eq!(resumed.next.unwrap().when.local, "Mon 2026-03-02 06:30");
    assert!(told(fixture.desk.resume(ANNA).await).starts_with("It is not paused."));
    let backwards = fixture.desk.pause(ANNA, &range(Some("2026-03-06"), "2026-03-04")).await;
    assert!(told(backwards).contains("write the earlier date first"));
}

#[tokio::test]
async fn one_day_is_moved_and_another_added_and_both_are_taken_back() {
    let fixture = weekdays("move").await;
    let moved = fixture.desk.move_day(ANNA, &at("tomorrow", "8")).await.unwrap();
    assert_eq!(lines(&moved, 2), ["03-02 08:00 moved", "03-03 06:30 as_asked"]);
    let added = fixture.desk.add_once(ANNA, &at("2026-03-07", "9:15")).await.unwrap();
    assert_eq!(lines(&added, 6)[5], "03-07 09:15 added");
    let unmoved = fixture.desk.unmove(ANNA, &day("tomorrow")).await.unwrap();
    assert_eq!(lines(&unmoved, 1), ["03-02 06:30 as_asked"]);
    let left = &unmoved.schedule.exceptions[0];
    let back = fixture.desk.take_back(ANNA, &left.short_id).await.unwrap();
    assert_eq!(back.schedule.exceptions, []);
    assert!(told(fixture.desk.take_back(ANNA, &left.short_id).await).contains("There is no exception"));
    assert!(told(fixture.desk.move_day(ANNA, &at("tomorrow", "25:00")).await).contains("is not a time"));
}

#[tokio::test]
async fn a_rule_is_changed_switched_off_and_removed() {
    let fixture = weekdays("edit").await;
    let desk = &fixture.desk;
    let edit = |edit: ScheduleEdit| async move { desk.edit_schedule(ANNA, &edit).await.unwrap() };
    let later = edit(ScheduleEdit { when: Some("every day 07:00".into()), ..ScheduleEdit::default() }).await;
    assert_eq!(later.next.unwrap().when.local, "Mon 2026-03-02 07:00");
    let drawn = edit(ScheduleEdit { probability: Edit::To(0.25), ..ScheduleEdit::default() }).await;
    assert_eq!((drawn.schedule.probability, drawn.schedule.when.as_str()), (Some(0.25), "every day 07:00"));
    let off = edit(ScheduleEdit { enabled: Some(false), ..ScheduleEdit::default() }).await;
    assert!(off.said.ends_with(" It is switched off. No wake-up is planned for her."), "{}", off.said);
    assert!(!off.schedule.enabled);
    let on =
        edit(ScheduleEdit { enabled: Some(true), probability: Edit::Clear, ..ScheduleEdit::default() }).await;
    assert_eq!((on.schedule.probability, on.next.is_some()), (None, true));
    let removed = fixture.desk.remove_schedule(ANNA).await.unwrap();
    assert_eq!((removed.next, removed.schedule.next), (None, None));
    assert!(told(fixture.desk.schedule(ANNA).await).contains("There is no schedule `Anna`."));
}

#[tokio::test]
async fn a_traveller_takes_the_rules_along_that_follow_her() {
    let fixture = weekdays("travel").await;
    let tokyo = Travel { zone: "asia/tokyo".into() };
    assert!(
        told(fixture.desk.travel_with(ANNA, &tokyo).await).contains("None of her schedules follows her.")
    );
    let edit = ScheduleEdit { follows: Some(true), ..ScheduleEdit::default() };
    fixture.desk.edit_schedule(ANNA, &edit).await.unwrap();
    let there = fixture.desk.travel_with(ANNA, &tokyo).await.unwrap();
    let next = there[0].next.clone().unwrap();
    assert_eq!((next.when.local.as_str(), next.when.zone.as_str()), ("Mon 2026-03-02 06:30", "Asia/Tokyo"));
    let home = fixture.desk.travel(ANNA, &Travel { zone: "Europe/Berlin".into() }).await.unwrap();
    assert_eq!(home.schedule.zone, "Europe/Berlin");
    assert!(
        told(fixture.desk.travel(ANNA, &Travel { zone: "Mars".into() }).await).contains("is not a time zone")
    );
}

#[tokio::test]
async fn away_from_home_lasts_until_the_day_that_was_named() {
    let fixture = weekdays("away").await;
    let away = fixture.desk.away(ANNA, &Away { until: Some("friday".into()) }).await.unwrap();
    assert_eq!(away.schedule.away_until.as_deref(), Some("2026-03-06"));
    let back = fixture.desk.away(ANNA, &Away { until: None }).await.unwrap();
    assert_eq!(back.schedule.away_until, None);
}

const HOLIDAY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1\r\n\
    DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20260302\r\nSUMMARY:Founders' Day\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

#[tokio::test]
async fn a_holiday_calendar_silences_the_rules_that_observe_it() {
    let fixture = weekdays("holidays").await;
    let file = fixture.dir.join("holidays.ics");
    std::fs::write(&file, HOLIDAY).unwrap();
    let new = CalendarNew { name: "holidays".into(), source: file.to_str().unwrap().to_owned() };
    let added = fixture.desk.add_calendar(&new).await.unwrap();
    assert_eq!((added.days, added.problem), (1, None));
    let observe = |observe| Observe { calendar: "Holidays".into(), observe };
    let observed = fixture.desk.observe(ANNA, &observe(true)).await.unwrap();
    assert_eq!(lines(&observed, 1), ["03-02 - skipped: holiday Founders' Day"]);
    assert_eq!(observed.schedule.calendars, ["holidays"]);
    let not = fixture.desk.observe(ANNA, &observe(false)).await.unwrap();
    assert_eq!(lines(&not, 1), ["03-02 06:30 as_asked"]);
    assert!(
        told(fixture.desk.add_calendar(&new).await).starts_with("There is a calendar of that name already.")
    );
    std::fs::remove_file(&file).unwrap();
    let looked = fixture.desk.refresh_calendar("holidays").await.unwrap();
    assert_eq!((looked.days, looked.problem.is_some()), (1, true), "what it said before still counts");
    assert_eq!(looked.masked().source, "a file");
    fixture.desk.remove_calendar("holidays").await.unwrap();
    assert!(fixture.desk.list_calendars().await.unwrap().is_empty());
}
