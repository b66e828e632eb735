//! Which zone somebody probably meant.

/// More suggestions than this are a list to read, not a hint.
const SUGGESTIONS: usize = 3;

/// Names that look like `asked`, best first: the same city, then few letters apart.
pub(super) fn to<'a>(asked: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let asked = plain(asked);
    let allowed = (asked.len() / 4).clamp(1, 3);
    let mut near: Vec<_> = known
        .map(|name| (distance(&asked, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort_unstable();
    near.into_iter().take(SUGGESTIONS).map(|(_, name)| name.to_owned()).collect()
}

/// The smaller of the distances to the whole name and to its city.
fn distance(asked: &str, name: &str) -> usize {
    let name = plain(name);
    let city = name.rsplit('/').next().unwrap_or(&name);
    edits(asked, &name).min(edits(asked, city))
}

fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Letters to insert, remove or replace to get from one text to the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
