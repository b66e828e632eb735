//! What can be asked of the desk, either way.

use reqwest::Method;

use super::direct::Direct;
use super::{Access, refusal};
use crate::desk::dto::{
    AlertShown, AlertsAsked, Away, CalendarNew, CalendarShown, CallPlaced, CallRequest, CodesShown,
    ContactNew, ContactShown, DatedTime, Day, Forgotten, History, MemoriesForgotten, Morning, Observe,
    OccurrenceShown, OccurrencesAsked, PauseRange, PlaceNew, PlaceShown, ScheduleChanged, ScheduleEdit,
    ScheduleNew, ScheduleShown, SchedulesAsked, SettingsEdit, SettingsShown, SleeperEdit, SleeperNew,
    SleeperShown, Snooze, TokenMade, TokenNew, TokenShown, Travel, WithTranscript,
};

/// Asks for a change here, after which somebody must start the program, or there.
macro_rules! change {
    ($access:expr, $here:ident => $direct:expr, $there:ident => $remote:expr) => {
        match $access {
            Access::Direct(direct) => {
                let $here = &direct.desk;
                let changed = $direct.await.map_err(refusal)?;
                Direct::note_change();
                Ok(changed)
            }
            Access::Remote($there) => $remote.await,
        }
    };
}

/// Asks the desk here, or the daemon there.
macro_rules! ask {
    ($access:expr, $here:ident => $direct:expr, $there:ident => $remote:expr) => {
        match $access {
            Access::Direct(direct) => {
                let $here = &direct.desk;
                $direct.await.map_err(refusal)
            }
            Access::Remote($there) => $remote.await,
        }
    };
}

impl Access {
    /// Everybody.
    pub async fn list_sleepers(&self) -> anyhow::Result<Vec<SleeperShown>> {
        ask!(self, desk => desk.list_sleepers(), api => api.get(&["sleepers"]))
    }

    /// Somebody.
    pub async fn sleeper(&self, who: &str) -> anyhow::Result<SleeperShown> {
        ask!(self, desk => desk.sleeper(who), api => api.get(&["sleepers", who]))
    }

    /// Somebody new.
    pub async fn add_sleeper(&self, new: &SleeperNew) -> anyhow::Result<SleeperShown> {
        change!(self, desk => desk.add_sleeper(new), api => api.send(Method::POST, &["sleepers"], new))
    }

    /// Changes somebody.
    pub async fn edit_sleeper(&self, who: &str, edit: &SleeperEdit) -> anyhow::Result<SleeperShown> {
        change!(self, desk => desk.edit_sleeper(who, edit),
            api => api.send(Method::PATCH, &["sleepers", who], edit))
    }

    /// Deletes somebody with everything known about her.
    pub async fn forget_sleeper(&self, who: &str) -> anyhow::Result<Forgotten> {
        ask!(self, desk => desk.forget_sleeper(who), api => api.delete(&["sleepers", who]))
    }

    /// Forgets what is remembered of her from one morning to the next.
    pub async fn forget_memories(&self, who: &str) -> anyhow::Result<MemoriesForgotten> {
        ask!(self, desk => desk.forget_memories(who), api => api.delete(&["sleepers", who, "memories"]))
    }

    /// The holiday calendars.
    pub async fn list_calendars(&self) -> anyhow::Result<Vec<CalendarShown>> {
        ask!(self, desk => desk.list_calendars(), api => api.get(&["calendars"]))
    }

    /// One more.
    pub async fn add_calendar(&self, new: &CalendarNew) -> anyhow::Result<CalendarShown> {
        ask!(self, desk => desk.add_calendar(new), api => api.send(Method::POST, &["calendars"], new))
    }

    /// Looks at one now.
    pub async fn refresh_calendar(&self, named: &str) -> anyhow::Result<CalendarShown> {
        ask!(self, desk => desk.refresh_calendar(named),
            api => api.send(Method::POST, &["calendars", named, "refresh"], &()))
    }

    /// One less.
    pub async fn remove_calendar(&self, named: &str) -> anyhow::Result<CalendarShown> {
        ask!(self, desk => desk.remove_calendar(named), api => api.delete(&["calendars", named]))
    }

    /// A rule is silent on a calendar's days, or is not any more.
    pub async fn observe(&self, rule: &str, wish: &Observe) -> anyhow::Result<ScheduleChanged> {
        ask!(self, desk => desk.observe(rule, wish),
            api => api.send(Method::POST, &["schedules", rule, "holidays"], wish))
    }

    /// Wake-ups, planned and past.
    pub async fn list_occurrences(&self, asked: &OccurrencesAsked) -> anyhow::Result<Vec<OccurrenceShown>> {
        ask!(self, desk => desk.list_occurrences(asked), api => api.find(&["occurrences"], asked))
    }

    /// A few more minutes.
    pub async fn snooze(&self, wake_up: &str) -> anyhow::Result<OccurrenceShown> {
        ask!(self, desk => desk.snooze_occurrence(wake_up, Snooze::default()),
            api => api.send(Method::POST, &["occurrences", wake_up, "snooze"], &()))
    }

    /// Her codes of the day.
    pub async fn codes_of(&self, who: &str) -> anyhow::Result<CodesShown> {
        ask!(self, desk => desk.codes_of(who), api => api.get(&["sleepers", who, "code"]))
    }

    /// Where she has to walk to.
    pub async fn list_places(&self) -> anyhow::Result<Vec<PlaceShown>> {
        ask!(self, desk => desk.list_places(), api => api.get(&["places"]))
    }

    /// Somewhere new.
    pub async fn add_place(&self, new: &PlaceNew) -> anyhow::Result<PlaceShown> {
        ask!(self, desk => desk.add_place(new), api => api.send(Method::POST, &["places"], new))
    }

    /// Another code for a place.
    pub async fn renew_place(&self, name: &str) -> anyhow::Result<PlaceShown> {
        ask!(self, desk => desk.renew_place(name),
            api => api.send(Method::POST, &["places", name, "renew"], &()))
    }

    /// Forgets a place.
    pub async fn remove_place(&self, name: &str) -> anyhow::Result<PlaceShown> {
        ask!(self, desk => desk.remove_place(name), api => api.delete(&["places", name]))
    }

    /// Whom to tell when somebody does not wake up.
    pub async fn list_contacts(&self, who: &str) -> anyhow::Result<Vec<ContactShown>> {
        ask!(self, desk => desk.list_contacts(who), api => api.get(&["sleepers", who, "contacts"]))
    }

    /// Somebody more to tell.
    pub async fn add_contact(&self, who: &str, new: &ContactNew) -> anyhow::Result<ContactShown> {
        ask!(self, desk => desk.add_contact(who, new),
            api => api.send(Method::POST, &["sleepers", who, "contacts"], new))
    }

    /// Somebody less to tell.
    pub async fn remove_contact(&self, who: &str, named: &str) -> anyhow::Result<()> {
        ask!(self, desk => desk.remove_contact(who, named),
            api => api.delete(&["sleepers", who, "contacts", named]))
    }

    /// The rules.
    pub async fn list_schedules(&self, asked: &SchedulesAsked) -> anyhow::Result<Vec<ScheduleShown>> {
        ask!(self, desk => desk.list_schedules(asked), api => api.find(&["schedules"], asked))
    }

    /// One rule with its coming days.
    pub async fn schedule(&self, rule: &str) -> anyhow::Result<ScheduleShown> {
        ask!(self, desk => desk.schedule(rule), api => api.get(&["schedules", rule]))
    }

    /// A new rule.
    pub async fn add_schedule(&self, new: &ScheduleNew) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.add_schedule(new), api => api.send(Method::POST, &["schedules"], new))
    }

    /// Changes a rule.
    pub async fn edit_schedule(&self, rule: &str, edit: &ScheduleEdit) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.edit_schedule(rule, edit),
            api => api.send(Method::PATCH, &["schedules", rule], edit))
    }

    /// Removes a rule.
    pub async fn remove_schedule(&self, rule: &str) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.remove_schedule(rule), api => api.delete(&["schedules", rule]))
    }

    /// Does not ring on a day.
    pub async fn skip(&self, rule: &str, day: &Day) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.skip(rule, day),
            api => api.send(Method::POST, &["schedules", rule, "skip"], day))
    }

    /// Rings on it after all.
    pub async fn unskip(&self, rule: &str, day: &Day) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.unskip(rule, day),
            api => api.send(Method::POST, &["schedules", rule, "unskip"], day))
    }

    /// Does not ring for some days.
    pub async fn pause(&self, rule: &str, range: &PauseRange) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.pause(rule, range),
            api => api.send(Method::POST, &["schedules", rule, "pause"], range))
    }

    /// Rings again before a pause is over.
    pub async fn resume(&self, rule: &str) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.resume(rule),
            api => api.send(Method::POST, &["schedules", rule, "resume"], &serde_json::json!({})))
    }

    /// Rings at another time on one day.
    pub async fn move_day(&self, rule: &str, moved: &DatedTime) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.move_day(rule, moved),
            api => api.send(Method::POST, &["schedules", rule, "move"], moved))
    }

    /// Hangs a rule's clock in another zone.
    pub async fn travel(&self, rule: &str, travel: &Travel) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.travel(rule, travel),
            api => api.send(Method::POST, &["schedules", rule, "travel"], travel))
    }

    /// Hangs the clocks of all her rules that follow her in another zone.
    pub async fn travel_with(&self, who: &str, travel: &Travel) -> anyhow::Result<Vec<ScheduleChanged>> {
        change!(self, desk => desk.travel_with(who, travel),
            api => api.send(Method::POST, &["sleepers", who, "travel"], travel))
    }

    /// Rings at its own time again on a day that was moved.
    pub async fn unmove(&self, rule: &str, day: &Day) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.unmove(rule, day),
            api => api.send(Method::POST, &["schedules", rule, "unmove"], day))
    }

    /// Lets the proofs of home rest.
    pub async fn away(&self, rule: &str, away: &Away) -> anyhow::Result<ScheduleChanged> {
        change!(self, desk => desk.away(rule, away),
            api => api.send(Method::POST, &["schedules", rule, "away"], away))
    }

    /// Calls somebody now.
    pub async fn call_now(&self, request: &CallRequest) -> anyhow::Result<CallPlaced> {
        ask!(self, desk => desk.call_now(request), api => api.send(Method::POST, &["calls"], request))
    }

    /// The mornings, the newest first.
    pub async fn history(&self, asked: &History) -> anyhow::Result<Vec<Morning>> {
        ask!(self, desk => desk.history(asked), api => api.find(&["history"], asked))
    }

    /// One morning.
    pub async fn morning(&self, named: &str, with: WithTranscript) -> anyhow::Result<Morning> {
        ask!(self, desk => desk.morning(named, with), api => api.find(&["occurrences", named], &with))
    }

    /// The settings.
    pub async fn settings(&self) -> anyhow::Result<SettingsShown> {
        ask!(self, desk => desk.settings(), api => api.get(&["settings"]))
    }

    /// Changes the settings.
    pub async fn edit_settings(&self, edit: &SettingsEdit) -> anyhow::Result<SettingsShown> {
        ask!(self, desk => desk.edit_settings(edit), api => api.send(Method::PATCH, &["settings"], edit))
    }

    /// What somebody should look at.
    pub async fn list_alerts(&self, asked: &AlertsAsked) -> anyhow::Result<Vec<AlertShown>> {
        ask!(self, desk => desk.list_alerts(asked), api => api.find(&["alerts"], asked))
    }

    /// She has looked at it.
    pub async fn acknowledge_alert(&self, alert: &str) -> anyhow::Result<AlertShown> {
        ask!(self, desk => desk.acknowledge_alert(alert),
            api => api.send(Method::POST, &["alerts", alert, "ack"], &()))
    }

    /// The tokens.
    pub async fn list_tokens(&self) -> anyhow::Result<Vec<TokenShown>> {
        ask!(self, desk => desk.list_tokens(), api => api.get(&["tokens"]))
    }

    /// A new token.
    pub async fn add_token(&self, new: &TokenNew) -> anyhow::Result<TokenMade> {
        ask!(self, desk => desk.add_token(new), api => api.send(Method::POST, &["tokens"], new))
    }

    /// Takes a token back.
    pub async fn remove_token(&self, named: &str) -> anyhow::Result<TokenShown> {
        ask!(self, desk => desk.remove_token(named), api => api.delete(&["tokens", named]))
    }
}
