//! Tells other people: what is to be told is written down in the step that causes it, and delivered by the
//! [`courier`], over and over until it is done or makes no sense any more.

mod courier;
mod ring;
mod spoken;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{CallError, Calls, What};
use crate::domain::alert::AlertKind;
use crate::domain::attempt::AttemptState;
use crate::domain::ids::{NoticeId, OccurrenceId, SleeperId};
use crate::domain::notice::{Channel, News, NoticeState, Recipient};
use crate::domain::wake_up::End;
use crate::notify::words::Facts;
use crate::planted::{Planted, is_planted};
use crate::store::attempts::AttemptRecord;
use crate::store::contacts::Contact;
use crate::store::notices::Notice;
use crate::store::occurrences::Occurrence;
use crate::store::{Change, StoreError};

/// Why it is not told any more that she is slow.
const NO_NEWS: &str = "it was not so any more";

/// A telling, as listeners see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// What was, or was not, told.
    pub news: News,
    /// Whom.
    pub recipient: Recipient,
    /// By which way.
    pub channel: Channel,
    /// How far it has come.
    pub state: NoticeState,
    /// Whether they have confirmed that they have heard it.
    pub acknowledged: bool,
}

impl Telling {
    /// Such as `telling the owner by webhook: missed, sent`.
    pub fn in_words(&self) -> String {
        let (who, channel) = (self.recipient.role(), self.channel.name());
        let (news, state) = (self.news.name().replace('_', " "), self.state.name().replace('_', " "));
        if self.acknowledged {
            return format!("{who} has heard it: {news}");
        }
        format!("telling {who} by {channel}: {news}, {state}")
    }
}

impl Calls {
    /// Writes down whom this end concerns, in the transaction of the step that ends the wake-up.
    pub(super) async fn note_end(
        &self,
        change: &mut Change,
        occurrence: &Occurrence,
        end: End,
    ) -> Result<(), StoreError> {
        // Nobody is told of a call that was asked for by hand.
        if occurrence.key.is_none() {
            return Ok(());
        }
        let now = self.clock.now();
        change.warning_done(occurrence.id, now).await?;
        if end.is_missed() && !is_planted(Planted::MissUntold) {
            self.withdraw(change, occurrence.id, now).await?;
            self.raise_in(change, AlertKind::Missed, &occurrence.id.to_string(), end.name()).await?;
            return self.tell_people(change, occurrence.id, occurrence.sleeper, News::Missed).await;
        }
        self.all_clear(change, occurrence.id, end).await
    }

    /// She need not be looked after any more: whoever was told that she is slow is told that too, and who was
    /// not yet is left in peace.
    pub(super) async fn all_clear(
        &self,
        change: &mut Change,
        id: OccurrenceId,
        end: End,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        for notice in change.notices(id).await? {
            let told = notice.state == NoticeState::Sent || notice.tries > 0;
            if notice.news == News::SlowToWake && told && end == End::Up {
                let fresh = self.notice(id, News::UpAfterAll, notice.recipient, notice.channel, now);
                change.add_notice(&fresh).await?;
            }
        }
        self.withdraw(change, id, now).await?;
        self.courier.notify_one();
        Ok(())
    }

    /// Writes a piece of news down for everybody it concerns.
    pub(super) async fn tell_people(
        &self,
        change: &mut Change,
        id: OccurrenceId,
        sleeper: SleeperId,
        news: News,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        for channel in self.notifier.owner_channels() {
            change.add_notice(&self.notice(id, news, Recipient::Owner, channel, now)).await?;
        }
        if news.concerns_contacts() {
            for contact in change.contacts(sleeper).await? {
                let recipient = Recipient::Contact(contact.id);
                for channel in contact.channels() {
                    change.add_notice(&self.notice(id, news, recipient, channel, now)).await?;
                }
            }
        }
        // Should the transaction fail after all, the courier finds nothing new.
        self.courier.notify_one();
        Ok(())
    }

    fn notice(
        &self,
        occurrence: OccurrenceId,
        news: News,
        recipient: Recipient,
        channel: Channel,
        now: Timestamp,
    ) -> Notice {
        let id = self.with_rng(|rng| NoticeId::new(now, rng));
        Notice::pending(id, occurrence, news, recipient, channel, now)
    }

    /// That she is slow is no news any more.
    async fn withdraw(
        &self,
        change: &mut Change,
        id: OccurrenceId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for notice in change.notices(id).await? {
            if notice.news == News::SlowToWake && notice.state == NoticeState::Pending {
                change.settle_notice(&notice, NoticeState::Withdrawn, Some(NO_NEWS), now).await?;
            }
        }
        Ok(())
    }

    /// What can be told of a wake-up.
    async fn facts(&self, notice: &Notice) -> Result<(Facts, String), CallError> {
        let occurrence = self.store.load_occurrence(notice.occurrence).await?;
        let sleeper = self.store.load_sleeper(occurrence.sleeper).await?;
        // A zone that has vanished from the data must not keep the news from anybody.
        let zone = self.zones.get(&occurrence.zone).unwrap_or(TimeZone::UTC);
        let attempts = self.store.list_attempts(occurrence.id).await?;
        let end = occurrence.wake_up.phase.end();
        let refusal = match (notice.recipient, end, attempts.last()) {
            (Recipient::Owner, Some(End::RefusedForGood), Some(last)) => self.refusal_of(last).await?,
            _ => None,
        };
        let outcome = |record: &AttemptRecord| match record.attempt.state {
            AttemptState::Finished { outcome, .. } => Some(outcome),
            _ => None,
        };
        let facts = Facts {
            news: notice.news,
            sleeper: sleeper.name,
            due: occurrence.wake_up.due_at.to_zoned(zone.clone()),
            zone: occurrence.zone,
            // When the step was made, however late it is told.
            now: notice.created_at.to_zoned(zone),
            calls: attempts.iter().filter_map(outcome).collect(),
            end,
            refusal,
        };
        Ok((facts, sleeper.language))
    }

    /// The carrier's words on a call that it would not place.
    async fn refusal_of(&self, record: &AttemptRecord) -> Result<Option<String>, StoreError> {
        let history = self.store.list_history(record.attempt.id).await?;
        Ok(history.into_iter().rev().find(|line| line.what == "not_placed").map(|line| line.detail))
    }

    async fn contact_of(&self, notice: &Notice) -> Result<Option<Contact>, StoreError> {
        match notice.recipient {
            Recipient::Owner => Ok(None),
            Recipient::Contact(id) => self.store.find_contact(id).await,
        }
    }

    /// Settles a notice and says so.
    async fn settle(
        &self,
        notice: &Notice,
        state: NoticeState,
        problem: Option<&str>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        if !change.settle_notice(notice, state, problem, now).await? {
            return Ok(());
        }
        let detail =
            format!("{} to {} by {}", notice.news.name(), notice.recipient.role(), notice.channel.name());
        let what = match state {
            NoticeState::Sent => "told",
            NoticeState::Withdrawn => "not_told_any_more",
            NoticeState::GivenUp | NoticeState::Pending => "told_in_vain",
        };
        change.record_audit(Some(notice.occurrence), what, &detail, now).await?;
        change.commit().await?;
        self.announce_telling(notice, state, problem);
        Ok(())
    }

    fn announce_telling(&self, notice: &Notice, state: NoticeState, problem: Option<&str>) {
        let (news, channel, role) = (notice.news.name(), notice.channel.name(), notice.recipient.role());
        let (occurrence, tries) = (notice.occurrence, notice.tries);
        match state {
            NoticeState::GivenUp => tracing::error!(
                %occurrence, news, channel, tries, problem, "Could not tell {role} by {channel}; giving up"
            ),
            NoticeState::Sent => {
                tracing::info!(%occurrence, news, channel, tries, "Told {role} by {channel}");
            }
            NoticeState::Pending | NoticeState::Withdrawn => {
                tracing::info!(%occurrence, news, channel, "Not telling {role} any more");
            }
        }
        self.tell_of_telling(notice, state, false);
    }

    fn tell_of_telling(&self, notice: &Notice, state: NoticeState, acknowledged: bool) {
        let (news, recipient, channel) = (notice.news, notice.recipient, notice.channel);
        self.tell(
            notice.occurrence,
            None,
            What::Told(Telling { news, recipient, channel, state, acknowledged }),
        );
    }

    /// Tries it again after the channel's own wait, or gives it up.
    async fn again_or_give_up(&self, notice: &Notice, problem: &str) -> Result<(), StoreError> {
        let Some(wait) = notice.channel.again_after(notice.tries) else {
            return self.settle(notice, NoticeState::GivenUp, Some(problem)).await;
        };
        tracing::warn!(
            occurrence = %notice.occurrence, news = notice.news.name(), tries = notice.tries, problem,
            "Could not tell {} by {}; trying again", notice.recipient.role(), notice.channel.name()
        );
        let until = self.clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        self.put_off(notice, until, Some(problem)).await
    }

    async fn put_off(
        &self,
        notice: &Notice,
        until: Timestamp,
        problem: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.put_notice_off(notice.id, until, notice.tries, problem).await?;
        change.commit().await
    }
}
