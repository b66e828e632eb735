//! The weather in a few words: a line of text as it comes, or the JSON that Open-Meteo made common.

use serde::Deserialize;

use crate::coach::language::{Sky, Tongue};

/// As far as it is read. Other fields are somebody else's.
#[derive(Deserialize)]
struct Forecast {
    current: Current,
}

#[derive(Deserialize)]
struct Current {
    temperature_2m: f64,
    #[serde(default)]
    weather_code: Option<u8>,
}

/// No place on earth is colder or hotter, in either scale.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = -130.0..=140.0;

/// Longest line of text taken for weather, in characters: an error page is no weather.
const LINE_CHARS_MAX: usize = 120;

/// One line; `None` when the answer is neither form.
pub(super) fn line(body: &str, tongue: Tongue) -> Option<String> {
    let body = body.trim_start_matches('\u{feff}').trim();
    if body.starts_with(['{', '[']) {
        return from_json(body, tongue);
    }
    let plain = !body.is_empty() && !body.contains(['<', '\n']) && body.chars().count() <= LINE_CHARS_MAX;
    plain.then(|| body.to_owned())
}

#[expect(clippy::cast_possible_truncation, reason = "a plausible temperature is a small number")]
fn from_json(body: &str, tongue: Tongue) -> Option<String> {
    let Forecast { current } = serde_json::from_str(body).ok()?;
    let degrees = Some(current.temperature_2m).filter(|degrees| PLAUSIBLE.contains(degrees))?.round() as i64;
    let temperature = format!("{degrees} {}", tongue.lexicon().degrees);
    Some(match current.weather_code.and_then(sky) {
        Some(sky) => format!("{temperature}, {}", tongue.sky(sky)),
        None => temperature,
    })
}

/// The World Meteorological Organization's code 4677, as Open-Meteo shortens it.
fn sky(code: u8) -> Option<Sky> {
    Some(match code {
        0 | 1 => Sky::Clear,
        2 | 3 => Sky::Cloudy,
        45 | 48 => Sky::Fog,
        51..=67 | 80..=82 => Sky::Rain,
        71..=77 | 85 | 86 => Sky::Snow,
        95..=99 => Sky::Thunder,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, english: Option<&str>, french: Option<&str>) {
        assert_eq!(line(body, Tongue::ENGLISH).as_deref(), english, "{body}");
        assert_eq!(line(body, Tongue::all()[1]).as_deref(), french, "{body}");
    }

    #[test]
    fn json_and_plain_text_are_both_weather() {
        let json = r#"{"latitude":52.5,"current":{"time":"2026-03-02T06:30","temperature_2m":3.6,"weather_code":61}}"#;
        check(json, Some("4 degrees, rain"), Some("4 degrés, de la pluie"));
        let cold = r#"{"current":{"temperature_2m":-11.5,"weather_code":null}}"#;
        check(cold, Some("-12 degrees"), Some("-12 degrés"));
        check(
            r#"{"current":{"temperature_2m":20,"weather_code":42}}"#,
            Some("20 degrees"),
            Some("20 degrés"),
        );
        check("Sunny, 21 °C\n", Some("Sunny, 21 °C"), Some("Sunny, 21 °C"));
    }

    #[test]
    fn anything_else_is_none() {
        for garbage in [
            "",
            "   ",
            "{",
            "[]",
            "{}",
            r#"{"current":{}}"#,
            r#"{"current":{"temperature_2m":"warm"}}"#,
            r#"{"current":{"temperature_2m":4000}}"#,
            "<html><body>Login</body></html>",
            "two\nlines",
            &"x".repeat(500),
        ] {
            check(garbage, None, None);
        }
    }

    #[test]
    fn every_code_of_the_vendor_has_its_sky() {
        for code in [
            0, 1, 2, 3, 45, 48, 51, 53, 55, 56, 57, 61, 63, 65, 66, 67, 71, 73, 75, 77, 80, 81, 82, 85, 86,
            95, 96, 99,
        ] {
            assert!(sky(code).is_some(), "{code}");
        }
    }
}
