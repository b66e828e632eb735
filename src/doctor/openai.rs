//! The models: does the key open them, does a session really come about, and how long will they exist.

use std::time::Duration;

use super::finding::{Finding, Symptom, symptoms};
use super::patient::Patient;
use crate::realtime::openai::probe::{self, ListedModel, Tried};
use crate::realtime::openai::{ModelError, ModelSettings};

symptoms! {
    SESSION = Ok "openai.session": "A real session was opened, answered, and was closed.";
    SLOW = Warn "openai.slow": "A session takes so long to open that somebody who answers quickly is greeted in traditional mode."
        => "Look at this machine's way to the model's server; a server nearer to it helps.";
    KEY = Fail "openai.key" ["invalid_api_key"]: "The server does not take the key: every call is traditional, with scripted lines."
        => "Make a new key and set OPENAI_API_KEY.";
    ACCESS = Fail "openai.model-access" ["model_not_found"]: "The key may not use the realtime model, or there is none of this name: every call is traditional."
        => "Check OPENAI_REALTIME_MODEL, and that the key's project has access to the model.";
    QUOTA = Fail "openai.quota" ["insufficient_quota"]: "Nothing is left to spend, or a spending limit is reached. The connection opens and the answers fail."
        => "Add credit, or raise the limit of the organisation and the project.";
    RATE = Warn "openai.rate-limit" ["rate_limit_exceeded"]: "Too many tokens or requests were used in the last minute; a call now would be traditional."
        => "Wait a minute and run the doctor again; raise the limits if it comes back.";
    BETA = Fail "openai.beta" ["beta_api_shape_disabled"]: "Something adds the header `OpenAI-Beta`, which the server refuses since May 2026; this program never sends it."
        => "Take the header out of the proxy or gateway between this program and the server.";
    SETTINGS = Fail "openai.settings-refused": "The server refuses our settings for a session: every call is traditional."
        => "If OPENAI_BASE_URL is not the vendor's, that server does not speak the current Realtime protocol; otherwise please report the code.";
    UNREACHABLE = Fail "openai.unreachable": "No connection to the model's server could be made, or it broke: every call is traditional."
        => "Check this machine's network and firewall, OPENAI_BASE_URL if you set it, and the vendor's status page.";
    SILENT = Fail "openai.silent": "The server took the connection and did not go on: every call is traditional."
        => "Run the doctor again; if it stays silent, see the vendor's status page, and look for a proxy that does not let WebSockets through.";
    GARBAGE = Fail "openai.garbage": "Something answers at the server's address that is not a model."
        => "Check OPENAI_BASE_URL: it ends with /v1.";
    CHAT = Warn "openai.chat-model" ["model_not_found"]: "The server does not list the chat model: traditional calls would speak scripted lines only."
        => "Check OPENAI_CHAT_MODEL, and that the key's project has access to the model.";
    NO_LIST = Note "openai.no-list": "The server did not list its models, so their shutdown dates are not known; compatible servers often have no list.";
    ENDS = Note "openai.ends": "The vendor has announced the day on which a model is switched off."
        => "Move OPENAI_REALTIME_MODEL (or OPENAI_CHAT_MODEL) to its successor before that day.";
    ENDS_SOON = Warn "openai.ends-soon": "A model is switched off within weeks; after that every call is traditional, or speaks scripted lines."
        => "Set OPENAI_REALTIME_MODEL (or OPENAI_CHAT_MODEL) to its successor now, and make a test call.";
    ENDED = Fail "openai.ended": "By the vendor's own calendar a model has been switched off."
        => "Set OPENAI_REALTIME_MODEL (or OPENAI_CHAT_MODEL) to its successor.";
}

/// Less time than this is no notice.
const SOON_DAYS: i32 = 60;
/// Nobody lets it ring for less than this.
const SLOW_AFTER: Duration = Duration::from_secs(3);

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let Some(settings) = &patient.realtime else { return Vec::new() };
    let clock = &patient.clock;
    let (tried, listed) =
        tokio::join!(probe::try_session(settings, clock), probe::list_models(settings, clock));
    let mut found = vec![match tried {
        Ok(tried) => session(settings, tried),
        Err(error) => trouble(&error),
    }];
    found.extend(models(patient, settings, listed));
    found
}

fn session(settings: &ModelSettings, tried: Tried) -> Finding {
    let saw = format!(
        "{} was ready after {} ms and answered in {} ms",
        settings.model,
        tried.set_up_in.as_millis(),
        tried.answered_in.as_millis()
    );
    if tried.set_up_in > SLOW_AFTER { SLOW.saw(saw) } else { SESSION.saw(saw) }
}

fn trouble(error: &ModelError) -> Finding {
    let finding = match error {
        ModelError::Refused { code } => return refused(code),
        ModelError::Unreachable { .. } => UNREACHABLE,
        ModelError::Silent { .. } => SILENT,
        ModelError::Garbage => GARBAGE,
    };
    finding.saw(error.to_string())
}

fn refused(code: &str) -> Finding {
    let symptom = match code {
        "invalid_api_key" | "HTTP 401" | "closed with 3000" | "account_deactivated" => KEY,
        "model_not_found" | "HTTP 403" | "HTTP 404" => ACCESS,
        "insufficient_quota" | "billing_hard_limit_reached" | "credit_balance_exhausted" => QUOTA,
        limit if limit.ends_with("_limit_exceeded") && !limit.starts_with("rate") => QUOTA,
        "rate_limit_exceeded" | "HTTP 429" => RATE,
        "beta_api_shape_disabled" | "closed with 4000" => BETA,
        _ => SETTINGS,
    };
    symptom.saw(format!("The server refused the session: {code}")).with_code(Some(code))
}

fn models(
    patient: &Patient,
    settings: &ModelSettings,
    listed: Result<Vec<ListedModel>, ModelError>,
) -> Vec<Finding> {
    let wanted = [Some(&settings.model), patient.chat_model.as_ref()];
    let now = patient.clock.now();
    let mut found = Vec::new();
    for name in wanted.into_iter().flatten() {
        let named = |model: &&ListedModel| model.name == *name;
        let said = listed.as_ref().ok().and_then(|list| list.iter().find(named)?.shutdown_on);
        if let Some(day) = said.or_else(|| probe::announced_end(name)) {
            let days = probe::days_until(day, now);
            found.push(end(days).saw(format!("{name} is switched off on {day}, in {days} days")));
        }
    }
    match listed {
        // What opens a session says more about the realtime model than a list does.
        Ok(list) => found.extend(
            patient
                .chat_model
                .as_ref()
                .filter(|name| list.iter().all(|model| model.name != **name))
                .map(|name| CHAT.saw(format!("{name} is not among the {} models listed", list.len()))),
        ),
        Err(error) => found.push(NO_LIST.saw(error.reason())),
    }
    found
}

fn end(days: i32) -> Symptom {
    match days {
        ..0 => ENDED,
        0..SOON_DAYS => ENDS_SOON,
        SOON_DAYS.. => ENDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart_by_what_to_do_about_them() {
        for (code, id) in [
            ("HTTP 401", "openai.key"),
            ("closed with 3000", "openai.key"),
            ("invalid_api_key", "openai.key"),
            ("HTTP 403", "openai.model-access"),
            ("HTTP 404", "openai.model-access"),
            ("model_not_found", "openai.model-access"),
            ("insufficient_quota", "openai.quota"),
            ("project_spend_limit_exceeded", "openai.quota"),
            ("rate_limit_exceeded", "openai.rate-limit"),
            ("HTTP 429", "openai.rate-limit"),
            ("beta_api_shape_disabled", "openai.beta"),
            ("closed with 4000", "openai.beta"),
            ("unknown_parameter", "openai.settings-refused"),
        ] {
            let finding = refused(code);
            assert_eq!((finding.id.as_ref(), finding.code.as_deref()), (id, Some(code)));
        }
    }

    #[test]
    fn a_shutdown_is_told_in_time() {
        for (days, id) in
            [(-1, "openai.ended"), (0, "openai.ends-soon"), (59, "openai.ends-soon"), (60, "openai.ends")]
        {
            assert_eq!(end(days).id, id, "{days}");
        }
    }

    #[test]
    fn a_session_that_takes_its_time_is_noticed() {
        let settings = ModelSettings {
            base_url: "https://models.example/v1".parse().unwrap(),
            api_key: "sk".into(),
            auth_header: "authorization".to_owned(),
            auth_scheme: None,
            model: "gpt-realtime-2.1".to_owned(),
            voice: "marin".to_owned(),
            transcription_model: "t".to_owned(),
            safety_identifier: None,
        };
        let tried = |secs| Tried { set_up_in: Duration::from_secs(secs), answered_in: Duration::ZERO };
        assert_eq!(session(&settings, tried(1)).id, "openai.session");
        assert_eq!(session(&settings, tried(4)).id, "openai.slow");
    }
}
