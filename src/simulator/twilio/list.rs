//! Lists: filters, pages with tokens, and how far behind they are.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::errors::Refusal;
use super::ledger::CallRecord;
use super::office::Office;
use super::params::Param;
use super::resource::{self, API_VERSION};
use super::rest::envelope;

const PAGE_SIZE: usize = 50;
const PAGE_SIZE_MAX: usize = 1_000;

/// The moment whose state the API shows; `None` while it shows nothing at all yet.
pub(super) fn visible_moment(office: &Office) -> Option<Duration> {
    office.elapsed().checked_sub(office.options.list_delay)
}

/// A query string, taken apart.
struct Query(Vec<Param>);

impl Query {
    fn new(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// One page of calls, the newest first.
pub(super) fn page(office: &Office, query: &str) -> Result<Value, Refusal> {
    let query = Query::new(query);
    let size = match query.get("PageSize").map(str::parse::<usize>) {
        None => PAGE_SIZE,
        Some(Ok(size)) if size > 0 => size.min(PAGE_SIZE_MAX),
        Some(_) => return Err(Refusal::bad(20_001, "PageSize must be a positive integer")),
    };
    let number: usize = query.get("Page").and_then(|page| page.parse().ok()).unwrap_or(0);
    let token = query.get("PageToken");
    if number > 0 && token.is_none() {
        return Err(Refusal::bad(20_001, "PageToken is required for pages after the first"));
    }
    let moment = visible_moment(office);
    let hidden = office.faults().lists_empty;
    let books = office.books();
    let matching: Vec<&CallRecord> =
        books.calls.iter().rev().filter(|call| !hidden && matches(office, call, &query, moment)).collect();
    // The token names the last call of the page before; PA is a page's prefix.
    let start = match token {
        None => 0,
        Some(token) => matching
            .iter()
            .position(|call| token.strip_prefix("PA") == Some(call.sid.as_str()))
            .map(|last| last + 1)
            .ok_or_else(|| Refusal::bad(20_001, "PageToken is invalid"))?,
    };
    let shown = &matching[start..(start + size).min(matching.len())];
    let items: Vec<Value> =
        shown.iter().filter_map(|call| resource::call(office, call, moment.unwrap_or_default())).collect();
    let more = start + shown.len() < matching.len();
    let next = shown
        .last()
        .filter(|_| more)
        .map(|last| uri(office, &query, size, number + 1, Some(&format!("PA{}", last.sid))));
    Ok(json!({
        "calls": items,
        "page": number,
        "page_size": size,
        "start": start,
        "end": (start + shown.len()).saturating_sub(1),
        "uri": uri(office, &query, size, number, token),
        "first_page_uri": uri(office, &query, size, 0, None),
        "next_page_uri": next,
        "previous_page_uri": null,
    }))
}

fn uri(office: &Office, query: &Query, size: usize, page: usize, token: Option<&str>) -> String {
    let filters = query.0.iter().filter(|(name, _)| !name.starts_with("Page"));
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(filters);
    text.append_pair("PageSize", &size.to_string()).append_pair("Page", &page.to_string());
    if let Some(token) = token {
        text.append_pair("PageToken", token);
    }
    let account = &office.options.account_sid;
    format!("/{API_VERSION}/Accounts/{account}/Calls.json?{}", text.finish())
}

fn matches(office: &Office, call: &CallRecord, query: &Query, moment: Option<Duration>) -> bool {
    let Some(shown) = moment.and_then(|moment| resource::call(office, call, moment)) else { return false };
    let is = |name: &str, value: &str| query.get(name).is_none_or(|asked| asked == value);
    let started = call.started_at.filter(|_| !shown["start_time"].is_null());
    let ended = call.ended_at.filter(|_| !shown["end_time"].is_null());
    is("To", &call.to)
        && is("From", &call.from)
        && is("Status", shown["status"].as_str().unwrap_or_default())
        && query.get("ParentCallSid").is_none()
        && within(query, "StartTime", started)
        && within(query, "EndTime", ended)
}

/// `Name`, `Name<` and `Name>`; a call without the instant matches none of them.
fn within(query: &Query, name: &str, instant: Option<Timestamp>) -> bool {
    let check = |suffix: &str, holds: fn(Timestamp, (Timestamp, Timestamp)) -> bool| {
        let Some(asked) = query.get(&format!("{name}{suffix}")) else { return true };
        matches!((instant, span(asked)), (Some(instant), Some(span)) if holds(instant, span))
    };
    check("", |instant, (from, until)| from <= instant && instant <= until)
        && check("<", |instant, (_, until)| instant <= until)
        && check(">", |instant, (from, _)| instant >= from)
}

/// A UTC day, or one second.
fn span(text: &str) -> Option<(Timestamp, Timestamp)> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some((instant, instant + Duration::from_millis(999)));
    }
    let day: Date = text.parse().ok()?;
    let start = |day: Date| Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp());
    Some((start(day)?, start(day.tomorrow().ok()?)? - Duration::from_millis(1)))
}

/// A call's lines in the debugger.
pub(super) fn notifications(office: &Office, sid: &str) -> Option<Value> {
    let books = office.books();
    let call = books.find(sid)?;
    let items = (0..call.problems.len()).map(|index| resource::notification(office, call, index)).collect();
    let account = &office.options.account_sid;
    let uri = format!("/{API_VERSION}/Accounts/{account}/Calls/{sid}/Notifications.json");
    Some(envelope("notifications", items, &uri))
}

/// The account's numbers.
pub(super) fn numbers(office: &Office, query: &str) -> Value {
    let query = Query::new(query);
    let asked = |number: &&String| query.get("PhoneNumber").is_none_or(|asked| asked == number.as_str());
    let numbers = office.options.numbers.iter().filter(asked);
    let items = numbers.map(|number| resource::number(office, number)).collect();
    let account = &office.options.account_sid;
    envelope(
        "incoming_phone_numbers",
        items,
        &format!("/{API_VERSION}/Accounts/{account}/IncomingPhoneNumbers.json"),
    )
}

/// The numbers it has verified.
pub(super) fn caller_ids(office: &Office, query: &str) -> Value {
    let query = Query::new(query);
    let asked = |number: &str| query.get("PhoneNumber").is_none_or(|asked| asked == number);
    let verified = office.options.verified.iter().enumerate().filter(|(_, number)| asked(number));
    let items = verified.map(|(place, number)| resource::caller_id(office, number, place)).collect();
    let account = &office.options.account_sid;
    envelope(
        "outgoing_caller_ids",
        items,
        &format!("/{API_VERSION}/Accounts/{account}/OutgoingCallerIds.json"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, instant: Option<&str>, expected: bool) {
        let instant = instant.map(|text| text.parse().unwrap());
        assert_eq!(within(&Query::new(query), "StartTime", instant), expected, "{query}");
    }

    #[test]
    fn instants_are_filtered_by_day_or_by_second() {
        let at = Some("2026-03-02T05:29:30.5Z");
        check("", at, true);
        check("", None, true);
        check("StartTime=2026-03-02", at, true);
        check("StartTime=2026-03-01", at, false);
        check("StartTime%3E=2026-03-02", at, true);
        check("StartTime%3E=2026-03-02T05:29:30Z", at, true);
        check("StartTime%3E=2026-03-02T05:29:31Z", at, false);
        check("StartTime%3C=2026-03-02T05:29:30Z", at, true);
        check("StartTime%3C=2026-03-01", at, false);
    }

    #[test]
    fn queued_calls_have_no_start_and_match_no_filter_on_it() {
        check("StartTime%3E=2026-03-02", None, false);
        check("StartTime%3C=2026-03-02", None, false);
    }
}
