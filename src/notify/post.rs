//! One post, whatever is in it: deadline, and what each kind of answer means.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};

use super::{Notifier, NotifyError};
use crate::clock;

/// How long a server may take to answer. Only the status is read, so garbage and endless answers cost nothing.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

impl Notifier {
    /// Sends one request and looks at the status of its answer.
    pub(super) async fn post(&self, request: RequestBuilder) -> Result<(), NotifyError> {
        let answer = match clock::timeout(&*self.clock, ANSWER_WITHIN, request.send()).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(not_now(cause(&error))),
            Err(late) => return Err(not_now(format!("gave {late}"))),
        };
        match answer.status() {
            status if status.is_success() => Ok(()),
            // Too many, too slow, too early: these ask for patience; all others of their kind, and redirects,
            // which are not followed, stay as they are.
            status
            @ (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS) => {
                Err(not_now(format!("answered with status {}", status.as_u16())))
            }
            status if status.is_server_error() => {
                Err(not_now(format!("answered with status {}", status.as_u16())))
            }
            status => Err(NotifyError::Refused { status: status.as_u16() }),
        }
    }
}

fn not_now(why: String) -> NotifyError {
    NotifyError::NotNow { why }
}

/// The library's own text names the address, which is a secret of sorts.
fn cause(error: &reqwest::Error) -> String {
    let what = if error.is_connect() { "could not be reached" } else { "broke the connection off" };
    what.to_owned()
}
