//! What the account owns and may do, for the doctor: nothing here places or changes anything.

use reqwest::Method;
use url::Url;

use super::super::error::{CarrierError, without_personal_data};
use super::super::wire::{AlertsBody, BalanceBody, CallerIdsBody, NumbersBody};
use super::{Carrier, garbage};
use crate::domain::ids::CallId;
use crate::domain::phone::PhoneNumber;

/// Alerts read of one call: the first says what went wrong, the others follow from it.
const ALERTS_MAX: &str = "20";

/// A number of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnedNumber {
    /// Whether it can make telephone calls; `None` when the carrier does not say.
    pub voice: Option<bool>,
}

/// What is left to spend.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// In the account's currency; negative when it owes.
    pub amount: f64,
    /// Such as `USD`; `None` when the carrier does not say.
    pub currency: Option<String>,
}

/// A line of the carrier's own debugger about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Such as 31920.
    pub code: u32,
    /// The carrier's words, without numbers and addresses.
    pub text: String,
    /// Whether it is only a warning.
    pub warning: bool,
}

impl Carrier {
    /// A number as the account owns it; `None` when it does not.
    pub async fn owned_number(&self, number: &PhoneNumber) -> Result<Option<OwnedNumber>, CarrierError> {
        let url = self.filtered("IncomingPhoneNumbers.json", number)?;
        let body: NumbersBody = self
            .send(Method::GET, url, None)
            .await?
            .json()
            .ok_or_else(|| garbage("is not a list of numbers"))?;
        let ours =
            body.incoming_phone_numbers.into_iter().find(|item| is(item.phone_number.as_deref(), number));
        Ok(ours.map(|item| OwnedNumber { voice: item.capabilities.and_then(|may| may.voice) }))
    }

    /// Whether the account has verified a number that it does not own.
    pub async fn is_verified(&self, number: &PhoneNumber) -> Result<bool, CarrierError> {
        let url = self.filtered("OutgoingCallerIds.json", number)?;
        let body: CallerIdsBody = self
            .send(Method::GET, url, None)
            .await?
            .json()
            .ok_or_else(|| garbage("is not a list of caller ids"))?;
        Ok(body.outgoing_caller_ids.iter().any(|item| is(item.phone_number.as_deref(), number)))
    }

    /// What is left to spend.
    pub async fn balance(&self) -> Result<Balance, CarrierError> {
        let url = self.endpoint(&["Balance.json"])?;
        let body: BalanceBody =
            self.send(Method::GET, url, None).await?.json().ok_or_else(|| garbage("is not a balance"))?;
        let amount =
            body.balance.and_then(|text| text.parse().ok()).ok_or_else(|| garbage("has no balance"))?;
        Ok(Balance { amount, currency: body.currency })
    }

    /// What the carrier complained about in a call, the gravest first.
    pub async fn alerts(&self, call: &CallId) -> Result<Vec<Alert>, CarrierError> {
        let mut url = self.endpoint(&["Calls", call.as_str(), "Notifications.json"])?;
        url.query_pairs_mut().append_pair("PageSize", ALERTS_MAX);
        let body: AlertsBody = self
            .send(Method::GET, url, None)
            .await?
            .json()
            .ok_or_else(|| garbage("is not a list of alerts"))?;
        let read = |item: super::super::wire::AlertBody| {
            Some(Alert {
                code: item.error_code?.parse().ok()?,
                // Their text is a query string of particulars, some of them addresses.
                text: without_personal_data(&item.message_text.unwrap_or_default()),
                warning: item.log.as_deref() == Some("1"),
            })
        };
        let mut alerts: Vec<Alert> = body.notifications.into_iter().filter_map(read).collect();
        alerts.sort_by_key(|alert| alert.warning);
        Ok(alerts)
    }

    fn filtered(&self, leaf: &str, number: &PhoneNumber) -> Result<Url, CarrierError> {
        let mut url = self.endpoint(&[leaf])?;
        url.query_pairs_mut().append_pair("PhoneNumber", number.as_str());
        Ok(url)
    }
}

/// The filter matches parts of numbers, so what it gives is compared in full.
fn is(text: Option<&str>, number: &PhoneNumber) -> bool {
    text.is_some_and(|text| text == number.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::tests::fake::{FakeCarrier, json};
    use super::*;

    fn number() -> PhoneNumber {
        PhoneNumber::parse("+15005550006").unwrap()
    }

    #[tokio::test]
    async fn a_number_is_owned_when_it_is_listed_in_full() {
        let listed = |number: &str, voice: &str| {
            let body = format!(
                r#"{{"incoming_phone_numbers":[{{"phone_number":"{number}","capabilities":{voice}}}],"page":0}}"#
            );
            json("200 OK", &body)
        };
        let fake = FakeCarrier::answering(vec![
            listed("+15005550006", r#"{"voice":true,"sms":false}"#),
            listed("+15005550006", "null"),
            listed("+150055500060", r#"{"voice":true}"#),
            json("200 OK", r#"{"incoming_phone_numbers":[]}"#),
        ])
        .await;
        let carrier = fake.client();
        let mut found = Vec::new();
        for _ in 0..4 {
            found.push(carrier.owned_number(&number()).await.unwrap().map(|number| number.voice));
        }
        assert_eq!(found, [Some(Some(true)), Some(None), None, None]);
        let asked = "GET /2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json?PhoneNumber=%2B15005550006 ";
        assert!(fake.requests()[0].starts_with(asked), "{}", fake.requests()[0]);
    }

    #[tokio::test]
    async fn a_balance_and_verified_numbers_are_read() {
        let fake = FakeCarrier::answering(vec![
            json("200 OK", r#"{"balance":"-1.50","currency":"USD"}"#),
            json("200 OK", r#"{"outgoing_caller_ids":[{"phone_number":"+15005550006"}]}"#),
            json("200 OK", r#"{"outgoing_caller_ids":[]}"#),
        ])
        .await;
        let carrier = fake.client();
        let balance = carrier.balance().await.unwrap();
        assert_eq!(balance, Balance { amount: -1.5, currency: Some("USD".to_owned()) });
        assert!(carrier.is_verified(&number()).await.unwrap());
        assert!(!carrier.is_verified(&number()).await.unwrap());
    }

    #[tokio::test]
    async fn alerts_come_gravest_first_and_without_addresses() {
        let body = r#"{"notifications":[
            {"error_code":"12200","log":"1","message_text":"Schema warning"},
            {"error_code":"31920","log":"0","message_text":"Handshake at wss://wake.example.com/media-stream/00ff"},
            {"error_code":"what"}]}"#;
        let fake = FakeCarrier::answering(vec![json("200 OK", body)]).await;
        let alerts = fake.client().alerts(&CallId::new("CA1")).await.unwrap();
        assert_eq!(alerts.iter().map(|alert| alert.code).collect::<Vec<_>>(), [31920, 12200]);
        assert_eq!(alerts[0].text, "Handshake at [address]");
    }

    #[tokio::test]
    async fn refusals_and_garbage_are_errors() {
        let fake = FakeCarrier::answering(vec![
            json("401 X", r#"{"code":20003,"message":"Authenticate","status":401}"#),
            json("200 OK", "<html>"),
            json("200 OK", r#"{"balance":"plenty"}"#),
            json("200 OK", "{}"),
        ])
        .await;
        let carrier = fake.client();
        assert_eq!(carrier.balance().await.unwrap_err().code(), Some(20003));
        for _ in 0..2 {
            assert!(matches!(carrier.balance().await, Err(CarrierError::Unknown(_))));
        }
        assert!(matches!(carrier.owned_number(&number()).await, Err(CarrierError::Unknown(_))));
    }
}
