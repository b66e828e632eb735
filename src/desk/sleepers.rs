//! The people we wake: added, changed, forgotten.

use url::Url;

use super::dto::{Edit, Forgotten, MemoriesForgotten, SleeperEdit, SleeperNew, SleeperShown};
use super::named::{Named, find};
use super::shown::sleeper_shown;
use super::words::{name, sentence};
use super::{Desk, DeskError};
use crate::coach::language::Language;
use crate::coach::memory::MemoryKind;
use crate::domain::ids::SleeperId;
use crate::domain::phone::PhoneNumber;
use crate::store::StoreError;
use crate::store::sleepers::Sleeper;

const LANGUAGE_DEFAULT: &str = "en-US";

impl Named for Sleeper {
    const WHAT: &'static str = "sleeper";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn names(&self) -> Vec<&str> {
        self.name.as_deref().into_iter().collect()
    }
}

impl Desk {
    /// Everybody, the earliest known first.
    pub async fn list_sleepers(&self) -> Result<Vec<SleeperShown>, DeskError> {
        let mut shown = Vec::new();
        for sleeper in self.store.list_sleepers().await? {
            shown.push(self.show(&sleeper).await?);
        }
        Ok(shown)
    }

    /// One sleeper, by name or identifier.
    pub async fn sleeper(&self, named: &str) -> Result<SleeperShown, DeskError> {
        let sleeper = self.find_sleeper(named).await?;
        self.show(&sleeper).await
    }

    /// Adds somebody to wake.
    pub async fn add_sleeper(&self, new: &SleeperNew) -> Result<SleeperShown, DeskError> {
        let now = self.clock.now();
        let sleeper = Sleeper {
            id: self.with_rng(|rng| SleeperId::new(now, rng)),
            name: new.name.as_deref().map(|text| name("name", text)).transpose()?,
            phone_number: phone(&new.phone)?,
            language: language(new.language.as_deref().unwrap_or(LANGUAGE_DEFAULT))?,
        };
        let mut change = self.store.change().await?;
        refuse_namesake(&change.sleepers().await?, &sleeper)?;
        change.add_sleeper(&sleeper, now).await.map_err(number_taken)?;
        change.record_audit(None, "sleeper_added", &sleeper.id.to_string(), now).await?;
        change.commit().await?;
        tracing::info!(sleeper = %sleeper.id, "A sleeper was added");
        self.show(&sleeper).await
    }

    /// Changes a sleeper's name, number or language; a call that is going on keeps what it began with.
    pub async fn edit_sleeper(&self, named: &str, edit: &SleeperEdit) -> Result<SleeperShown, DeskError> {
        let weather = edit.weather_url.clone().try_map(|wanted| web_address("weather_url", &wanted))?;
        let calendar = edit.calendar_url.clone().try_map(|wanted| web_address("calendar_url", &wanted))?;
        let mut change = self.store.change().await?;
        let known = change.sleepers().await?;
        let mut sleeper = find(named, &known)?.clone();
        edit.name.clone().try_map(|wanted| name("name", &wanted))?.apply(&mut sleeper.name);
        if let Some(wanted) = &edit.phone {
            sleeper.phone_number = phone(wanted)?;
        }
        if let Some(wanted) = &edit.language {
            sleeper.language = language(wanted)?;
        }
        refuse_namesake(&known, &sleeper)?;
        change.update_sleeper(&sleeper).await.map_err(number_taken)?;
        for (kind, source) in [(MemoryKind::Weather, weather), (MemoryKind::Calendar, calendar)] {
            let now = self.clock.now();
            match source {
                Edit::Keep => {}
                Edit::Clear => change.set_memory_source(sleeper.id, kind, None, now).await?,
                Edit::To(url) => change.set_memory_source(sleeper.id, kind, Some(&url), now).await?,
            }
        }
        change.record_audit(None, "sleeper_changed", &sleeper.id.to_string(), self.clock.now()).await?;
        change.commit().await?;
        self.show(&sleeper).await
    }

    /// Deletes a sleeper and everything about her; refused while she is on the telephone with us.
    pub async fn forget_sleeper(&self, named: &str) -> Result<Forgotten, DeskError> {
        let sleeper = self.find_sleeper(named).await?;
        let mut change = self.store.change().await?;
        if change.has_open_attempt(sleeper.id).await? {
            return Err(DeskError::conflict(
                "She is on the telephone with us.",
                "Wait until the call is over, or cancel the wake-up first.",
            ));
        }
        let gone = change.forget_sleeper(sleeper.id).await?;
        change.record_audit(None, "sleeper_forgotten", "", self.clock.now()).await?;
        change.commit().await?;
        self.store.scrub().await?;
        tracing::info!(sleeper = %sleeper.id, "A sleeper was forgotten, with everything about her");
        Ok(Forgotten {
            id: sleeper.id.to_string(),
            schedules: gone.schedules,
            wake_ups: gone.occurrences,
            attempts: gone.attempts,
            utterances: gone.utterances,
        })
    }

    /// Forgets what is remembered of a sleeper from one morning to the next, and nothing else.
    pub async fn forget_memories(&self, named: &str) -> Result<MemoriesForgotten, DeskError> {
        let sleeper = self.find_sleeper(named).await?;
        let mut change = self.store.change().await?;
        let gone = change.forget_memories(sleeper.id).await?;
        change.record_audit(None, "memories_forgotten", &sleeper.id.to_string(), self.clock.now()).await?;
        change.commit().await?;
        self.store.scrub().await?;
        Ok(MemoriesForgotten { id: sleeper.id.to_string(), memories: gone })
    }

    pub(super) async fn find_sleeper(&self, named: &str) -> Result<Sleeper, DeskError> {
        Ok(find(named, &self.store.list_sleepers().await?)?.clone())
    }

    /// The sleeper who is named, or the only one there is.
    pub(super) async fn sleeper_or_only(
        &self,
        field: &'static str,
        named: Option<&str>,
    ) -> Result<Sleeper, DeskError> {
        let mut known = self.store.list_sleepers().await?;
        if let Some(named) = named {
            return Ok(find(named, &known)?.clone());
        }
        match known.len() {
            0 => Err(DeskError::NotFound {
                what: "sleeper",
                said: "There is nobody to wake yet.".to_owned(),
                hint: "Add a sleeper with a telephone number first.".to_owned(),
            }),
            1 => Ok(known.remove(0)),
            several => Err(DeskError::invalid(
                field,
                format!("There are {several} sleepers: which one?"),
                "Name her.",
            )),
        }
    }

    async fn show(&self, sleeper: &Sleeper) -> Result<SleeperShown, DeskError> {
        let schedules = self.store.list_schedules().await?;
        let hers = schedules.iter().filter(|schedule| schedule.sleeper == sleeper.id).count();
        let rings = (self.is_called_now(sleeper.id).await?, self.next_of_sleeper(sleeper.id).await?);
        Ok(sleeper_shown(sleeper, hers, rings))
    }
}

/// An address that is fetched for her: nothing but the web, so that no file of this machine is read.
fn web_address(field: &'static str, text: &str) -> Result<Url, DeskError> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.filter(Url::has_host).ok_or_else(|| {
        DeskError::invalid(
            field,
            "That is not a web address.",
            "Write one such as https://example.com/line.txt, or null.",
        )
    })
}

pub(super) fn phone(text: &str) -> Result<PhoneNumber, DeskError> {
    PhoneNumber::parse(text)
        .map_err(|error| DeskError::invalid("phone", sentence(&format!("that {error}")), ""))
}

pub(super) fn language(text: &str) -> Result<String, DeskError> {
    let language = Language::parse(text);
    let language =
        language.map_err(|error| DeskError::invalid("language", sentence(&format!("that {error}")), ""))?;
    Ok(language.as_str().to_owned())
}

/// Commands find people by name, so two of one name could not be told apart.
fn refuse_namesake(known: &[Sleeper], sleeper: &Sleeper) -> Result<(), DeskError> {
    let Some(wanted) = &sleeper.name else { return Ok(()) };
    let same = |other: &&Sleeper| {
        other.id != sleeper.id
            && other.name.as_ref().is_some_and(|name| name.to_lowercase() == wanted.to_lowercase())
    };
    match known.iter().find(same) {
        None => Ok(()),
        Some(_) => Err(DeskError::conflict(
            format!("There is a sleeper called {wanted} already."),
            "Choose another name, by which you can tell them apart.",
        )),
    }
}

fn number_taken(error: StoreError) -> DeskError {
    match error {
        StoreError::Duplicate => DeskError::conflict(
            "That number belongs to another sleeper already.",
            "Change or forget that one first.",
        ),
        other => other.into(),
    }
}
