//! Places to walk to: printed codes and devices.

use super::dto::{PlaceNew, PlaceShown};
use super::named::{Named, find, told};
use super::{Desk, DeskError};
use crate::domain::ids::Nonce;
use crate::store::StoreError;
use crate::store::places::{Place, PlaceKey};

/// Longer ones do not fit on the paper.
const NAME_MAX: usize = 40;

impl Named for Place {
    const WHAT: &'static str = "place";

    fn id(&self) -> String {
        String::new()
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

impl Desk {
    /// All places, by name.
    pub async fn list_places(&self) -> Result<Vec<PlaceShown>, DeskError> {
        let mut shown = Vec::new();
        for place in self.store.list_places().await? {
            shown.push(self.show_place(&place).await?);
        }
        Ok(shown)
    }

    /// Adds a place, with a code of its own unless a device stands there.
    pub async fn add_place(&self, new: &PlaceNew) -> Result<PlaceShown, DeskError> {
        let now = self.clock.now();
        let sleeper = match &new.sleeper {
            Some(named) => Some(self.find_sleeper(named).await?.id),
            None => None,
        };
        let key = match &new.device {
            Some(device) => PlaceKey::Device(device_of(device)?),
            None => PlaceKey::Printed(self.with_rng(Nonce::new)),
        };
        let place = Place { name: name(&new.name)?, sleeper, key };
        let mut change = self.store.change().await?;
        change.add_place(&place, now).await.map_err(|error| taken(error, &place))?;
        change.record_audit(None, "place_added", &place.name, now).await?;
        change.commit().await?;
        tracing::info!(place = place.name, "A place was added");
        self.show_place(&place).await
    }

    /// Makes a new code for a place; every paper with the old one is worth nothing any more.
    pub async fn renew_place(&self, named: &str) -> Result<PlaceShown, DeskError> {
        let known = self.store.list_places().await?;
        let place = find(named, &known)?;
        if matches!(place.key, PlaceKey::Device(_)) {
            return Err(DeskError::conflict(
                format!("A device stands at {}, and no code hangs there.", place.name),
                "Remove the place and add it again to have a code.",
            ));
        }
        let now = self.clock.now();
        let secret = self.with_rng(Nonce::new);
        let mut change = self.store.change().await?;
        change.renew_place(&place.name, &secret, now).await?;
        change.record_audit(None, "place_renewed", &place.name, now).await?;
        change.commit().await?;
        tracing::info!(place = place.name, "The code of a place was renewed");
        self.show_place(&Place { key: PlaceKey::Printed(secret), ..place.clone() }).await
    }

    /// Forgets a place; what it was.
    pub async fn remove_place(&self, named: &str) -> Result<PlaceShown, DeskError> {
        let known = self.store.list_places().await?;
        let place = find(named, &known)?;
        let mut change = self.store.change().await?;
        change.remove_place(&place.name).await?;
        change.record_audit(None, "place_removed", &place.name, self.clock.now()).await?;
        change.commit().await?;
        tracing::info!(place = place.name, "A place was removed");
        self.show_place(place).await
    }

    async fn show_place(&self, place: &Place) -> Result<PlaceShown, DeskError> {
        let sleeper_name = match place.sleeper {
            Some(id) => self.store.load_sleeper(id).await?.name,
            None => None,
        };
        let (path, url, device) = match &place.key {
            PlaceKey::Device(device) => (None, None, Some(device.clone())),
            PlaceKey::Printed(secret) => {
                let daemon = self.daemon.as_ref();
                let url = daemon.map(|daemon| daemon.calls.addresses().proof(secret).to_string());
                (Some(format!("proof/{}", secret.as_str())), url, None)
            }
        };
        Ok(PlaceShown {
            name: place.name.clone(),
            sleeper: place.sleeper.map(|id| id.to_string()),
            sleeper_name,
            device,
            path,
            url,
        })
    }
}

fn name(text: &str) -> Result<String, DeskError> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = |c: char| c.is_alphanumeric() || " -_'.".contains(c);
    if (1..=NAME_MAX).contains(&name.chars().count()) && name.chars().all(fits) {
        return Ok(name);
    }
    let said = format!("`{}` is no name for a place.", told(text));
    Err(DeskError::invalid("name", said, "Write up to 40 letters and digits, such as `kitchen`."))
}

fn device_of(text: &str) -> Result<String, DeskError> {
    let device = text.trim().to_lowercase();
    if (1..=80).contains(&device.chars().count()) && !device.contains(char::is_control) {
        return Ok(device);
    }
    let said = format!("`{}` is no device's name.", told(text));
    Err(DeskError::invalid("device", said, "Write what its webhooks say of it, such as 74ACB99F4E24."))
}

fn taken(error: StoreError, place: &Place) -> DeskError {
    match error {
        StoreError::Duplicate => DeskError::conflict(
            format!("There is a place `{}` already, or one with that device.", place.name),
            "Choose another name, or remove the old one first.",
        ),
        other => other.into(),
    }
}
