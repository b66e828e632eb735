//! Finds what somebody named: by identifier, by its beginning or end, or by name.

use strsim::damerau_levenshtein;

use super::DeskError;

/// Fewer characters of an identifier name something by accident.
const ID_PART_MIN: usize = 4;
/// The end of an identifier: its beginning is the hour it was made in, and the same for all of that hour.
const SHORT_ID: usize = 8;
/// More names than this are a list to read, not a hint.
const NAMES_TOLD: usize = 5;

/// Something that can be named.
pub(super) trait Named {
    /// What kind of thing it is.
    const WHAT: &'static str;

    /// Its identifier.
    fn id(&self) -> String;

    /// Its names, if it has any.
    fn names(&self) -> Vec<&str>;
}

/// The end of an identifier, which names the thing for people.
pub(super) fn short(id: &str) -> String {
    id.chars().skip(id.chars().count().saturating_sub(SHORT_ID)).collect()
}

/// The one thing that `asked` names.
pub(super) fn find<'t, T: Named>(asked: &str, things: &'t [T]) -> Result<&'t T, DeskError> {
    let asked = asked.trim();
    let by_name = |thing: &&T| thing.names().iter().any(|name| same(name, asked));
    if let Some(found) = only(asked, things.iter().filter(by_name))? {
        return Ok(found);
    }
    if let Some(part) = id_part(asked)
        && let Some(found) = only(asked, things.iter().filter(|thing| is_part(&part, &thing.id())))?
    {
        return Ok(found);
    }
    let hint = hint(asked, things);
    Err(DeskError::NotFound {
        what: T::WHAT,
        said: format!("There is no {} `{}`.", T::WHAT, told(asked)),
        hint,
    })
}

/// A text that could be a part of an identifier, in its usual letters; `None` for anything else.
pub(super) fn id_part(asked: &str) -> Option<String> {
    let part = asked.trim().to_ascii_lowercase();
    let plausible = part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (plausible && (ID_PART_MIN..=36).contains(&part.len())).then_some(part)
}

fn is_part(part: &str, id: &str) -> bool {
    id.starts_with(part) || id.ends_with(part) || short(id).contains(part)
}

fn only<'t, T: Named>(
    asked: &str,
    mut found: impl Iterator<Item = &'t T>,
) -> Result<Option<&'t T>, DeskError> {
    let Some(first) = found.next() else { return Ok(None) };
    let Some(second) = found.next() else { return Ok(Some(first)) };
    let ids: Vec<String> = [first, second].into_iter().chain(found).map(|thing| short(&thing.id())).collect();
    Err(ambiguous(T::WHAT, asked, &ids))
}

/// More than one thing goes by that name.
pub(super) fn ambiguous(what: &'static str, asked: &str, short_ids: &[String]) -> DeskError {
    DeskError::NotFound {
        what,
        said: format!("`{}` names more than one {what}.", told(asked)),
        hint: format!("Name it by its identifier: {}.", short_ids.join(" or ")),
    }
}

fn hint<T: Named>(asked: &str, things: &[T]) -> String {
    let mut names: Vec<String> = things.iter().flat_map(names_of).collect();
    names.dedup();
    let allowed = (asked.chars().count() / 3).clamp(1, 3);
    let near = |name: &&String| damerau_levenshtein(&name.to_lowercase(), &asked.to_lowercase()) <= allowed;
    if let Some(name) = names.iter().find(near) {
        return format!("Did you mean {name}?");
    }
    match names.len() {
        0 => String::new(),
        1..=NAMES_TOLD => format!("There is {}.", names.join(", ")),
        more => format!("There are {more} others; list them to see their names."),
    }
}

/// Its names, or what it is shown as where it has none; a thing without either is not told of.
fn names_of<T: Named>(thing: &T) -> Vec<String> {
    let names: Vec<String> = thing.names().into_iter().map(str::to_owned).collect();
    let id = short(&thing.id());
    if names.is_empty() && !id.is_empty() { vec![id] } else { names }
}

fn same(name: &str, asked: &str) -> bool {
    name.trim().to_lowercase() == asked.to_lowercase()
}

/// What somebody typed, fit to be said back.
pub(super) fn told(asked: &str) -> String {
    const SAID_BACK_MAX: usize = 60;
    asked.chars().filter(|c| !c.is_control()).take(SAID_BACK_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Person(&'static str, Option<&'static str>);

    impl Named for Person {
        const WHAT: &'static str = "sleeper";

        fn id(&self) -> String {
            self.0.to_owned()
        }

        fn names(&self) -> Vec<&str> {
            self.1.into_iter().collect()
        }
    }

    const PEOPLE: [Person; 4] = [
        Person("019b0000-0000-7000-8000-00000000aaaa", Some("Anna")),
        Person("019b0000-0000-7000-8000-00000000bbbb", Some("Ben")),
        Person("019b0000-0000-7000-8000-0000000ccccc", None),
        Person("019c0000-0000-7000-8000-00000000bbbb", Some("ben")),
    ];

    fn found(asked: &str) -> Result<&'static str, String> {
        match find(asked, &PEOPLE) {
            Ok(person) => Ok(person.0),
            Err(error) => Err(format!("{error} {}", error.hint())),
        }
    }

    #[test]
    fn people_are_found_by_name_and_by_any_end_of_their_identifier() {
        for asked in ["Anna", " anna ", "ANNA", "aaaa", "00AAAA", PEOPLE[0].0] {
            assert_eq!(found(asked), Ok(PEOPLE[0].0), "{asked}");
        }
        assert_eq!(found("019c"), Ok(PEOPLE[3].0));
        for asked in ["ccccc", "000c", "0ccc"] {
            assert_eq!(found(asked), Ok(PEOPLE[2].0), "{asked}: any part of what is shown");
        }
    }

    #[test]
    fn what_names_nobody_or_several_is_told_with_a_way_on() {
        let failed = |asked: &str| found(asked).unwrap_err();
        assert_eq!(failed("Ana"), "There is no sleeper `Ana`. Did you mean Anna?");
        assert_eq!(failed("Zoltan"), "There is no sleeper `Zoltan`. There is Anna, Ben, 000ccccc, ben.");
        assert_eq!(
            failed("Ben"),
            "`Ben` names more than one sleeper. Name it by its identifier: 0000bbbb or 0000bbbb."
        );
        assert!(failed("019b").contains("more than one"));
        assert!(failed("aaa").contains("There is no sleeper"), "three characters are an accident");
        assert!(failed("").contains("There is no sleeper"));
        assert!(!failed("\u{1b}[31mred").contains('\u{1b}'));
    }
}
