//! What a response costs, from the tokens it reports.

use serde::Deserialize;

use crate::domain::money::MicroDollars;

/// Prices in hundredths of a micro-dollar for each token (the same number as cents per million tokens).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prices {
    text: Rate,
    audio: Rate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    input: i64,
    cached: i64,
    output: i64,
}

impl Prices {
    const GPT_REALTIME_2_1: Self = Self {
        text: Rate { input: 400, cached: 40, output: 2_400 },
        audio: Rate { input: 3_200, cached: 40, output: 6_400 },
    };
    const GPT_REALTIME_2_1_MINI: Self = Self {
        text: Rate { input: 60, cached: 6, output: 240 },
        audio: Rate { input: 1_000, cached: 30, output: 2_000 },
    };
    const GPT_REALTIME_1_5: Self = Self {
        text: Rate { input: 400, cached: 40, output: 1_600 },
        audio: Rate { input: 3_200, cached: 40, output: 6_400 },
    };

    /// The model's prices, as its page showed them in autumn 2026; a model we do not know costs what the
    /// default one costs.
    pub fn of(model: &str) -> Self {
        if model.starts_with("gpt-realtime-1.5") {
            Self::GPT_REALTIME_1_5
        } else if model.contains("mini") {
            Self::GPT_REALTIME_2_1_MINI
        } else {
            Self::GPT_REALTIME_2_1
        }
    }

    /// The price of one response, rounded to whole micro-dollars.
    pub fn cost(self, usage: &Usage) -> MicroDollars {
        let input = usage.input_token_details.clone().unwrap_or_default();
        let cached = input.cached.unwrap_or_default();
        let output = usage.output_token_details.clone().unwrap_or_default();
        let text = self.text.cost(input.text, cached.text, output.text);
        let audio = self.audio.cost(input.audio, cached.audio, output.audio);
        MicroDollars((text.saturating_add(audio).saturating_add(50)) / 100)
    }
}

impl Rate {
    fn cost(self, input: Option<i64>, cached: Option<i64>, output: Option<i64>) -> i64 {
        let [input, cached, output] =
            [input, cached, output].map(|tokens| tokens.unwrap_or(0).clamp(0, 1 << 32));
        // Cached tokens are counted among the input.
        let fresh = (input - cached).max(0);
        fresh * self.input + cached * self.cached + output * self.output
    }
}

/// The `usage` of `response.done`; every part may be absent or null.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Usage {
    input_token_details: Option<Tokens>,
    output_token_details: Option<Tokens>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Tokens {
    #[serde(rename = "text_tokens")]
    text: Option<i64>,
    #[serde(rename = "audio_tokens")]
    audio: Option<i64>,
    #[serde(rename = "cached_tokens_details")]
    cached: Option<Cached>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Cached {
    #[serde(rename = "text_tokens")]
    text: Option<i64>,
    #[serde(rename = "audio_tokens")]
    audio: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{"total_tokens":253,"input_tokens":132,"output_tokens":121,
        "input_token_details":{"text_tokens":119,"audio_tokens":13,"image_tokens":0,"cached_tokens":64,
        "cached_tokens_details":{"text_tokens":64,"audio_tokens":0,"image_tokens":0}},
        "output_token_details":{"text_tokens":30,"audio_tokens":91}}"#;

    fn check(model: &str, usage: &str, micro_dollars: i64) {
        let usage: Usage = serde_json::from_str(usage).unwrap();
        assert_eq!(Prices::of(model).cost(&usage), MicroDollars(micro_dollars), "{model}");
    }

    #[test]
    fn the_documented_sample_costs_what_it_should() {
        check("gpt-realtime-2.1", SAMPLE, 7_206);
        check("gpt-realtime-2.1-mini", SAMPLE, 2_059);
        check("somebody-elses-model", SAMPLE, 7_206);
    }

    #[test]
    fn missing_and_absurd_parts_cost_nothing() {
        check("gpt-realtime-2.1", "{}", 0);
        check("gpt-realtime-2.1", r#"{"input_token_details":null,"output_token_details":{}}"#, 0);
        check("gpt-realtime-2.1", r#"{"output_token_details":{"audio_tokens":-5}}"#, 0);
        let cached_only = r#"{"input_token_details":{"cached_tokens_details":{"text_tokens":100}}}"#;
        check("gpt-realtime-2.1", cached_only, 40);
    }
}
