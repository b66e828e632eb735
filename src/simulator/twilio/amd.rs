//! Answering-machine detection: a verdict after a while, in time for the document or beside it.

use std::sync::Arc;
use std::time::Duration;

use super::ledger::WebhookKind;
use super::line::{Break, Line};
use super::office::Office;
use super::params::{Param, param};
use super::webhook::{PATIENCE, Target, Webhook};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Detection {
    /// `DetectMessageEnd` rather than `Enable`.
    pub message_end: bool,
    /// Where the verdict goes while the document runs; `None`: the document waits for it.
    pub beside: Option<Target>,
}

/// A person is told from a machine after about four seconds of dead air.
const VERDICT_AFTER: Duration = Duration::from_secs(4);

/// The end of a greeting takes longer.
const GREETING_END_AFTER: Duration = Duration::from_secs(9);

impl Detection {
    fn verdict(&self, machine: bool) -> (&'static str, Duration) {
        match (machine, self.message_end) {
            (false, _) => ("human", VERDICT_AFTER),
            (true, false) => ("machine_start", VERDICT_AFTER),
            (true, true) => ("machine_end_beep", GREETING_END_AFTER),
        }
    }

    /// Makes the document wait for the verdict, which then comes with the request for it; or sends the
    /// verdict from a task of its own.
    pub(super) async fn run(&self, line: &mut Line, machine: bool) -> Result<Vec<Param>, Break> {
        let (verdict, after) = self.verdict(machine);
        let Some(target) = self.beside.clone() else {
            line.pause(after, |_, _| false).await?;
            line.office.with_call(&line.sid, |call| call.answered_by = Some(verdict.to_owned()));
            return Ok(verdict_params(verdict, after));
        };
        let (office, sid) = (Arc::clone(&line.office), line.sid.clone());
        line.office.tracker.spawn(async move {
            let stop = office.stop.clone();
            tokio::select! {
                () = stop.cancelled() => {}
                () = tell_beside(&office, &sid, &target, verdict, after) => {}
            }
        });
        Ok(Vec::new())
    }
}

fn verdict_params(verdict: &str, after: Duration) -> Vec<Param> {
    let duration = after.as_millis().to_string();
    vec![param("AnsweredBy", verdict), param("MachineDetectionDuration", duration)]
}

async fn tell_beside(office: &Arc<Office>, sid: &str, target: &Target, verdict: &str, after: Duration) {
    office.pace().sleep(after).await;
    if office.books().find(sid).is_none_or(|call| call.status.is_final()) {
        return;
    }
    office.with_call(sid, |call| call.answered_by = Some(verdict.to_owned()));
    let mut params = vec![param("CallSid", sid), param("AccountSid", &office.options.account_sid)];
    params.extend(verdict_params(verdict, after));
    let webhook = Webhook { sid, kind: WebhookKind::Amd, target, params, patience: PATIENCE };
    // The answer's body is ignored, and the ledger has its status.
    let _ = office.send(webhook).await;
}
