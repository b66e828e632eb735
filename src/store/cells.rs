//! Reading a row's cells into the domain's words: what makes no sense is an error, never a default.

use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row as _, Sqlite, Type};

use super::StoreError;
use crate::domain::mode::CallMode;

/// One row, with the table's name for error messages.
pub(super) struct Cells<'r> {
    pub row: &'r SqliteRow,
    pub table: &'static str,
}

impl<'r> Cells<'r> {
    pub fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::Corrupt { table: self.table, column }
    }

    pub fn get<T: Decode<'r, Sqlite> + Type<Sqlite>>(&self, column: &'static str) -> Result<T, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    pub fn parse<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        self.get::<&str>(column)?.parse().map_err(|_| self.corrupt(column))
    }

    pub fn parse_if_set<T: FromStr>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        let text = self.get::<Option<&str>>(column)?;
        text.map(|text| text.parse().map_err(|_| self.corrupt(column))).transpose()
    }

    /// Reads an enum through its own `from_name`.
    pub fn word<T>(
        &self,
        column: &'static str,
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        from_name(self.get(column)?).ok_or_else(|| self.corrupt(column))
    }

    pub fn word_if_set<T>(
        &self,
        column: &'static str,
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        let text = self.get::<Option<&str>>(column)?;
        text.map(|text| from_name(text).ok_or_else(|| self.corrupt(column))).transpose()
    }

    /// Reads what the program itself wrote as JSON.
    pub fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(self.get(column)?).map_err(|_| self.corrupt(column))
    }

    pub fn json_if_set<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        let text = self.get::<Option<&str>>(column)?;
        text.map(|text| serde_json::from_str(text).map_err(|_| self.corrupt(column))).transpose()
    }

    pub fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        match self.get::<i64>(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.corrupt(column)),
        }
    }

    pub fn count(&self, column: &'static str) -> Result<u32, StoreError> {
        u32::try_from(self.get::<i64>(column)?).map_err(|_| self.corrupt(column))
    }

    pub fn instant(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        Timestamp::from_millisecond(self.get(column)?).map_err(|_| self.corrupt(column))
    }

    pub fn instant_if_set(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let millis = self.get::<Option<i64>>(column)?;
        millis.map(|ms| Timestamp::from_millisecond(ms).map_err(|_| self.corrupt(column))).transpose()
    }
}

pub(super) fn call_mode(name: &str) -> Option<CallMode> {
    [CallMode::Realtime, CallMode::Traditional].into_iter().find(|mode| mode.name() == name)
}

/// A value of our own as it is stored.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our own structures of words and numbers are always JSON")
}

/// An instant as it is stored.
pub(super) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}
