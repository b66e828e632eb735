//! When everything that is planned is due, for whoever looks at all of it together.

use jiff::Timestamp;

use super::cells::Cells;
use super::{Store, StoreError};
use crate::domain::ids::ScheduleId;

impl Store {
    /// The due instants of all that is planned, in order, with the rule they come from.
    pub async fn list_planned_instants(&self) -> Result<Vec<(Timestamp, Option<ScheduleId>)>, StoreError> {
        let rows = sqlx::query(
            "SELECT due_at_ms, schedule_id FROM occurrences WHERE phase = 'planned' ORDER BY due_at_ms, id",
        )
        .fetch_all(&self.read)
        .await?;
        let cells = |row| Cells { row, table: "occurrences" };
        rows.iter()
            .map(|row| Ok((cells(row).instant("due_at_ms")?, cells(row).parse_if_set("schedule_id")?)))
            .collect()
    }
}
