//! Tokens that may do a part of what the owner may; what is kept of them opens nothing.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::TokenId;
use crate::domain::scope::Scope;

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// Ours.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last noted to be used.
    pub last_used_at: Option<Timestamp>,
}

impl Store {
    /// All tokens, the oldest first.
    pub async fn list_tokens(&self) -> Result<Vec<StoredToken>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM tokens ORDER BY created_at_ms, id").fetch_all(&self.read).await?;
        rows.iter().map(from_row).collect()
    }

    /// The token with this digest; `None` when it was never made, or is gone.
    pub async fn find_token(&self, digest: &str) -> Result<Option<StoredToken>, StoreError> {
        let found = sqlx::query("SELECT * FROM tokens WHERE digest = $1")
            .bind(digest)
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()
    }
}

impl Change {
    /// Keeps a token's digest; its name is its own.
    pub async fn add_token(&mut self, token: &StoredToken, digest: &str) -> Result<(), StoreError> {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
        sqlx::query(
            "INSERT INTO tokens (id, name, digest, scopes, created_at_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(token.id.to_string())
        .bind(&token.name)
        .bind(digest)
        .bind(scopes.join(","))
        .bind(millis(token.created_at))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Notes that a token was used.
    pub async fn mark_token_used(&mut self, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE tokens SET last_used_at_ms = $1 WHERE id = $2")
            .bind(millis(now))
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Forgets a token, which opens nothing from then on.
    pub async fn remove_token(&mut self, id: TokenId) -> Result<(), StoreError> {
        let removed = sqlx::query("DELETE FROM tokens WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        if removed.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound("token")) }
    }
}

fn from_row(row: &SqliteRow) -> Result<StoredToken, StoreError> {
    let cells = Cells { row, table: "tokens" };
    let scopes: Option<Vec<Scope>> = cells.get::<&str>("scopes")?.split(',').map(Scope::from_name).collect();
    Ok(StoredToken {
        id: cells.parse("id")?,
        name: cells.get("name")?,
        scopes: scopes.ok_or_else(|| cells.corrupt("scopes"))?,
        created_at: cells.instant("created_at_ms")?,
        last_used_at: cells.instant_if_set("last_used_at_ms")?,
    })
}
