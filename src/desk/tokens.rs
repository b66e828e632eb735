//! Tokens that may do a part of what the owner may: made, recognised, taken back.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use ring::digest::{SHA256, digest};
use secrecy::SecretString;

use super::dto::{TokenMade, TokenNew, TokenShown};
use super::named::{Named, find, short};
use super::words::name;
use super::{Desk, DeskError};
use crate::domain::ids::TokenId;
use crate::domain::scope::Scope;
use crate::store::StoreError;
use crate::store::tokens::StoredToken;

/// What all of them begin with, so that people and scanners for leaked secrets know one when they see it.
const PREFIX: &str = "wuc_";
/// 256 random bits in hexadecimal: nothing to guess, so a plain digest of it is enough to keep.
const DIGITS: usize = 64;
/// A use is noted no more often than this, for each noting is a write.
const NOTE_USE_EVERY: SignedDuration = SignedDuration::from_hours(1);

impl Named for StoredToken {
    const WHAT: &'static str = "token";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

impl Desk {
    /// Makes a token; it is shown this once.
    pub async fn add_token(&self, new: &TokenNew) -> Result<TokenMade, DeskError> {
        let now = self.clock.now();
        let (id, token) = self.with_rng(|rng| {
            let (high, low) = (rng.random::<u128>(), rng.random::<u128>());
            (TokenId::new(now, rng), format!("{PREFIX}{high:032x}{low:032x}"))
        });
        let stored = StoredToken {
            id,
            name: name("name", &new.name)?,
            scopes: scopes(&new.scopes)?,
            created_at: now,
            last_used_at: None,
        };
        let mut change = self.store.change().await?;
        change.add_token(&stored, &digest_of(&token)).await.map_err(name_taken)?;
        change.record_audit(None, "token_added", &stored.name, now).await?;
        change.commit().await?;
        tracing::info!(token = %id, "A token was made");
        Ok(TokenMade { token: SecretString::from(token), kept: shown(&stored) })
    }

    /// All tokens, the oldest first.
    pub async fn list_tokens(&self) -> Result<Vec<TokenShown>, DeskError> {
        Ok(self.store.list_tokens().await?.iter().map(shown).collect())
    }

    /// Takes a token back, by name or identifier: from now on it opens nothing.
    pub async fn remove_token(&self, named: &str) -> Result<TokenShown, DeskError> {
        let tokens = self.store.list_tokens().await?;
        let token = find(named, &tokens)?;
        let mut change = self.store.change().await?;
        change.remove_token(token.id).await?;
        change.record_audit(None, "token_removed", &token.name, self.clock.now()).await?;
        change.commit().await?;
        tracing::info!(token = %token.id, "A token was taken back");
        Ok(shown(token))
    }

    /// What the bearer of `token` may do; `None` when it is none of ours.
    pub async fn recognise(&self, token: &str) -> Result<Option<Vec<Scope>>, DeskError> {
        // Most wrong tokens do not look like ours, and need no look into the database.
        if !looks_like_ours(token) {
            return Ok(None);
        }
        let Some(found) = self.store.find_token(&digest_of(token)).await? else { return Ok(None) };
        self.note_use(&found).await;
        Ok(Some(found.scopes))
    }

    async fn note_use(&self, token: &StoredToken) {
        let now = self.clock.now();
        if token.last_used_at.is_some_and(|last| now.duration_since(last) < NOTE_USE_EVERY) {
            return;
        }
        // A note that fails must not keep the bearer out.
        if let Err(error) = self.write_use(token.id, now).await {
            tracing::warn!(%error, "Could not note that a token was used");
        }
    }

    async fn write_use(&self, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.mark_token_used(id, now).await?;
        change.commit().await
    }
}

fn looks_like_ours(token: &str) -> bool {
    let digits = token.strip_prefix(PREFIX).unwrap_or_default();
    digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn digest_of(token: &str) -> String {
    digest(&SHA256, token.as_bytes()).as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // Writing to a string cannot fail.
        text
    })
}

fn scopes(wanted: &[Scope]) -> Result<Vec<Scope>, DeskError> {
    let mut scopes = wanted.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        let hint = "Choose among read, schedule, dial and doorbell.";
        return Err(DeskError::invalid("scopes", "A token without a scope opens nothing.", hint));
    }
    Ok(scopes)
}

fn name_taken(error: StoreError) -> DeskError {
    match error {
        StoreError::Duplicate => DeskError::conflict(
            "There is a token of that name already.",
            "Take that one back, or choose another name.",
        ),
        other => other.into(),
    }
}

fn shown(token: &StoredToken) -> TokenShown {
    let id = token.id.to_string();
    TokenShown {
        short_id: short(&id),
        id,
        name: token.name.clone(),
        scopes: token.scopes.clone(),
        created_at: token.created_at,
        last_used_at: token.last_used_at,
    }
}
