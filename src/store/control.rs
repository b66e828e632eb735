//! A call of ours that the carrier's list must show: by it an empty list is believed, or not.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, millis};
use super::{Store, StoreError};
use crate::domain::attempt::AttemptKind;
use crate::domain::ids::CallId;
use crate::domain::phone::PhoneNumber;

/// A call that the carrier's list must show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The carrier's call.
    pub call: CallId,
    /// Whom it called.
    pub to: PhoneNumber,
    /// When it was asked for.
    pub intent_at: Timestamp,
}

impl Store {
    /// The newest call of ours that was asked for after `young` and was over by `old`.
    pub async fn find_control_call(
        &self,
        young: Timestamp,
        old: Timestamp,
    ) -> Result<Option<Control>, StoreError> {
        let found = sqlx::query(
            "SELECT call_id, to_number, intent_at_ms FROM attempts
             WHERE state = 'finished' AND call_id IS NOT NULL AND kind <> $1 AND intent_at_ms >= $2 AND finished_at_ms <= $3
             ORDER BY finished_at_ms DESC LIMIT 1",
        )
        .bind(AttemptKind::Inbound.name())
        .bind(millis(young))
        .bind(millis(old))
        .fetch_optional(&self.read)
        .await?;
        let control = |row: &SqliteRow| {
            let cells = Cells { row, table: "attempts" };
            Ok(Control {
                call: CallId::new(cells.get::<String>("call_id")?),
                to: cells.word("to_number", |text| PhoneNumber::parse(text).ok())?,
                intent_at: cells.instant("intent_at_ms")?,
            })
        };
        found.as_ref().map(control).transpose()
    }
}
