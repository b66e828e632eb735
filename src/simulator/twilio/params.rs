//! The parameters every webhook carries, empty ones included.

use std::time::Duration;

use jiff::Timestamp;

use super::ledger::{CallRecord, CallStatus, Direction};

/// One parameter.
pub(super) type Param = (String, String);

/// A parameter from borrowed text.
pub(super) fn param(name: &str, value: impl Into<String>) -> Param {
    (name.to_owned(), value.into())
}

const GEO: [&str; 4] = ["City", "State", "Zip", "Country"];

/// What all requests about a call carry; `status` is `CallStatus` as this request should say it.
pub(super) fn standard(account_sid: &str, call: &CallRecord, status: &str) -> Vec<Param> {
    let mut params = vec![
        param("CallSid", &call.sid),
        param("AccountSid", account_sid),
        param("From", &call.from),
        param("To", &call.to),
        param("Caller", &call.from),
        param("Called", &call.to),
        param("CallStatus", status),
        param("ApiVersion", "2010-04-01"),
        param("Direction", call.direction.as_str()),
    ];
    for side in ["From", "To", "Caller", "Called"] {
        for field in GEO {
            // Unknown places are sent empty, and they count in the signature.
            params.push(param(&format!("{side}{field}"), ""));
        }
    }
    if call.direction == Direction::Inbound {
        params.push(param("StirVerstat", "TN-Validation-Passed-A"));
    }
    params
}

/// What a status callback adds.
pub(super) fn progress(call: &CallRecord, sequence: u64, now: Timestamp) -> Vec<Param> {
    let mut params = vec![
        param("CallbackSource", "call-progress-events"),
        param("SequenceNumber", sequence.to_string()),
        param("Timestamp", rfc2822(now)),
    ];
    if let Some(verdict) = &call.answered_by {
        params.push(param("AnsweredBy", verdict));
    }
    if call.status.is_final() {
        let seconds = whole_seconds(call.talked().unwrap_or_default());
        params.push(param("CallDuration", seconds.to_string()));
        // Minutes, rounded up: not to be mixed up with the seconds above.
        params.push(param("Duration", seconds.div_ceil(60).to_string()));
        params.extend(call.sip_code.map(|code| param("SipResponseCode", code.to_string())));
    } else if matches!(call.status, CallStatus::Ringing | CallStatus::InProgress) {
        params.push(param("StirStatus", "B"));
    }
    params
}

/// Seconds as they are billed: begun ones count.
pub(super) fn whole_seconds(length: Duration) -> u64 {
    length.as_secs() + u64::from(length.subsec_nanos() > 0)
}

/// `Tue, 31 Aug 2010 20:36:28 +0000`.
pub(super) fn rfc2822(moment: Timestamp) -> String {
    moment.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_vendor_writes_them() {
        assert_eq!(rfc2822("2010-08-31T20:36:28Z".parse().unwrap()), "Tue, 31 Aug 2010 20:36:28 +0000");
    }

    #[test]
    fn begun_seconds_count() {
        assert_eq!(whole_seconds(Duration::from_millis(48_001)), 49);
        assert_eq!(whole_seconds(Duration::ZERO), 0);
    }
}
