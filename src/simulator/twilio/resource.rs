//! Calls, the account and its numbers as the REST API shows them.

use std::time::Duration;

use serde_json::{Value, json};

use super::ledger::{CallRecord, CallStatus};
use super::office::Office;
use super::params::{rfc2822, whole_seconds};

pub(super) const API_VERSION: &str = "2010-04-01";

/// What hangs below a call.
const SUBRESOURCES: [&str; 9] = [
    "notifications",
    "recordings",
    "payments",
    "events",
    "siprec",
    "streams",
    "transcriptions",
    "user_defined_message_subscriptions",
    "user_defined_messages",
];

/// A call as it stood at a moment of simulated time; `None` when it did not exist yet.
pub(super) fn call(office: &Office, call: &CallRecord, moment: Duration) -> Option<Value> {
    let status = call.status_at(moment)?;
    let account = &office.options.account_sid;
    let uri = format!("/{API_VERSION}/Accounts/{account}/Calls/{}", call.sid);
    let below: serde_json::Map<String, Value> = SUBRESOURCES
        .iter()
        .map(|name| ((*name).to_owned(), json!(format!("{uri}/{}.json", camel(name)))))
        .collect();
    let over = status.is_final();
    let completed = status == CallStatus::Completed;
    let started = call.started_at.filter(|_| status != CallStatus::Queued);
    let ended = call.ended_at.filter(|_| over);
    let duration = call.talked().filter(|_| completed).map(|talked| whole_seconds(talked).to_string());
    Some(json!({
        "sid": call.sid,
        "account_sid": account,
        "api_version": API_VERSION,
        "status": status.as_str(),
        "direction": call.direction.as_str(),
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from,
        "from_formatted": call.from,
        "phone_number_sid": office.number_sid(&call.from),
        "parent_call_sid": null,
        "forwarded_from": null,
        "caller_name": null,
        "group_sid": null,
        "trunk_sid": "",
        "answered_by": call.answered_by,
        "annotation": null,
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.updated_at),
        "start_time": started.map(rfc2822),
        "end_time": ended.map(rfc2822),
        "duration": duration,
        "price": null,
        "price_unit": "USD",
        "queue_time": call.queue_time.as_millis().to_string(),
        "uri": format!("{uri}.json"),
        "subresource_uris": below,
    }))
}

fn camel(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(capital).collect()
}

/// The account.
pub(super) fn account(office: &Office) -> Value {
    let sid = &office.options.account_sid;
    let uri = format!("/{API_VERSION}/Accounts/{sid}");
    json!({
        "sid": sid,
        "owner_account_sid": sid,
        "friendly_name": "The local line",
        "status": office.faults().account.status.unwrap_or("active"),
        "type": if office.options.trial { "Trial" } else { "Full" },
        "auth_token": "********************************",
        "date_created": rfc2822(office.wall()),
        "date_updated": rfc2822(office.wall()),
        "uri": format!("{uri}.json"),
        "subresource_uris": {
            "calls": format!("{uri}/Calls.json"),
            "incoming_phone_numbers": format!("{uri}/IncomingPhoneNumbers.json"),
        },
    })
}

/// What the account has left.
pub(super) fn balance(office: &Office) -> Value {
    json!({ "account_sid": office.options.account_sid, "balance": office.faults().account.balance.unwrap_or("20.00"), "currency": "USD" })
}

/// A number the account owns.
pub(super) fn number(office: &Office, number: &str) -> Value {
    let account = &office.options.account_sid;
    let sid = office.number_sid(number);
    json!({
        "sid": sid,
        "account_sid": account,
        "phone_number": number,
        "friendly_name": number,
        "api_version": API_VERSION,
        "capabilities": { "voice": !office.faults().account.mute, "sms": false, "mms": false, "fax": false },
        "voice_url": null,
        "voice_method": "POST",
        "status": "in-use",
        "origin": "twilio",
        "uri": format!("/{API_VERSION}/Accounts/{account}/IncomingPhoneNumbers/{}.json", sid.unwrap_or_default()),
    })
}

/// A number the account has verified.
pub(super) fn caller_id(office: &Office, number: &str, place: usize) -> Value {
    let account = &office.options.account_sid;
    let sid = format!("PN{:032x}", 0xca11_0000 + place);
    json!({
        "sid": sid,
        "account_sid": account,
        "friendly_name": number,
        "phone_number": number,
        "date_created": rfc2822(office.wall()),
        "date_updated": rfc2822(office.wall()),
        "uri": format!("/{API_VERSION}/Accounts/{account}/OutgoingCallerIds/{sid}.json"),
    })
}

/// One line of the debugger.
pub(super) fn notification(office: &Office, call: &CallRecord, index: usize) -> Value {
    let problem = &call.problems[index];
    let warning = matches!(problem.code, 12_200 | 13_335 | 15_003 | 31_930 | 31_931 | 31_950 | 31_951);
    json!({
        "sid": format!("NO{:032x}", index),
        "account_sid": office.options.account_sid,
        "call_sid": call.sid,
        "api_version": API_VERSION,
        "error_code": problem.code.to_string(),
        "log": if warning { "1" } else { "0" },
        "message_text": problem.text,
        "more_info": format!("https://www.twilio.com/docs/errors/{}", problem.code),
        "message_date": rfc2822(call.updated_at),
        "request_method": null,
        "request_url": null,
    })
}
