mod codes;
mod schedules;

use jiff::SignedDuration;
use rand::SeedableRng as _;
use secrecy::ExposeSecret as _;

use super::dto::{
    Edit, History, OccurrencesAsked, SchedulesAsked, Scope, SettingsEdit, SleeperEdit, SleeperNew, TokenNew,
    WhichOccurrences, WithTranscript,
};
use super::*;
use crate::clock::ManualClock;

struct Fixture {
    desk: Desk,
    clock: Arc<ManualClock>,
    dir: std::path::PathBuf,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Fixture {
    /// A desk on a fresh database, on a Sunday noon in Berlin.
    async fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("wakeup-desk-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        let store = Store::open(&dir.join("coach.db")).await.unwrap();
        let clock = ManualClock::standing("2026-03-01T11:00:00Z".parse().unwrap(), 1.0);
        let rng = StdRng::seed_from_u64(1);
        let desk = Desk::new(store, Arc::new(Zones::bundled()), clock.clone(), rng, None);
        Self { desk, clock, dir }
    }

    async fn anna(&self) -> dto::SleeperShown {
        let new = SleeperNew { name: Some("Anna".into()), phone: "+1 415 555 0142".into(), language: None };
        self.desk.add_sleeper(&new).await.unwrap()
    }

    /// Her rule, planned.
    async fn weekdays(&self, sleeper: &dto::SleeperShown) {
        let new = dto::ScheduleNew {
            sleeper: Some(sleeper.id.clone()),
            when: "weekdays 06:30".into(),
            zone: Some("europe/berlin".into()),
            ..dto::ScheduleNew::default()
        };
        self.desk.add_schedule(&new).await.unwrap();
    }
}

fn told<T: std::fmt::Debug>(result: Result<T, DeskError>) -> String {
    let error = result.unwrap_err();
    format!("{error} {}", error.hint()).trim().to_owned()
}

#[tokio::test]
async fn a_sleeper_is_added_found_changed_and_shown_with_her_next_ring() {
    let fixture = Fixture::new("sleepers").await;
    let anna = fixture.anna().await;
    assert_eq!((anna.phone.as_str(), anna.language.as_str(), anna.schedules), ("+14155550142", "en-US", 0));
    assert_eq!(anna.next, None);
    fixture.weekdays(&anna).await;
    let shown = fixture.desk.sleeper("anna").await.unwrap();
    let next = shown.next.clone().unwrap();
    assert_eq!(shown.schedules, 1);
    assert_eq!((next.when.local.as_str(), next.when.offset.as_str()), ("Mon 2026-03-02 06:30", "+01:00"));
    assert_eq!(next.countdown, "in 18 h 30 min");
    let edit = SleeperEdit { name: Edit::Clear, language: Some("fr_fr".into()), ..SleeperEdit::default() };
    let edited = fixture.desk.edit_sleeper(&shown.short_id, &edit).await.unwrap();
    assert_eq!((edited.name, edited.language.as_str()), (None, "fr-FR"));
    assert_eq!(edited.phone, "+14155550142", "what is not named stays");
}

#[tokio::test]
async fn what_cannot_be_a_sleeper_is_refused_with_the_field_and_a_way_on() {
    let fixture = Fixture::new("refused").await;
    fixture.anna().await;
    let new = |name: &str, phone: &str, language: &str| SleeperNew {
        name: Some(name.into()),
        phone: phone.into(),
        language: Some(language.into()),
    };
    let ben = new("Ben", "+14155550143", "en");
    for (wrong, field) in [
        (SleeperNew { name: Some("  ".into()), ..ben.clone() }, "name"),
        (SleeperNew { phone: "4155550143".into(), ..ben.clone() }, "phone"),
        (SleeperNew { language: Some("English".into()), ..ben.clone() }, "language"),
    ] {
        let error = fixture.desk.add_sleeper(&wrong).await.unwrap_err();
        assert!(matches!(error, DeskError::Invalid { field: found, .. } if found == field), "{error:?}");
    }
    let taken = fixture.desk.add_sleeper(&new("Ben", "+14155550142", "en")).await;
    assert_eq!(
        told(taken),
        "That number belongs to another sleeper already. Change or forget that one first."
    );
    let namesake = fixture.desk.add_sleeper(&new("ANNA", "+14155550143", "en")).await;
    assert!(told(namesake).starts_with("There is a sleeper called ANNA already."));
    assert_eq!(told(fixture.desk.sleeper("Ana").await), "There is no sleeper `Ana`. Did you mean Anna?");
}

#[tokio::test]
async fn forgetting_a_sleeper_leaves_nothing_of_her() {
    let fixture = Fixture::new("forget").await;
    let anna = fixture.anna().await;
    fixture.weekdays(&anna).await;
    let gone = fixture.desk.forget_sleeper("Anna").await.unwrap();
    assert_eq!((gone.schedules, gone.wake_ups > 4), (1, true));
    let all = OccurrencesAsked { state: WhichOccurrences::All, ..OccurrencesAsked::default() };
    assert!(fixture.desk.list_occurrences(&all).await.unwrap().is_empty());
    assert!(fixture.desk.list_schedules(&SchedulesAsked::default()).await.unwrap().is_empty());
    assert!(fixture.desk.list_sleepers().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rule_is_shown_with_fourteen_dates_and_called_by_her_name() {
    let fixture = Fixture::new("rules").await;
    let anna = fixture.anna().await;
    fixture.weekdays(&anna).await;
    let shown = fixture.desk.schedule("Anna").await.unwrap();
    assert_eq!((shown.when.as_str(), shown.zone.as_str()), ("weekdays 06:30", "Europe/Berlin"));
    assert_eq!(shown.preview.len(), 14);
    assert_eq!(shown.preview[0].countdown.as_deref(), Some("in 18 h 30 min"));
    assert_eq!(shown.next.unwrap().when.at, "2026-03-02T05:30:00Z".parse().unwrap());
}

#[tokio::test]
async fn a_coming_wake_up_is_cancelled_once() {
    let fixture = Fixture::new("cancel").await;
    fixture.weekdays(&fixture.anna().await).await;
    let coming = fixture.desk.list_occurrences(&OccurrencesAsked::default()).await.unwrap();
    let cancelled = fixture.desk.cancel_occurrence(&coming[0].short_id).await.unwrap();
    assert_eq!((cancelled.phase.as_str(), cancelled.ended_how.as_deref()), ("ended", Some("cancelled")));
    assert!(!cancelled.missed);
    let again = fixture.desk.cancel_occurrence(&coming[0].id).await;
    assert_eq!(told(again), "That wake-up is over: cancelled.");
    let left = fixture.desk.list_occurrences(&OccurrencesAsked::default()).await.unwrap();
    assert_eq!(left[0].id, coming[1].id);
    let morning = fixture.desk.morning(&coming[0].id, WithTranscript::default()).await.unwrap();
    let steps: Vec<&str> = morning.timeline.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(steps, ["cancelled", "due"]);
    let history = fixture.desk.history(&History::default()).await.unwrap();
    assert!(history.is_empty(), "what was called off before its first call never began");
}

#[tokio::test]
async fn lists_are_bounded() {
    let fixture = Fixture::new("limits").await;
    fixture.weekdays(&fixture.anna().await).await;
    let asked = |limit| OccurrencesAsked { limit: Some(limit), ..OccurrencesAsked::default() };
    assert_eq!(fixture.desk.list_occurrences(&asked(2)).await.unwrap().len(), 2);
    for wrong in [0, dto::LIMIT_MAX + 1] {
        let refused = fixture.desk.list_occurrences(&asked(wrong)).await;
        assert_eq!(told(refused), "That many cannot be listed. Ask for 1 to 500.");
    }
}

#[tokio::test]
async fn settings_are_changed_one_by_one() {
    let fixture = Fixture::new("settings").await;
    assert!((fixture.desk.settings().await.unwrap().realtime_probability - 0.5).abs() < 1e-9);
    let edit = SettingsEdit { realtime_probability: Some(0.75), ..SettingsEdit::default() };
    assert_eq!(fixture.desk.edit_settings(&edit).await.unwrap().realtime_percentage, "75.0%");
    let wrong = SettingsEdit { realtime_probability: Some(75.0), ..SettingsEdit::default() };
    assert!(told(fixture.desk.edit_settings(&wrong).await).starts_with("75 is not a probability."));
    let unchanged = fixture.desk.edit_settings(&SettingsEdit::default()).await.unwrap();
    assert_eq!(unchanged.realtime_percentage, "75.0%");
}

#[tokio::test]
async fn goodbye_words_are_the_owners_language_by_language() {
    let fixture = Fixture::new("goodbyes").await;
    let edit = |language: &str, words: &[&str]| SettingsEdit {
        goodbye_words: Some(
            [(language.to_owned(), words.iter().map(|word| (*word).to_owned()).collect())].into(),
        ),
        ..SettingsEdit::default()
    };
    let shown = fixture.desk.edit_settings(&edit("fr-CA", &["salut", "à la prochaine"])).await.unwrap();
    assert_eq!(shown.goodbye_words["fr"], ["salut", "à la prochaine"]);
    for wrong in [
        edit("French", &["salut"]),
        edit("fr", &["  "]),
        edit("fr", &["x"; 9]),
        edit("fr", &[&"x".repeat(41)]),
    ] {
        let error = fixture.desk.edit_settings(&wrong).await.unwrap_err();
        assert!(matches!(error, DeskError::Invalid { field: "goodbye_words", .. }), "{error:?}");
    }
    let shown = fixture.desk.edit_settings(&edit("fr", &[])).await.unwrap();
    assert!(shown.goodbye_words.is_empty());
}

#[tokio::test]
async fn news_come_from_web_addresses_only_and_are_not_shown() {
    let fixture = Fixture::new("news").await;
    let anna = fixture.anna().await;
    let edit = |url: &str| SleeperEdit { calendar_url: Edit::To(url.into()), ..SleeperEdit::default() };
    let shown = fixture.desk.edit_sleeper("Anna", &edit("https://example.com/secret.ics")).await.unwrap();
    assert!(!serde_json::to_string(&shown).unwrap().contains("secret.ics"));
    let kind = crate::coach::memory::MemoryKind::Calendar;
    let stored = || fixture.desk.store.find_memory_source(anna.id.parse().unwrap(), kind);
    assert_eq!(stored().await.unwrap().unwrap().as_str(), "https://example.com/secret.ics");
    for wrong in ["calendar", "file:///etc/passwd", "ftp://example.com/a.ics", ""] {
        let error = fixture.desk.edit_sleeper("Anna", &edit(wrong)).await.unwrap_err();
        assert!(matches!(error, DeskError::Invalid { field: "calendar_url", .. }), "{error:?}");
    }
    let end = SleeperEdit { calendar_url: Edit::Clear, ..SleeperEdit::default() };
    fixture.desk.edit_sleeper("Anna", &end).await.unwrap();
    assert_eq!(stored().await.unwrap(), None);
}

#[tokio::test]
async fn a_token_is_shown_once_recognised_and_taken_back() {
    let fixture = Fixture::new("tokens").await;
    let new = TokenNew { name: "bedside tablet".into(), scopes: vec![Scope::Dial, Scope::Read, Scope::Read] };
    let made = fixture.desk.add_token(&new).await.unwrap();
    let token = made.token.expose_secret();
    assert!(token.starts_with("wuc_"));
    assert_eq!(fixture.desk.recognise(token).await.unwrap(), Some(vec![Scope::Read, Scope::Dial]));
    let listed = fixture.desk.list_tokens().await.unwrap();
    assert_eq!(listed[0].last_used_at, Some(fixture.desk.clock.now()));
    assert!(!serde_json::to_string(&listed).unwrap().contains(&token[4..]), "only the digest is kept");
    for wrong in ["", "wuc_", &token[..67], &format!("{token}0"), &token.replacen("wuc_", "wuc-", 1)] {
        assert_eq!(fixture.desk.recognise(wrong).await.unwrap(), None, "{wrong}");
    }
    fixture.clock.set(fixture.desk.clock.now() + SignedDuration::from_hours(2));
    fixture.desk.remove_token("Bedside Tablet").await.unwrap();
    assert_eq!(fixture.desk.recognise(token).await.unwrap(), None);
}

#[tokio::test]
async fn a_token_needs_a_name_of_its_own_and_a_scope() {
    let fixture = Fixture::new("bad-tokens").await;
    let new = |name: &str, scopes: &[Scope]| TokenNew { name: name.into(), scopes: scopes.to_vec() };
    fixture.desk.add_token(&new("door", &[Scope::Doorbell])).await.unwrap();
    let twice = fixture.desk.add_token(&new("door", &[Scope::Doorbell])).await;
    assert!(told(twice).starts_with("There is a token of that name already."));
    assert!(told(fixture.desk.add_token(&new("", &[Scope::Read])).await).contains("not a name"));
    assert!(told(fixture.desk.add_token(&new("none", &[])).await).contains("opens nothing"));
}

#[tokio::test]
async fn without_a_daemon_nobody_is_called() {
    let fixture = Fixture::new("no-daemon").await;
    fixture.anna().await;
    let refused = fixture.desk.call_now(&dto::CallRequest::default()).await;
    assert!(told(refused).contains("Start it with `wakeup-coach serve`."));
    assert!(fixture.desk.events(false).is_err());
}
