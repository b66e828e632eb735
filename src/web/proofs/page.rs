//! The page behind a printed code: looking at it proves nothing, its form does, once.
//!
//! Whoever opens a link before a person does (a messenger, a scanner, a browser that reads ahead) only gets.
//! The page has an address of its own, bound to the wake-ups that were open when the code was scanned, and
//! lives for minutes: what a telephone keeps in its history is worth nothing the next morning.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt as _};
use ring::hmac;
use serde::Serialize;

use super::knock::digest_of;
use crate::calls::{CallError, PlaceSeen};
use crate::domain::ids::{Nonce, OccurrenceId};
use crate::store::occurrences::Occurrence;
use crate::store::places::{Place, PlaceKey};
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::pages;

/// How long a page that was opened can be confirmed: a walk back for the glasses, no longer.
const FORM_LIVES: SignedDuration = SignedDuration::from_mins(5);

/// Draws and recognises the forms of this daemon; those of an earlier one are too old anyway.
pub struct ProofForms {
    key: hmac::Key,
    drawn: AtomicU64,
}

impl ProofForms {
    /// With a key that nobody knows.
    pub fn new(rng: &mut impl Rng) -> Self {
        let secret: [u8; 32] = rng.random();
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &secret), drawn: AtomicU64::new(0) }
    }

    /// A form for these wake-ups at this place, that no other page has.
    fn draw(&self, place: &Place, open: &[Occurrence], now: Timestamp) -> String {
        let ids: Vec<String> = open.iter().map(|occurrence| occurrence.id.to_string()).collect();
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        let name = URL_SAFE_NO_PAD.encode(&place.name);
        self.sign(&format!("{}.{number}.{}.{name}", now.as_second(), ids.join("~")), place)
    }

    fn sign(&self, said: &str, place: &Place) -> String {
        let tag = hmac::sign(&self.key, bound(said, place).as_bytes());
        format!("{said}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// The wake-ups that a form is about, none if none was open; `None` for one that is not ours, or too old.
    fn read(&self, form: &str, place: &Place, now: Timestamp) -> Option<Vec<OccurrenceId>> {
        let (said, tag) = form.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.key, bound(said, place).as_bytes(), &tag).ok()?;
        let mut parts = said.split('.');
        let drawn_at = Timestamp::from_second(parts.next()?.parse().ok()?).ok()?;
        if now.duration_since(drawn_at) > FORM_LIVES {
            return None;
        }
        let ids = parts.nth(1)?;
        ids.split('~').filter(|id| !id.is_empty()).map(|id| id.parse().ok()).collect()
    }
}

/// The name of the place that a form says it is for; not to be believed before the form is read.
fn place_named(form: &str) -> Option<String> {
    let name = form.split('.').nth(3)?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(name).ok()?).ok()
}

/// A form dies with the paper that led to it.
fn bound(said: &str, place: &Place) -> String {
    let paper = match &place.key {
        PlaceKey::Printed(secret) => secret.as_str(),
        PlaceKey::Device(_) => "",
    };
    format!("{said}.{}.{paper}", place.name)
}

impl fmt::Debug for ProofForms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofForms(…)")
    }
}

/// What the page says.
#[derive(Debug, Serialize)]
struct Words {
    lang: &'static str,
    /// Where the style is, seen from the page.
    root: &'static str,
    /// `ask`, `early`, `counted`, `again`, `late` or `unknown`.
    state: &'static str,
    place: String,
    /// Until when it counts, in the sleeper's own time; empty when there is nothing to tell.
    until: String,
}

/// Leads from the paper to a page of its own, which lives for minutes: the address that the telephone keeps
/// in its history is that page's, and in bed tomorrow it opens nothing. Writes nothing down.
pub async fn lead(State(web): State<WebState>, Path(secret): Path<String>) -> Result<Response, Problem> {
    let Some(place) = find(&web, &secret).await? else { return Ok(unknown(&web)) };
    let open = web.calls.store().list_rung(place.sleeper).await?;
    let form = web.forms.draw(&place, &open, web.clock.now());
    // Relative: behind a proxy the path may begin elsewhere.
    let there = HeaderValue::from_str(&format!("once/{form}")).map_err(|error| Problem::internal(&error))?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, there)]).into_response())
}

/// Shows the page. It writes nothing down.
pub async fn show(State(web): State<WebState>, Path(form): Path<String>) -> Result<Response, Problem> {
    let Some((place, only)) = read(&web, &form).await? else { return Ok(late("en")) };
    let lang = language(&web, &place).await?;
    let Some(only) = only else { return Ok(late(lang)) };
    let open = web.calls.store().list_rung(place.sleeper).await?;
    let state = if open.iter().any(|open| only.contains(&open.id)) { "ask" } else { "early" };
    Ok(page(StatusCode::OK, lang, state, &place.name, String::new()))
}

/// Takes the form: she is there.
pub async fn confirm(State(web): State<WebState>, Path(form): Path<String>) -> Result<Response, Problem> {
    let Some((place, only)) = read(&web, &form).await? else { return Ok(late("en")) };
    let lang = language(&web, &place).await?;
    let Some(only) = only else { return Ok(late(lang)) };
    let answer = |status, state, until| Ok(page(status, lang, state, &place.name, until));
    let seen = PlaceSeen {
        source: format!("code {}", place.name),
        reason: format!("scanned the code at {}", place.name),
        stranger: false,
        sleeper: place.sleeper,
        only: Some(only),
        digest: Some(digest_of(&[b"form.", form.as_bytes()])),
    };
    match web.calls.place_proved(&seen).await {
        Ok(proved) => match proved.first() {
            Some(first) => {
                let occurrence = web.calls.store().load_occurrence(first.occurrence).await?;
                let zone = web.calls.zones().get(&occurrence.zone).unwrap_or(TimeZone::UTC);
                let until = zone.to_datetime(first.valid_until).strftime("%H:%M").to_string();
                let until = if first.is_up { String::new() } else { until };
                answer(StatusCode::OK, "counted", until)
            }
            None => answer(StatusCode::ACCEPTED, "early", String::new()),
        },
        Err(CallError::Replayed) => answer(StatusCode::CONFLICT, "again", String::new()),
        Err(error) => Err(error.into()),
    }
}

/// The place of a form, and the wake-ups that it is about; `None` for the latter when the form is too old,
/// or its paper is no longer valid.
async fn read(web: &WebState, form: &str) -> Result<Option<(Place, Option<Vec<OccurrenceId>>)>, Problem> {
    let Some(name) = place_named(form) else { return Ok(None) };
    let places = web.calls.store().list_places().await?;
    let place = places.into_iter().find(|place| place.name == name);
    Ok(place.map(|place| {
        let only = web.forms.read(form, &place, web.clock.now());
        (place, only)
    }))
}

/// The place is not named: the page may be a guess.
fn late(lang: &'static str) -> Response {
    page(StatusCode::FORBIDDEN, lang, "late", "", String::new())
}

async fn find(web: &WebState, secret: &str) -> Result<Option<Place>, Problem> {
    let Some(secret) = Nonce::parse(secret) else { return Ok(None) };
    Ok(web.calls.store().find_place_by_secret(&secret).await?)
}

/// A code that was renewed, or a guess. Guesses are put off; whoever holds a code never is.
fn unknown(web: &WebState) -> Response {
    match web.refusals.count() {
        Ok(()) => {
            tracing::info!("Somebody opened a code that is not, or no longer, valid");
            page(StatusCode::NOT_FOUND, "en", "unknown", "", String::new())
        }
        Err(wait) => {
            Problem::too_many("Too many wrong codes; right ones are still let in.", wait).into_response()
        }
    }
}

/// The language of the one sleeper it can be about.
async fn language(web: &WebState, place: &Place) -> Result<&'static str, Problem> {
    let store = web.calls.store();
    let language = match place.sleeper {
        Some(id) => Some(store.load_sleeper(id).await?.language),
        None => match &store.list_sleepers().await?[..] {
            [only] => Some(only.language.clone()),
            _ => None,
        },
    };
    let french = language.is_some_and(|tag| tag == "fr" || tag.starts_with("fr-"));
    Ok(if french { "fr" } else { "en" })
}

fn page(status: StatusCode, lang: &'static str, state: &'static str, place: &str, until: String) -> Response {
    // The unknown code's page stands where the paper leads, the others one step further down.
    let root = if state == "unknown" { "../" } else { "../../" };
    let words = Words { lang, root, state, place: place.to_owned(), until };
    let mut response = pages::render("proof.html", words);
    if response.status().is_success() {
        *response.status_mut() = status;
    }
    response
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn place(name: &str) -> Place {
        let secret = Nonce::parse(&"0a".repeat(16)).unwrap();
        Place { name: name.to_owned(), sleeper: None, key: PlaceKey::Printed(secret) }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_form_is_good_for_its_place_and_for_minutes() {
        let forms = ProofForms::new(&mut StdRng::seed_from_u64(1));
        let id = OccurrenceId::new(at(0), &mut StdRng::seed_from_u64(2));
        let said = format!("1000.7.{id}.{}", URL_SAFE_NO_PAD.encode("kitchen"));
        let form = forms.sign(&said, &place("kitchen"));
        assert_eq!(forms.read(&form, &place("kitchen"), at(1_300)), Some(vec![id]));
        assert_eq!(forms.read(&form, &place("kitchen"), at(1_301)), None, "too old");
        assert_eq!(forms.read(&form, &place("bath"), at(1_001)), None, "another place's");
        let renewed = PlaceKey::Printed(Nonce::parse(&"0b".repeat(16)).unwrap());
        assert_eq!(
            forms.read(&form, &Place { key: renewed, ..place("kitchen") }, at(1_001)),
            None,
            "new paper"
        );
        assert_eq!(place_named(&form).as_deref(), Some("kitchen"));
        let nobody = forms.draw(&place("kitchen"), &[], at(1_000));
        assert_eq!(forms.read(&nobody, &place("kitchen"), at(1_001)), Some(Vec::new()));
        let other = ProofForms::new(&mut StdRng::seed_from_u64(3));
        assert_eq!(other.read(&form, &place("kitchen"), at(1_001)), None, "another daemon's");
        for forged in ["", ".", "..", &said, &format!("9{form}"), &form[..form.len() - 2]] {
            assert_eq!(forms.read(forged, &place("kitchen"), at(1_001)), None, "{forged}");
        }
    }
}
