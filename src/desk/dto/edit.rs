//! A field of a partial change: left out, `null`, or a value.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What happens to a field that may be empty. A field of this type wants
/// `#[serde(default, skip_serializing_if = "Edit::is_keep")]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// The field was not named: it stays as it is.
    #[default]
    Keep,
    /// `null`: it becomes empty.
    Clear,
    /// It becomes this.
    To(T),
}

impl<T> Edit<T> {
    /// Whether the field stays as it is.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Puts the change into effect.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::To(value) => *field = Some(value),
        }
    }

    /// The same change of another kind of value, if the value can be one.
    pub fn try_map<U, E>(self, map: impl FnOnce(T) -> Result<U, E>) -> Result<Edit<U>, E> {
        Ok(match self {
            Self::Keep => Edit::Keep,
            Self::Clear => Edit::Clear,
            Self::To(value) => Edit::To(map(value)?),
        })
    }
}

impl<T: Serialize> Serialize for Edit<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Clear => to.serialize_none(),
            Self::To(value) => to.serialize_some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Edit<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(from)?.map_or(Self::Clear, Self::To))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::dto::SleeperEdit;

    fn read(json: &str) -> Edit<String> {
        serde_json::from_str::<SleeperEdit>(json).unwrap().name
    }

    #[test]
    fn null_is_not_nothing() {
        assert_eq!(read("{}"), Edit::Keep);
        assert_eq!(read(r#"{"name":null}"#), Edit::Clear);
        assert_eq!(read(r#"{"name":"Anna"}"#), Edit::To("Anna".to_owned()));
        assert!(serde_json::from_str::<SleeperEdit>(r#"{"nmae":"Anna"}"#).is_err());
    }

    #[test]
    fn what_is_written_is_read_back() {
        for name in [Edit::Keep, Edit::Clear, Edit::To("Anna".to_owned())] {
            let edit = SleeperEdit { name: name.clone(), ..SleeperEdit::default() };
            assert_eq!(read(&serde_json::to_string(&edit).unwrap()), name);
        }
    }
}
