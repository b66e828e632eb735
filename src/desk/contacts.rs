//! Back-up people: listed, added, removed.

use url::Url;

use super::dto::{ContactNew, ContactShown};
use super::named::{Named, find, short};
use super::sleepers::{language, phone};
use super::words::name;
use super::{Desk, DeskError};
use crate::domain::ids::ContactId;
use crate::store::contacts::Contact;

/// Whoever must be told by so many people has another problem.
const CONTACTS_MAX: usize = 10;

impl Named for Contact {
    const WHAT: &'static str = "contact";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

impl Desk {
    /// A sleeper's back-up people.
    pub async fn list_contacts(&self, sleeper: &str) -> Result<Vec<ContactShown>, DeskError> {
        let sleeper = self.find_sleeper(sleeper).await?;
        Ok(self.store.list_contacts(sleeper.id).await?.iter().map(shown).collect())
    }

    /// Adds somebody to tell when she does not wake up.
    pub async fn add_contact(&self, sleeper: &str, new: &ContactNew) -> Result<ContactShown, DeskError> {
        let sleeper = self.find_sleeper(sleeper).await?;
        let now = self.clock.now();
        let contact = Contact {
            id: self.with_rng(|rng| ContactId::new(now, rng)),
            sleeper: sleeper.id,
            name: name("name", &new.name)?,
            language: language(new.language.as_deref().unwrap_or(&sleeper.language))?,
            phone_number: new.phone.as_deref().map(phone).transpose()?,
            webhook: new.webhook.as_deref().map(|text| address("webhook", text)).transpose()?,
            ntfy: new.ntfy.as_deref().map(|text| address("ntfy", text)).transpose()?,
        };
        if contact.channels().next().is_none() {
            return Err(DeskError::invalid(
                "phone",
                "There is no way to reach that person.",
                "Give a phone, a webhook or an ntfy topic.",
            ));
        }
        if contact.phone_number.as_ref() == Some(&sleeper.phone_number) {
            return Err(DeskError::invalid(
                "phone",
                "That is the sleeper's own number, which is what nobody answers then.",
                "Give another one.",
            ));
        }
        let mut change = self.store.change().await?;
        let known = change.contacts(sleeper.id).await?;
        if known.iter().any(|other| other.name.to_lowercase() == contact.name.to_lowercase()) {
            return Err(DeskError::conflict(
                format!("There is a contact called {} already.", contact.name),
                "Remove that one first, or choose another name.",
            ));
        }
        if known.len() >= CONTACTS_MAX {
            return Err(DeskError::conflict(
                format!("There are {CONTACTS_MAX} contacts already."),
                "Remove one first.",
            ));
        }
        change.add_contact(&contact, now).await?;
        change.record_audit(None, "contact_added", &contact.id.to_string(), now).await?;
        change.commit().await?;
        tracing::info!(sleeper = %sleeper.id, contact = %contact.id, "A back-up person was added");
        Ok(shown(&contact))
    }

    /// Removes one; what was still to be told them is given up.
    pub async fn remove_contact(&self, sleeper: &str, named: &str) -> Result<(), DeskError> {
        let sleeper = self.find_sleeper(sleeper).await?;
        let known = self.store.list_contacts(sleeper.id).await?;
        let contact = find(named, &known)?;
        let mut change = self.store.change().await?;
        change.remove_contact(contact.id).await?;
        change.record_audit(None, "contact_removed", &contact.id.to_string(), self.clock.now()).await?;
        Ok(change.commit().await?)
    }
}

fn shown(contact: &Contact) -> ContactShown {
    let id = contact.id.to_string();
    ContactShown {
        short_id: short(&id),
        id,
        name: contact.name.clone(),
        phone: contact.phone_number.as_ref().map(|number| number.as_str().to_owned()),
        webhook: contact.webhook.as_ref().map(Url::to_string),
        ntfy: contact.ntfy.as_ref().map(Url::to_string),
        language: contact.language.clone(),
    }
}

fn address(field: &'static str, text: &str) -> Result<Url, DeskError> {
    let wrong = || {
        DeskError::invalid(
            field,
            "That is not a web address.",
            "Write it as https://ntfy.example.com/topic, without a name or password in it.",
        )
    };
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let fits = matches!(url.scheme(), "http" | "https") && url.has_host();
    let open = url.username().is_empty() && url.password().is_none();
    if fits && open { Ok(url) } else { Err(wrong()) }
}
