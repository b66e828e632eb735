//! What the carrier asks and reports of a call that brings a notice.

use super::super::{CallError, Calls};
use crate::domain::ids::{CallId, Nonce};
use crate::domain::notice::NoticeState;
use crate::notify::words::{self, Spoken};
use crate::store::notice_calls::NoticeCall;
use crate::store::notices::Notice;
use crate::telephony::callbacks::{GatherResult, StatusCallback, VoiceRequest};
use crate::telephony::twiml::{self, Document, Voice};

/// The key that says: I have heard it.
const HEARD_KEY: &str = "1";

impl Calls {
    /// The document for a back-up person who has picked up: the message, twice, and the question for a key.
    pub async fn read_notice(&self, nonce: &Nonce, request: &VoiceRequest) -> Result<Document, CallError> {
        let Some((call, notice)) = self.notice_behind(nonce, &request.call).await? else {
            return Ok(twiml::hang_up());
        };
        let mut change = self.store.change().await?;
        change.mark_notice_call_answered(nonce, self.clock.now()).await?;
        change.commit().await?;
        if notice.state == NoticeState::Withdrawn {
            // She got up while it rang. What follows says so.
            return Ok(twiml::hang_up());
        }
        let (spoken, voice) = self.spoken(&notice).await?;
        let action = self.addresses.notice_response(&call.nonce);
        let lines = [spoken.message.as_str(), &spoken.message, &spoken.question];
        Ok(twiml::ask_for_a_key(&lines, &voice, &action))
    }

    /// The key they pressed, if any.
    pub async fn hear_notice(
        &self,
        nonce: &Nonce,
        call: &CallId,
        result: &GatherResult,
    ) -> Result<Document, CallError> {
        let Some((_, notice)) = self.notice_behind(nonce, call).await? else { return Ok(twiml::hang_up()) };
        if result.digits.as_deref() != Some(HEARD_KEY) {
            return Ok(twiml::hang_up());
        }
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        if change.acknowledge_notice(notice.id, now).await? {
            let detail = format!("{} by {}", notice.news.name(), notice.recipient.role());
            change.record_audit(Some(notice.occurrence), "acknowledged", &detail, now).await?;
            change.commit().await?;
            tracing::info!(occurrence = %notice.occurrence, news = notice.news.name(), "{} has heard it", notice.recipient.role());
            self.tell_of_telling(&notice, NoticeState::Sent, true);
        }
        let (spoken, voice) = self.spoken(&notice).await?;
        Ok(twiml::say_and_hang_up(&[&spoken.thanks], &voice))
    }

    /// One status callback.
    pub async fn notice_progress(&self, nonce: &Nonce, news: &StatusCallback) -> Result<(), CallError> {
        let mut change = self.store.change().await?;
        let bound = change.bind_notice_call(nonce, &news.call).await?;
        let known = change.notice_call(nonce).await?.ok_or(CallError::Unknown)?;
        change.commit().await?;
        if bound && news.status.is_terminal() {
            return self.notice_call_ended(nonce, &news.status).await;
        }
        if !bound && !news.status.is_terminal() && known.call.as_ref() != Some(&news.call) {
            tracing::warn!(call = %news.call, "Ending a surplus call with a notice");
            self.carrier.hang_up(&news.call).await?;
        }
        Ok(())
    }

    /// The call and what it brings; `None` for one that another has taken the place of.
    async fn notice_behind(
        &self,
        nonce: &Nonce,
        call: &CallId,
    ) -> Result<Option<(NoticeCall, Notice)>, CallError> {
        let mut change = self.store.change().await?;
        let bound = change.bind_notice_call(nonce, call).await?;
        let found = change.notice_call(nonce).await?.ok_or(CallError::Unknown)?;
        change.commit().await?;
        if !bound {
            return Ok(None);
        }
        let notice = self.store.load_notice(found.notice).await?;
        Ok(Some((found, notice)))
    }

    async fn spoken(&self, notice: &Notice) -> Result<(Spoken, Voice), CallError> {
        let (facts, hers) = self.facts(notice).await?;
        let language = self.contact_of(notice).await?.map_or(hers, |contact| contact.language);
        Ok((words::spoken(&language, &facts), Voice::of(&language)))
    }
}
