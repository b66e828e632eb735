//! The carrier's account: who we are to it, what it lets us do, and whether its clock is ours.

use jiff::{SignedDuration, Timestamp};

use super::finding::{Finding, symptoms};
use super::patient::{CarrierAccount, Patient};
use crate::telephony::client::{Account, AccountKind, Balance};
use crate::telephony::error::{CarrierError, Cause};

symptoms! {
    ACCOUNT = Ok "twilio.account": "The credentials are right, and the account is a full and active one.";
    OTHER_KIND = Note "twilio.other-kind": "The carrier does not say what kind of account this is; compatible carriers have no such word.";
    TRIAL = Warn "twilio.trial" ["13805"]: "A trial account takes the media stream out of every document, so all calls are traditional; it ends calls after ten minutes and ten turns, and calls verified numbers only."
        => "Upgrade the account in the carrier's console, then restart this program: it asks for the kind of account at the start.";
    UNVERIFIED = Fail "twilio.unverified" ["21219"]: "A trial account calls verified numbers only, and a sleeper's number is not verified."
        => "Verify the number in the console (Phone Numbers, Verified Caller IDs), or upgrade the account.";
    CREDENTIALS = Fail "twilio.credentials" ["20003"]: "The carrier does not take the credentials: no call can be placed."
        => "Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN from the console again (or TWILIO_API_KEY and TWILIO_API_SECRET; keys belong to a region). A suspended account answers the same.";
    SUSPENDED = Fail "twilio.suspended" ["20005"]: "The account is not active: no call can be placed."
        => "See the console for the reason, which is mostly an unpaid bill.";
    FORBIDDEN = Fail "twilio.forbidden" ["20008"]: "The credentials may not ask this: test credentials, or a key with few rights."
        => "Use the account's live token, or a standard key.";
    NO_ACCOUNT = Fail "twilio.no-account" ["20404"]: "There is no such account at this address."
        => "Check TWILIO_ACCOUNT_SID, and TWILIO_API_URL if you set it.";
    THROTTLED = Warn "twilio.throttled" ["20429"]: "The account makes too many requests at once; calls may be late."
        => "Find what else uses the account, and run the doctor again.";
    DOWN = Fail "twilio.down" ["20500"]: "The carrier's API fails. Calls are looked up before they are placed again, and are late for as long as this lasts."
        => "See the carrier's status page, and run the doctor again.";
    UNREACHABLE = Fail "twilio.unreachable": "No connection to the carrier's API could be made from here."
        => "Check this machine's network, name service and firewall, and TWILIO_API_URL if you set it.";
    SILENT = Fail "twilio.silent": "The carrier's API took the request and did not answer."
        => "Run the doctor again; if it stays silent, look for a proxy or firewall on the way out.";
    GARBAGE = Fail "twilio.garbage": "Something answers at the address of the carrier's API that is not the carrier."
        => "Check TWILIO_API_URL; on a network with a sign-in page, sign in.";
    NUMBER = Ok "twilio.number": "The account owns the number we call from, and it can make calls.";
    NOT_OWNED = Fail "twilio.not-owned" ["21210"]: "The account neither owns nor has verified the number we call from: every call is refused."
        => "Set TWILIO_PHONE_NUMBER to a number of this account, or verify it as a caller ID.";
    CALLER_ID = Note "twilio.caller-id": "The number we call from is a verified caller ID, not a number of the account: calls work, calling back does not.";
    MUTE = Fail "twilio.no-voice" ["21212"]: "The number we call from cannot make calls."
        => "Buy a number with the capability `Voice` and set TWILIO_PHONE_NUMBER to it.";
    NO_NUMBER_SAID = Note "twilio.number-unknown": "Whether the number is ours could not be asked.";
    BALANCE = Ok "twilio.balance": "There is money for many calls.";
    LOW = Warn "twilio.balance-low": "The balance covers few more calls."
        => "Add money in the console, or switch automatic recharge on.";
    EMPTY = Fail "twilio.balance-empty": "Nothing is left: the account is about to be suspended."
        => "Add money in the console.";
    CLOCK = Ok "twilio.clock": "This machine's clock and the carrier's agree.";
    CLOCK_OFF = Warn "twilio.clock-off": "This machine's clock is some seconds off the carrier's; calls come as much too early or too late."
        => "Have the clock kept: `timedatectl set-ntp true`.";
    CLOCK_WRONG = Fail "twilio.clock-wrong": "This machine's clock is wrong: people are woken at the wrong time."
        => "Set the clock, and have it kept: `timedatectl set-ntp true`.";
    ABROAD = Note "twilio.abroad" ["21215"]: "A sleeper's number lies in another country than ours. Calls to each country must be permitted, and the carrier tells only when a call is refused."
        => "In the console, Voice, Settings, Geo permissions: permit that country. `wakeup-coach call` shows whether it works.";
}

/// An answer takes a moment on its way, and its date has whole seconds.
const CLOCK_NEAR: SignedDuration = SignedDuration::from_secs(5);
/// So far off, a wake-up call is at the wrong time.
const CLOCK_FAR: SignedDuration = SignedDuration::from_secs(60);
/// Less than this is a few calls abroad.
const LOW_BALANCE: f64 = 2.0;
/// Sleepers looked at; each costs a request on a trial account.
const SLEEPERS_MAX: usize = 5;

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let Some(CarrierAccount { carrier, from }) = &patient.carrier else { return Vec::new() };
    let account = match carrier.account().await {
        Ok(account) => account,
        Err(error) => return vec![trouble(&error)],
    };
    let mut found = vec![kind(&account)];
    found.extend(account.server_date.map(|theirs| clock(theirs, patient.clock.now())));
    found.push(match number(patient).await {
        Ok(finding) => finding,
        Err(error) => NO_NUMBER_SAID.saw(format!("The list of numbers: {error}")),
    });
    // Not every compatible carrier tells its balance.
    found.extend(carrier.balance().await.ok().map(|left| balance(&left)));
    if account.kind == AccountKind::Trial {
        found.extend(unverified(patient).await);
    }
    found.extend(abroad(patient, from.as_str()).await);
    found
}

/// What a refusal to say who we are means.
fn trouble(error: &CarrierError) -> Finding {
    let symptom = match error {
        CarrierError::Refused { status: 401, .. } => CREDENTIALS,
        CarrierError::Refused { status: 404, .. } => NO_ACCOUNT,
        CarrierError::Refused { .. } => FORBIDDEN,
        CarrierError::Throttled { .. } => THROTTLED,
        CarrierError::Unknown(Cause::Late(_)) => SILENT,
        CarrierError::Unknown(Cause::Garbage(_) | Cause::Status(300..=399)) => GARBAGE,
        CarrierError::Unknown(Cause::Status(_)) => DOWN,
        CarrierError::NotSent(_) | CarrierError::Unknown(_) => UNREACHABLE,
    };
    symptom.saw(causes(error)).with_code(error.code())
}

fn causes(error: &CarrierError) -> String {
    match error {
        CarrierError::NotSent(cause) | CarrierError::Unknown(cause) => format!("{error}: {cause}"),
        other => other.to_string(),
    }
}

fn kind(account: &Account) -> Finding {
    if let Some(status) = account.status.as_deref().filter(|status| *status != "active") {
        return SUSPENDED.saw(format!("The account is {status}"));
    }
    match &account.kind {
        AccountKind::Full => ACCOUNT.saw("A full account, active"),
        AccountKind::Trial => TRIAL.saw("The carrier calls this a Trial account"),
        AccountKind::Other(word) => OTHER_KIND.saw(format!("The kind of account is `{word}`")),
    }
}

fn clock(theirs: Timestamp, ours: Timestamp) -> Finding {
    let ahead = ours.duration_since(theirs);
    let symptom = match ahead.abs() {
        off if off <= CLOCK_NEAR => CLOCK,
        off if off <= CLOCK_FAR => CLOCK_OFF,
        _ => CLOCK_WRONG,
    };
    let way = if ahead.is_negative() { "behind" } else { "ahead of" };
    symptom.saw(format!("The clock is {} s {way} the carrier's", ahead.abs().as_secs()))
}

async fn number(patient: &Patient) -> Result<Finding, CarrierError> {
    let Some(CarrierAccount { carrier, from }) = &patient.carrier else {
        return Ok(NO_NUMBER_SAID.saw("There is no account"));
    };
    let shown = from.masked();
    match carrier.owned_number(from).await? {
        Some(number) if number.voice == Some(false) => Ok(MUTE.saw(format!("{shown} has no voice"))),
        Some(_) => Ok(NUMBER.saw(format!("{shown} is owned"))),
        None if carrier.is_verified(from).await? => Ok(CALLER_ID.saw(format!("{shown} is verified"))),
        None => Ok(NOT_OWNED.saw(format!("{shown} is not among the account's numbers"))),
    }
}

fn balance(left: &Balance) -> Finding {
    let symptom = match left.amount {
        amount if amount <= 0.0 => EMPTY,
        amount if amount < LOW_BALANCE => LOW,
        _ => BALANCE,
    };
    symptom.saw(format!("{:.2} {} are left", left.amount, left.currency.as_deref().unwrap_or_default()))
}

async fn unverified(patient: &Patient) -> Vec<Finding> {
    let (Some(store), Some(account)) = (patient.store(), &patient.carrier) else { return Vec::new() };
    let Ok(sleepers) = store.list_sleepers().await else { return Vec::new() };
    let mut found = Vec::new();
    for sleeper in sleepers.iter().take(SLEEPERS_MAX) {
        if let Ok(false) = account.carrier.is_verified(&sleeper.phone_number).await {
            found.push(UNVERIFIED.saw(format!("{} is not verified", sleeper.phone_number.masked())));
        }
    }
    found
}

/// Country codes are told apart by their first digits as far as needed: it is a note in any case.
async fn abroad(patient: &Patient, from: &str) -> Option<Finding> {
    let sleepers = patient.store()?.list_sleepers().await.ok()?;
    let home = country(from);
    let far = sleepers.iter().find(|sleeper| country(sleeper.phone_number.as_str()) != home)?;
    Some(ABROAD.saw(format!("We call from {home}…, and a sleeper is at {}", far.phone_number.masked())))
}

/// The country code: one digit for the zones 1 and 7, else the two digits that name a zone's corner.
fn country(number: &str) -> &str {
    let digits = if number.starts_with("+1") || number.starts_with("+7") { 2 } else { 3 };
    number.get(..digits).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_with_the_patience_that_whole_seconds_need() {
        let ours: Timestamp = "2026-11-21T06:30:00Z".parse().unwrap();
        for (seconds, id) in [
            (0, "twilio.clock"),
            (-4, "twilio.clock"),
            (6, "twilio.clock-off"),
            (-59, "twilio.clock-off"),
            (61, "twilio.clock-wrong"),
            (-86_400, "twilio.clock-wrong"),
        ] {
            let theirs = ours + SignedDuration::from_secs(seconds);
            assert_eq!(clock(theirs, ours).id, id, "{seconds}");
        }
        let finding = clock(ours + SignedDuration::from_secs(90), ours);
        assert_eq!(finding.saw, "The clock is 90 s behind the carrier's");
    }

    #[test]
    fn what_a_compatible_carrier_leaves_out_is_no_fault() {
        let account = Account { kind: AccountKind::Other(String::new()), status: None, server_date: None };
        assert_eq!(kind(&account).id, "twilio.other-kind");
    }
}
