//! What a check found: seen, meaning, cure, and the vendor's number for it.
//!
//! Everything but what was seen stands in the [`Symptom`], once, so that report and handbook agree.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// How bad it is; the worst compares as greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Looked at, and well.
    Ok,
    /// Worth knowing; nothing need be done.
    Note,
    /// Calls work, but not all of them, or not as well as they could.
    Warn,
    /// Calls fail, or will.
    Fail,
}

impl Level {
    /// The word for tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// Something a check may find: an entry of the handbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symptom {
    /// `check.what`, the heading in the handbook.
    pub id: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What it means, in a sentence or two.
    pub means: &'static str,
    /// What to do about it; empty when there is nothing to do.
    pub fix: &'static str,
    /// The vendor's numbers for it, such as `11210`; empty when there are none.
    pub code: &'static str,
}

impl Symptom {
    /// The check that finds it.
    pub fn check(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }

    /// Where the handbook tells about it.
    pub fn anchor(&self) -> String {
        format!("docs/doctor.md#{}", self.id.replace('.', ""))
    }

    /// The finding, with what was seen. No secret and no telephone number may stand in it.
    pub fn saw(&self, saw: impl Into<String>) -> Finding {
        let some = |text: &'static str| Some(Cow::Borrowed(text)).filter(|text| !text.is_empty());
        Finding {
            id: self.id.into(),
            check: self.check().into(),
            level: self.level,
            saw: saw.into(),
            means: self.means.into(),
            fix: some(self.fix),
            code: some(self.code),
            docs: self.anchor(),
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The symptom's name in the handbook.
    pub id: Cow<'static, str>,
    /// Which check found it.
    pub check: Cow<'static, str>,
    /// How bad it is.
    pub level: Level,
    /// What was seen.
    pub saw: String,
    /// What it means.
    pub means: Cow<'static, str>,
    /// What to do; `None` when nothing need be done.
    #[serde(rename = "do")]
    pub fix: Option<Cow<'static, str>>,
    /// The vendor's number for it.
    pub code: Option<Cow<'static, str>>,
    /// Where the handbook tells more.
    pub docs: String,
}

impl Finding {
    /// The same, with a cure that knows the particulars.
    #[must_use]
    pub fn cured_by(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into().into());
        self
    }

    /// The same, with the number that the vendor really gave.
    #[must_use]
    pub fn with_code(mut self, code: Option<impl ToString>) -> Self {
        self.code = code.map(|code| code.to_string().into()).or(self.code);
        self
    }
}

/// Declares a check's symptoms, and with them `ALL` of them for the handbook: none can be left out.
macro_rules! symptoms {
    ($($name:ident = $level:ident $id:literal $([$code:literal])? : $means:literal $(=> $fix:literal)? ;)+) => {
        $(
            const $name: $crate::doctor::finding::Symptom = $crate::doctor::finding::Symptom {
                id: $id,
                level: $crate::doctor::finding::Level::$level,
                means: $means,
                fix: concat!("" $(, $fix)?),
                code: concat!("" $(, $code)?),
            };
        )+
        /// Everything this check may find.
        pub(super) const ALL: &[$crate::doctor::finding::Symptom] = &[$($name),+];
    };
}
pub(super) use symptoms;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_level_is_the_greatest() {
        assert!(Level::Fail > Level::Warn && Level::Warn > Level::Note && Level::Note > Level::Ok);
    }

    #[test]
    fn a_finding_survives_the_way_over_the_wire() {
        let symptom = Symptom { id: "a.b", level: Level::Warn, means: "m", fix: "", code: "11210" };
        let found = symptom.saw("seen").cured_by("do this");
        let read: Finding = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
        assert_eq!(read, found);
        assert_eq!((read.check.as_ref(), read.docs.as_str()), ("a", "docs/doctor.md#ab"));
    }
}
