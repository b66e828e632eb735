//! An attempt as it is read back from its row.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;

use super::AttemptRecord;
use crate::coach::verdict::{Proof, Verdict};
use crate::domain::attempt::{Attempt, AttemptKind, AttemptState, FallBack, Outcome};
use crate::domain::ids::{CallId, Nonce};
use crate::domain::mode::{ModeDecision, ModeReason, Probability};
use crate::domain::money::MicroDollars;
use crate::domain::phone::PhoneNumber;
use crate::domain::wake_up::Lateness;
use crate::store::StoreError;
use crate::store::cells::{Cells, call_mode};

/// Reads a whole row; a row that makes no sense is an error, never a default.
pub fn from_row(row: &SqliteRow) -> Result<AttemptRecord, StoreError> {
    let cells = Cells { row, table: "attempts" };
    let fell_back = match cells.instant_if_set("fell_back_at_ms")? {
        Some(at) => Some(FallBack { at, reason: cells.get("fell_back_reason")? }),
        None => None,
    };
    let attempt = Attempt {
        id: cells.parse("id")?,
        occurrence: cells.parse("occurrence_id")?,
        sleeper: cells.parse("sleeper_id")?,
        number: cells.count("number")?,
        kind: cells.word("kind", AttemptKind::from_name)?,
        to: PhoneNumber::parse(cells.get("to_number")?).map_err(|_| cells.corrupt("to_number"))?,
        nonce: nonce(&cells, "nonce")?,
        decision: decision(&cells)?,
        intent_at: cells.instant("intent_at_ms")?,
        state: state(&cells)?,
        fell_back,
        cost: MicroDollars(cells.get("cost_micro_usd")?),
    };
    let ticket = cells.get::<Option<&str>>("ticket")?.map(|_| nonce(&cells, "ticket")).transpose()?;
    let first_audio = cells.get::<Option<i64>>("first_audio_ms")?.map(u64::try_from).transpose();
    Ok(AttemptRecord {
        attempt,
        lateness: cells.word("lateness", Lateness::from_name)?,
        fence: cells.count("fence")?,
        ending: cells.word_if_set("ending", Outcome::from_name)?,
        verdict: verdict(&cells)?,
        ticket,
        ticket_used_at: cells.instant_if_set("ticket_used_at_ms")?,
        turn: cells.count("turn")?,
        silences: cells.count("silences")?,
        document: cells.get("document")?,
        first_audio: first_audio.map_err(|_| cells.corrupt("first_audio_ms"))?.map(Duration::from_millis),
        barge_ins: cells.count("barge_ins")?,
        reconnects: cells.count("reconnects")?,
        proving: cells.json_if_set("proving")?,
    })
}

fn state(cells: &Cells<'_>) -> Result<AttemptState, StoreError> {
    let call = cells.get::<Option<String>>("call_id")?.map(CallId::new);
    let answered_at = cells.instant_if_set("answered_at_ms")?;
    match (cells.get("state")?, call) {
        ("intended", None) => Ok(AttemptState::Intended),
        ("unknown", None) => Ok(AttemptState::Unknown),
        ("placed", Some(call)) => Ok(AttemptState::Placed { call }),
        ("answered", Some(call)) => {
            let answered_at = answered_at.ok_or_else(|| cells.corrupt("answered_at_ms"))?;
            Ok(AttemptState::Answered { call, answered_at })
        }
        ("finished", call) => Ok(AttemptState::Finished {
            call,
            outcome: cells.word("outcome", Outcome::from_name)?,
            finished_at: cells.instant("finished_at_ms")?,
        }),
        _ => Err(cells.corrupt("state")),
    }
}

fn decision(cells: &Cells<'_>) -> Result<ModeDecision, StoreError> {
    Ok(ModeDecision {
        mode: cells.word("mode", call_mode)?,
        reason: cells.word("mode_reason", ModeReason::from_name)?,
        probability: Probability::new(cells.get("probability")?).map_err(|_| cells.corrupt("probability"))?,
        draw: cells.get("draw")?,
    })
}

fn verdict(cells: &Cells<'_>) -> Result<Option<Verdict>, StoreError> {
    let Some(proof) = cells.word_if_set("verdict_proof", Proof::from_name)? else { return Ok(None) };
    Ok(Some(Verdict { proof, evidence: cells.get("verdict_evidence")? }))
}

fn nonce(cells: &Cells<'_>, column: &'static str) -> Result<Nonce, StoreError> {
    Nonce::parse(cells.get(column)?).ok_or_else(|| cells.corrupt(column))
}
