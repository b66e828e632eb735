//! Back-up people: whom to tell when a sleeper does not wake up.

use std::fmt;

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use url::Url;

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::{ContactId, SleeperId};
use crate::domain::notice::Channel;
use crate::domain::phone::PhoneNumber;

/// A sleeper's back-up person, with at least one way to reach them.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// Ours.
    pub id: ContactId,
    /// Whose back-up this is.
    pub sleeper: SleeperId,
    /// What the owner calls them.
    pub name: String,
    /// BCP 47 language tag of what they are told, such as `en-US`.
    pub language: String,
    /// The number to call.
    pub phone_number: Option<PhoneNumber>,
    /// Where JSON is posted.
    pub webhook: Option<Url>,
    /// The ntfy topic's address.
    pub ntfy: Option<Url>,
}

impl Contact {
    /// The ways by which they can be told.
    pub fn channels(&self) -> impl Iterator<Item = Channel> {
        let ways = [
            (Channel::Phone, self.phone_number.is_some()),
            (Channel::Webhook, self.webhook.is_some()),
            (Channel::Ntfy, self.ntfy.is_some()),
        ];
        ways.into_iter().filter(|(_, there)| *there).map(|(channel, _)| channel)
    }
}

// Whoever knows the addresses can write to that person.
impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact")
            .field("id", &self.id)
            .field("sleeper", &self.sleeper)
            .field("phone_number", &self.phone_number)
            .field("webhook", &self.webhook.is_some())
            .field("ntfy", &self.ntfy.is_some())
            .finish_non_exhaustive()
    }
}

const BY_SLEEPER: &str = "SELECT * FROM contacts WHERE sleeper_id = $1 ORDER BY created_at_ms, id";

impl Store {
    /// A sleeper's back-up people, the earliest known first.
    pub async fn list_contacts(&self, sleeper: SleeperId) -> Result<Vec<Contact>, StoreError> {
        let rows = sqlx::query(BY_SLEEPER).bind(sleeper.to_string()).fetch_all(&self.read).await?;
        rows.iter().map(from_row).collect()
    }

    /// One of them; `None` when they were removed.
    pub async fn find_contact(&self, id: ContactId) -> Result<Option<Contact>, StoreError> {
        let found = sqlx::query("SELECT * FROM contacts WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()
    }
}

impl Change {
    /// A sleeper's back-up people, as this change sees them.
    pub async fn contacts(&mut self, sleeper: SleeperId) -> Result<Vec<Contact>, StoreError> {
        let rows = sqlx::query(BY_SLEEPER).bind(sleeper.to_string()).fetch_all(&mut *self.tx).await?;
        rows.iter().map(from_row).collect()
    }

    /// Adds a back-up person.
    pub async fn add_contact(&mut self, contact: &Contact, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO contacts (id, sleeper_id, name, language, phone_number, webhook_url, ntfy_url, created_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(contact.id.to_string())
        .bind(contact.sleeper.to_string())
        .bind(&contact.name)
        .bind(&contact.language)
        .bind(contact.phone_number.as_ref().map(PhoneNumber::as_str))
        .bind(contact.webhook.as_ref().map(Url::as_str))
        .bind(contact.ntfy.as_ref().map(Url::as_str))
        .bind(millis(now))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Removes a back-up person; what was still to be told them is given up. False when there was none.
    pub async fn remove_contact(&mut self, id: ContactId) -> Result<bool, StoreError> {
        let removed = sqlx::query("DELETE FROM contacts WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(removed.rows_affected() == 1)
    }
}

fn from_row(row: &SqliteRow) -> Result<Contact, StoreError> {
    let cells = Cells { row, table: "contacts" };
    let number = cells.get::<Option<&str>>("phone_number")?.map(PhoneNumber::parse).transpose();
    Ok(Contact {
        id: cells.parse("id")?,
        sleeper: cells.parse("sleeper_id")?,
        name: cells.get("name")?,
        language: cells.get("language")?,
        phone_number: number.map_err(|_| cells.corrupt("phone_number"))?,
        webhook: cells.parse_if_set("webhook_url")?,
        ntfy: cells.parse_if_set("ntfy_url")?,
    })
}
