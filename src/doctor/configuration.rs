//! What the owner set: what makes no sense, what is odd, who carries the calls and who speaks.

use super::finding::{Finding, symptoms};
use super::patient::{Far, Patient};

symptoms! {
    IN_ORDER = Ok "configuration.in-order": "The settings make sense and fit together.";
    PROBLEM = Fail "configuration.problem": "A setting makes no sense, so the program does not start."
        => "Change the setting in `.env` or in the environment as the message says.";
    WARNING = Warn "configuration.odd": "A setting works, but probably not as it was meant."
        => "Change the setting, or leave it if it is meant so.";
    LOCAL_LINE = Warn "configuration.local-line": "Without a carrier's account the built-in exchange takes the calls: a simulated sleeper answers, and no telephone rings."
        => "Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER when telephones shall ring.";
    BUILT_IN_COACH = Note "configuration.built-in-coach": "Without a model the built-in coach speaks on the local line, and scripted lines in real calls, which are then always traditional."
        => "Set OPENAI_API_KEY for conversations with a model.";
    NO_FALLBACK = Note "configuration.no-fallback": "When this machine is down in mid-call, the carrier has nowhere else to ask what to say."
        => "Host a small document elsewhere and set FALLBACK_URL to it, if that matters to you.";
}

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let settings = &patient.background.settings;
    let problems = settings
        .problems
        .iter()
        .map(|problem| PROBLEM.saw(format!("{}: {}", problem.variable, problem.message)));
    let mut found: Vec<Finding> = problems.collect();
    if !found.is_empty() {
        return found;
    }
    found.extend(settings.warnings.iter().map(|warning| WARNING.saw(warning)));
    found.extend([far(&settings.carrier, &LOCAL_LINE), far(&settings.model, &BUILT_IN_COACH)]);
    if !settings.carrier.is_built_in() && !settings.has_fallback {
        found.push(NO_FALLBACK.saw("FALLBACK_URL is not set"));
    }
    found
}

fn far(far: &Far, built_in: &super::Symptom) -> Finding {
    let symptom = if far.is_built_in() { built_in } else { &IN_ORDER };
    symptom.saw(far.sentence())
}
