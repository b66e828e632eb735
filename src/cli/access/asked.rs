//! What can be asked of the desk, either way.

use reqwest::Method;

use super::{Access, refusal};
use crate::desk::dto::{
    CallPlaced, CallRequest, Forgotten, History, Morning, PlaceNew, PlaceShown, ScheduleShown,
    SchedulesAsked, SettingsEdit, SettingsShown, SleeperEdit, SleeperNew, SleeperShown, WithTranscript,
};

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
        ask!(self, desk => desk.add_sleeper(new), api => api.send(Method::POST, &["sleepers"], new))
    }

    /// Changes somebody.
    pub async fn edit_sleeper(&self, who: &str, edit: &SleeperEdit) -> anyhow::Result<SleeperShown> {
        ask!(self, desk => desk.edit_sleeper(who, edit),
            api => api.send(Method::PATCH, &["sleepers", who], edit))
    }

    /// Deletes somebody with everything known about her.
    pub async fn forget_sleeper(&self, who: &str) -> anyhow::Result<Forgotten> {
        ask!(self, desk => desk.forget_sleeper(who), api => api.delete(&["sleepers", who]))
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

    /// The rules.
    pub async fn list_schedules(&self, asked: &SchedulesAsked) -> anyhow::Result<Vec<ScheduleShown>> {
        ask!(self, desk => desk.list_schedules(asked), api => api.find(&["schedules"], asked))
    }

    /// One rule with its coming days.
    pub async fn schedule(&self, rule: &str) -> anyhow::Result<ScheduleShown> {
        ask!(self, desk => desk.schedule(rule), api => api.get(&["schedules", rule]))
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
        ask!(self, desk => desk.morning(named, with), api => api.find(&["history", named], &with))
    }

    /// The settings.
    pub async fn settings(&self) -> anyhow::Result<SettingsShown> {
        ask!(self, desk => desk.settings(), api => api.get(&["settings"]))
    }

    /// Changes the settings.
    pub async fn edit_settings(&self, edit: &SettingsEdit) -> anyhow::Result<SettingsShown> {
        ask!(self, desk => desk.edit_settings(edit), api => api.send(Method::PATCH, &["settings"], edit))
    }
}
