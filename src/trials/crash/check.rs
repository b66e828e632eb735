//! Puts our books and the carrier's before the judge when all is over, and adds what only this engine can see.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::domain::ids::OccurrenceId;
use crate::domain::notice::News;
use crate::domain::wake_up::{End, SETTLE};
use crate::store::Store;
use crate::trials::books::Books;
use crate::trials::checker::{Harm, World, judge};
use crate::trials::ledger::Ledger;

/// Two processes that read one clock at different instants may disagree by this much, simulated.
const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_secs(2);
/// Starts after deaths, on a machine with more to do: a minute of its own time is twenty here.
const CHANCE_ENOUGH: SignedDuration = SignedDuration::from_mins(20);

/// What our side has written down.
#[derive(Debug)]
pub struct Ours {
    /// Wake-ups and attempts.
    pub books: Books,
    /// Wake-ups with a notice for somebody that they were missed.
    pub told: BTreeSet<OccurrenceId>,
}

/// Everything our database has.
pub async fn read(store: &Store) -> anyhow::Result<Ours> {
    let books = Books::read(store).await?;
    let mut told = BTreeSet::new();
    for wake_up in &books.wake_ups {
        let notices = store.list_notices(wake_up.id).await?;
        if notices.iter().any(|notice| notice.news == News::Missed) {
            told.insert(wake_up.id);
        }
    }
    Ok(Ours { books, told })
}

/// What the comparison showed.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Wake-ups that ended with somebody up.
    pub up: usize,
    /// Wake-ups that ended as missed, and told.
    pub missed: usize,
    /// Missed without a word, left to sleep, or never ended: a sentence each.
    pub lost: Vec<String>,
    /// Rung twice at once, or once more than our books say: a sentence each.
    pub doubled: Vec<String>,
    /// Wrong because the carrier took a call later than any look-up waits: outside what is promised.
    pub accepted_late: Vec<String>,
    /// How long after its time each wake-up's first call was taken, in simulated seconds.
    pub lateness: Vec<f64>,
}

/// Compares.
pub fn compare(ours: &Ours, ledger: &Ledger) -> anyhow::Result<Findings> {
    let mut found = Findings { lateness: lateness(&ours.books, ledger), ..Findings::default() };
    for wake_up in &ours.books.wake_ups {
        let (id, told) = (wake_up.id, ours.told.contains(&wake_up.id));
        match wake_up.wake_up.phase.end() {
            Some(End::Up) => found.up += 1,
            Some(end) if end.is_missed() && told => found.missed += 1,
            Some(end) if end.is_missed() => {
                found.lost.push(format!("{id} was missed ({}) and nobody has a notice", end.name()));
            }
            // Nobody takes anything back here, and no two wake-ups are close enough to become one.
            Some(end) => found.lost.push(format!("{id} ended as {}", end.name())),
            None => found.lost.push(format!("{id} has not ended")),
        }
    }
    let late = ours.books.taken_late(&ledger.calls, SETTLE);
    let world = World {
        until: Timestamp::MAX,
        helpless: Vec::new(),
        cancelled: BTreeSet::new(),
        snoozed: Vec::new(),
        numbers: ours.books.numbers.clone(),
        clocks_differ_by: CLOCKS_DIFFER_BY,
        chance_enough: CHANCE_ENOUGH,
    };
    for violation in judge(&ours.books.beside(&ledger.calls, world)?) {
        let excused = violation.comes_of_late_calls()
            && violation.wake_up.is_some_and(|wake_up| late.contains(&wake_up));
        let sort = match violation.harm {
            Harm::Lost | Harm::Silent => &mut found.lost,
            Harm::Doubled | Harm::Books if excused => &mut found.accepted_late,
            Harm::Doubled | Harm::Books => &mut found.doubled,
        };
        sort.push(violation.to_string());
    }
    Ok(found)
}

fn lateness(books: &Books, ledger: &Ledger) -> Vec<f64> {
    let mut first_rings: HashMap<OccurrenceId, Timestamp> = HashMap::new();
    for call in &ledger.calls {
        let Some(record) = books.of_call(call) else { continue };
        let first = first_rings.entry(record.attempt.occurrence).or_insert(call.created_at);
        *first = (*first).min(call.created_at);
    }
    let late = books.wake_ups.iter().filter_map(|wake_up| {
        Some(first_rings.get(&wake_up.id)?.duration_since(wake_up.wake_up.due_at).as_secs_f64())
    });
    let mut late: Vec<f64> = late.collect();
    late.sort_by(f64::total_cmp);
    late
}
