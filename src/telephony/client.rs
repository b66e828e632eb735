//! The carrier's REST API: place a call, look calls up, end them, send them elsewhere.
//!
//! Creating a call has no idempotency key, so nothing here repeats a request by itself, and every failure
//! says whether a phone may be ringing ([`CarrierError`]). Looking before dialling again is `calls`'s work.

mod account;
mod call;
mod transport;

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use secrecy::SecretString;
use url::Url;

pub use account::{Alert, Balance, OwnedNumber};
pub use call::{Account, AccountKind, CarrierCall, NewCall};

use self::transport::Answer;
use super::error::{CarrierError, Cause};
use super::wire::{AccountBody, CallBody, PageBody, instant};
use crate::clock::SharedClock;
use crate::domain::ids::CallId;
use crate::domain::phone::PhoneNumber;
use crate::domain::wake_up::PLACING_WITHIN;
use crate::failpoint::{self, Point};
use crate::planted::{Planted, is_planted};

/// How long one request may take, to the last byte of its answer.
pub const REQUEST_DEADLINE: Duration = PLACING_WITHIN;

/// Calls on one page of a list: a call takes about 2 KiB, so that twenty stay well below the answer's cap.
const PAGE_SIZE: &str = "20";

/// Pages read at most: a thousand calls to one number are no wake-up history but an accident.
const PAGES_MAX: usize = 50;

/// The same for all calls from our number in a day and a half: ten thousand.
const PAGES_OF_A_DAY_MAX: usize = 500;

/// "Not in progress", also seen for a moment right after the answer (`vendor/twilio.md` §1.3).
const NOT_IN_PROGRESS: u32 = 21220;

/// Waits between tries of a redirect that came too early.
const REDIRECT_WAITS: [Duration; 3] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// How we prove to the carrier who we are. The account's SID stands in the path in either case.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// The account's own token, which also signs webhooks.
    AuthToken {
        /// The secret.
        token: SecretString,
    },
    /// A key made for this program.
    ApiKey {
        /// The key's name, such as `SK…`.
        key: String,
        /// The secret.
        secret: SecretString,
    },
}

/// A Twilio-compatible carrier.
#[derive(Debug, Clone)]
pub struct Carrier {
    http: reqwest::Client,
    base_url: Url,
    account_sid: String,
    credentials: Credentials,
    clock: SharedClock,
}

impl Carrier {
    /// Sets up the client; `http` must not follow redirects (see [`crate::http::client`]).
    pub fn new(
        http: reqwest::Client,
        base_url: Url,
        account_sid: String,
        credentials: Credentials,
        clock: SharedClock,
    ) -> Self {
        Self { http, base_url, account_sid, credentials, clock }
    }

    /// Asks the carrier to dial. Exactly one request is made, whatever happens.
    ///
    /// [`CarrierError::Unknown`] means that the phone may ring: look the call up before dialling again.
    pub async fn place(&self, call: &NewCall<'_>) -> Result<CarrierCall, CarrierError> {
        let calls = self.endpoint(&["Calls.json"])?;
        failpoint::about_to_pass(Point::Asked);
        let mut answer = self.send(Method::POST, calls.clone(), Some(call.form())).await;
        if answer.is_err() && is_planted(Planted::RequestRepeated) {
            answer = self.send(Method::POST, calls, Some(call.form())).await;
        }
        let answer = answer?;
        failpoint::pass(Point::Told);
        read_call(&answer)
    }

    /// Ends a call in whatever state it is. `None`: it was over already.
    pub async fn hang_up(&self, call: &CallId) -> Result<Option<CarrierCall>, CarrierError> {
        over_already(self.update(call, &[("Status", "completed")]).await)
    }

    /// Takes a call back that has not been answered yet; an answered one goes on. `None`: it was over.
    ///
    /// The carrier sends no callback for a call cancelled while queued: this answer is all the news.
    pub async fn cancel(&self, call: &CallId) -> Result<Option<CarrierCall>, CarrierError> {
        over_already(self.update(call, &[("Status", "canceled")]).await)
    }

    /// Makes a call in progress go on with the document at `url`; this ends its media stream.
    pub async fn redirect(&self, call: &CallId, url: &Url) -> Result<CarrierCall, CarrierError> {
        let url = call::with_retries(url);
        let fields = [("Url", url.as_str()), ("Method", "POST")];
        for wait in REDIRECT_WAITS {
            match self.update(call, &fields).await {
                Err(error) if error.code() == Some(NOT_IN_PROGRESS) => self.clock.sleep(wait).await,
                other => return other,
            }
        }
        self.update(call, &fields).await
    }

    /// Looks one call up; `None` when the carrier does not know it. The answer may lag behind the call.
    pub async fn fetch(&self, call: &CallId) -> Result<Option<CarrierCall>, CarrierError> {
        let url = self.endpoint(&["Calls", &leaf(call)])?;
        match self.send(Method::GET, url, None).await {
            Ok(answer) => read_call(&answer).map(Some),
            Err(CarrierError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The calls to one number, newest first, as far back as `newest_back_to` by creation time.
    ///
    /// Asked by `To` only: a call still queued has no start time, and a filter on it would hide the very
    /// call we look for. A call without a creation time counts as new. An answer that cannot be read to
    /// its end is an error, never a shorter list: "nothing there" decides whether a phone rings again.
    pub async fn list_to(
        &self,
        to: &PhoneNumber,
        newest_back_to: Timestamp,
    ) -> Result<Vec<CarrierCall>, CarrierError> {
        self.list(("To", to), newest_back_to, PAGES_MAX).await
    }

    /// The calls from one number, in the same way: what the account has placed from it, whoever asked.
    pub async fn list_from(
        &self,
        from: &PhoneNumber,
        newest_back_to: Timestamp,
    ) -> Result<Vec<CarrierCall>, CarrierError> {
        self.list(("From", from), newest_back_to, PAGES_OF_A_DAY_MAX).await
    }

    async fn list(
        &self,
        (filter, number): (&str, &PhoneNumber),
        newest_back_to: Timestamp,
        pages_max: usize,
    ) -> Result<Vec<CarrierCall>, CarrierError> {
        let mut url = self.endpoint(&["Calls.json"])?;
        url.query_pairs_mut().append_pair(filter, number.as_str()).append_pair("PageSize", PAGE_SIZE);
        if is_planted(Planted::PlusUnencoded) {
            let bare = url.query().unwrap_or_default().replace("%2B", "+");
            url.set_query(Some(&bare));
        }
        // The carrier writes whole seconds.
        let is_new = |call: &CarrierCall| {
            call.created_at.is_none_or(|at| at.as_second() >= newest_back_to.as_second())
        };
        let mut found = Vec::new();
        for _ in 0..pages_max {
            let answer = self.send(Method::GET, url, None).await?;
            let (calls, next) = read_page(&answer)?;
            let reached_the_past = calls.last().is_some_and(|call| !is_new(call));
            found.extend(calls.into_iter().filter(is_new));
            match next {
                Some(next) if !reached_the_past => url = self.on_our_host(&next)?,
                _ => return Ok(found),
            }
        }
        Err(garbage("has more pages than we read"))
    }

    /// The account's name, such as `AC…`.
    pub fn account_sid(&self) -> &str {
        &self.account_sid
    }

    /// What kind of account this is, and what time the carrier believes it is.
    pub async fn account(&self) -> Result<Account, CarrierError> {
        let mut url = self.endpoint(&[])?;
        let path = format!("{}.json", url.path());
        url.set_path(&path);
        let answer = self.send(Method::GET, url, None).await?;
        let body: AccountBody = answer.json().ok_or_else(|| garbage("is not an account"))?;
        if body.sid.is_none() && body.kind.is_none() {
            return Err(garbage("is not an account"));
        }
        Ok(Account::from_wire(body, answer.date.as_deref().and_then(instant)))
    }

    async fn update(&self, call: &CallId, fields: &[(&str, &str)]) -> Result<CarrierCall, CarrierError> {
        let url = self.endpoint(&["Calls", &leaf(call)])?;
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let answer = self.send(Method::POST, url, Some(form)).await?;
        read_call(&answer)
    }

    fn endpoint(&self, segments: &[&str]) -> Result<Url, CarrierError> {
        let mut url = self.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| CarrierError::NotSent(Cause::Address))?
            .pop_if_empty()
            .extend(["2010-04-01", "Accounts", &self.account_sid])
            .extend(segments);
        Ok(url)
    }

    /// The next page's address. Our credentials go nowhere but to the carrier's own host.
    fn on_our_host(&self, uri: &str) -> Result<Url, CarrierError> {
        let next = self.base_url.join(uri).map_err(|_| garbage("has a next page without an address"))?;
        if next.origin() == self.base_url.origin() { Ok(next) } else { Err(garbage("continues elsewhere")) }
    }
}

fn leaf(call: &CallId) -> String {
    format!("{call}.json")
}

fn garbage(what: &'static str) -> CarrierError {
    CarrierError::Unknown(Cause::Garbage(what))
}

fn read_call(answer: &Answer) -> Result<CarrierCall, CarrierError> {
    let body: CallBody = answer.json().ok_or_else(|| garbage("is not a call"))?;
    CarrierCall::from_wire(body).ok_or_else(|| garbage("names no call"))
}

fn read_page(answer: &Answer) -> Result<(Vec<CarrierCall>, Option<String>), CarrierError> {
    let body: PageBody = answer.json().ok_or_else(|| garbage("is not a list of calls"))?;
    let calls: Option<Vec<_>> = body.calls.into_iter().map(CarrierCall::from_wire).collect();
    Ok((calls.ok_or_else(|| garbage("lists a call without a name"))?, body.next_page_uri))
}

/// A call that cannot be ended because it is over has been ended.
fn over_already(ended: Result<CarrierCall, CarrierError>) -> Result<Option<CarrierCall>, CarrierError> {
    match ended {
        Ok(call) => Ok(Some(call)),
        Err(
            CarrierError::Refused { status: 404, .. }
            | CarrierError::Refused { code: Some(NOT_IN_PROGRESS), .. },
        ) => Ok(None),
        Err(error) => Err(error),
    }
}
