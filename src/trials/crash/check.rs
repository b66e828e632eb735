//! Compares our books with the carrier's when all is over. The carrier's are the truth.

use std::collections::{HashMap, HashSet};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};

use crate::domain::attempt::{AttemptState, Outcome};
use crate::domain::notice::News;
use crate::domain::wake_up::{End, LOOK_AFTER, Phase};
use crate::store::Store;
use crate::store::attempts::AttemptRecord;
use crate::store::notices::Notice;
use crate::store::occurrences::Occurrence;
use crate::trials::ledger::{Ledger, LedgerCall};

/// Two processes that read one clock at different instants may disagree by this much, simulated.
const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_secs(2);

/// A wake-up as our database has it.
#[derive(Debug, Clone)]
pub struct Story {
    /// The wake-up.
    pub occurrence: Occurrence,
    /// Every try.
    pub attempts: Vec<AttemptRecord>,
    /// What people were told.
    pub notices: Vec<Notice>,
}

/// Everything our database has.
pub async fn read(store: &Store) -> anyhow::Result<Vec<Story>> {
    let mut stories = Vec::new();
    for occurrence in store.list_recent(u32::MAX).await? {
        let attempts = store.list_attempts(occurrence.id).await?;
        let notices = store.list_notices(occurrence.id).await?;
        stories.push(Story { occurrence, attempts, notices });
    }
    let damage = store.condition().await?.damage;
    anyhow::ensure!(damage.is_empty(), "the database is damaged: {damage:?}");
    Ok(stories)
}

/// What the comparison showed.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Wake-ups that ended with somebody up.
    pub up: usize,
    /// Wake-ups that ended as missed, and told.
    pub missed: usize,
    /// Missed without a word, or never ended: a sentence each.
    pub lost: Vec<String>,
    /// Rung twice at once, or once more than our books say: a sentence each.
    pub doubled: Vec<String>,
    /// Doubled because the carrier took a call later than any look-up waits: outside what is promised.
    pub accepted_late: Vec<String>,
    /// How long after its time each wake-up's first call was taken, in simulated seconds.
    pub lateness: Vec<f64>,
}

/// Compares.
pub fn compare(stories: &[Story], ledger: &Ledger) -> anyhow::Result<Findings> {
    let mut found = Findings::default();
    let mut by_nonce: HashMap<&str, (&Story, &AttemptRecord)> = HashMap::new();
    for story in stories {
        by_nonce.extend(story.attempts.iter().map(|record| (record.attempt.nonce.as_str(), (story, record))));
    }
    let mut mornings = HashSet::new();
    for story in stories {
        check_end(story, &mut found);
        if story.occurrence.key.is_some_and(|key| !mornings.insert(key)) {
            found.doubled.push(format!("{} is the second wake-up of one morning", story.occurrence.id));
        }
    }
    let mut first_rings: HashMap<String, Timestamp> = HashMap::new();
    for call in &ledger.calls {
        let Some((story, record)) = by_nonce.get(call.nonce.as_str()) else {
            found.doubled.push(format!("call {} was placed without an intent on disk", call.sid));
            continue;
        };
        let id = story.occurrence.id.to_string();
        let first = first_rings.entry(id).or_insert(call.created_at);
        *first = (*first).min(call.created_at);
        check_call(call, story, record, &mut found)?;
    }
    check_overlaps(ledger, &by_nonce, &mut found);
    for story in stories {
        if let Some(rang) = first_rings.get(&story.occurrence.id.to_string()) {
            found.lateness.push(rang.duration_since(story.occurrence.wake_up.due_at).as_secs_f64());
        }
        if story.occurrence.wake_up.phase == Phase::Ended(End::Up) && !somebody_answered(story, ledger) {
            found.lost.push(format!("{} is said to be up, but nobody picked up", story.occurrence.id));
        }
    }
    found.lateness.sort_by(f64::total_cmp);
    Ok(found)
}

fn somebody_answered(story: &Story, ledger: &Ledger) -> bool {
    let hers =
        |call: &&LedgerCall| story.attempts.iter().any(|record| record.attempt.nonce.as_str() == call.nonce);
    ledger.calls.iter().filter(hers).any(|call| call.answered)
}

/// Each wake-up has ended, and a missed one has been told.
fn check_end(story: &Story, found: &mut Findings) {
    let id = story.occurrence.id;
    match story.occurrence.wake_up.phase {
        Phase::Ended(End::TooLate) => found.lost.push(format!("{id} was given up as too late")),
        Phase::Ended(end) if end.is_missed() => {
            if story.notices.iter().any(|notice| notice.news == News::Missed) {
                found.missed += 1;
            } else {
                found.lost.push(format!("{id} was missed ({}) and nobody is told", end.name()));
            }
        }
        Phase::Ended(End::Up) => found.up += 1,
        Phase::Ended(end) => found.lost.push(format!("{id} ended as {}", end.name())),
        phase => found.lost.push(format!("{id} has not ended: {phase:?}")),
    }
    for record in &story.attempts {
        if record.attempt.state.is_open() {
            found.lost.push(format!("{id}: attempt {} is still open", record.attempt.number));
        }
    }
}

/// One call of the carrier's is one attempt of ours, within its time.
fn check_call(
    call: &LedgerCall,
    story: &Story,
    record: &AttemptRecord,
    found: &mut Findings,
) -> anyhow::Result<()> {
    let (attempt, wake_up) = (&record.attempt, &story.occurrence.wake_up);
    let late = is_late(call, record);
    let mut doubled = |what: String| {
        if late { found.accepted_late.push(what) } else { found.doubled.push(what) }
    };
    // A look-up that came too early may have let a later attempt of the same wake-up adopt the call.
    let is_held =
        |record: &AttemptRecord| record.attempt.state.call().is_some_and(|own| own.as_str() == call.sid);
    let disowned = matches!(attempt.state, AttemptState::Finished { outcome: Outcome::NotPlaced, .. });
    if disowned && !story.attempts.iter().any(is_held) {
        doubled(format!("call {} rang, but attempt {} says that nothing did", call.sid, attempt.id));
    }
    let earliest = wake_up.due_at.checked_sub(CLOCKS_DIFFER_BY).context("times are of this century")?;
    if call.created_at < earliest {
        doubled(format!("call {} came before its time, {}", call.sid, wake_up.due_at));
    }
    Ok(())
}

/// No phone rings twice at once, and no attempt is two calls.
fn check_overlaps(ledger: &Ledger, by_nonce: &HashMap<&str, (&Story, &AttemptRecord)>, found: &mut Findings) {
    for (index, call) in ledger.calls.iter().enumerate() {
        for other in &ledger.calls[index + 1..] {
            let same_intent = call.nonce == other.nonce;
            if same_intent || (call.to == other.to && call.overlaps(other)) {
                let what = format!("calls {} and {} rang for the same", call.sid, other.sid);
                let late = [call, other].into_iter().any(|call| {
                    by_nonce.get(call.nonce.as_str()).is_some_and(|(_, record)| is_late(call, record))
                });
                if late && !same_intent { found.accepted_late.push(what) } else { found.doubled.push(what) }
            }
        }
    }
}

/// Whether the carrier took it later than we wait before we look for it.
fn is_late(call: &LedgerCall, record: &AttemptRecord) -> bool {
    let waited = call.created_at.duration_since(record.attempt.intent_at);
    waited > SignedDuration::try_from(LOOK_AFTER).unwrap_or(SignedDuration::MAX)
}
