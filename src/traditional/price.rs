//! What an answer of the chat model costs.

use super::wire::Usage;
use crate::domain::money::MicroDollars;

/// Prices in billionths of a dollar a token, which is dollars for a million tokens times a thousand.
struct Price {
    model: &'static str,
    input: u64,
    cached: u64,
    output: u64,
}

/// Published prices, autumn 2026.
const PRICES: [Price; 2] = [
    Price { model: "gpt-6-luna", input: 100, cached: 10, output: 500 },
    // Also the guess for models we do not know: better a little too much than nothing.
    Price { model: "gpt-5.6-luna", input: 200, cached: 20, output: 1_200 },
];

/// The cost of `usage` on `model`; a dated snapshot costs what its model costs.
pub(super) fn cost(model: &str, usage: &Usage) -> MicroDollars {
    let price = PRICES.iter().find(|price| model.starts_with(price.model)).unwrap_or(&PRICES[1]);
    let cached = usage.cached().min(usage.prompt_tokens);
    let fresh = usage.prompt_tokens - cached;
    let billionths = [(fresh, price.input), (cached, price.cached), (usage.completion_tokens, price.output)]
        .into_iter()
        .map(|(tokens, each)| tokens.saturating_mul(each))
        .fold(0, u64::saturating_add);
    MicroDollars(i64::try_from(billionths.div_ceil(1_000)).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(model: &str, (input, cached, output): (u64, u64, u64), expected: i64) {
        let usage = Usage::new(input, cached, output);
        assert_eq!(cost(model, &usage), MicroDollars(expected), "{model} {input} {cached} {output}");
    }

    #[test]
    fn tokens_are_priced_by_model_and_rounded_up() {
        check("gpt-6-luna", (1_000_000, 0, 0), 100_000);
        check("gpt-6-luna", (1_000_000, 1_000_000, 1_000_000), 510_000);
        check("gpt-6-luna-2026-09-22", (52, 0, 9), 10);
        check("gpt-5.6-luna", (1_000, 500, 100), 230);
    }

    #[test]
    fn an_unknown_model_and_absurd_usage_still_cost_something_finite() {
        check("llama-of-my-own", (1_000, 0, 0), 200);
        check("gpt-6-luna", (10, 5_000, 0), 1);
        check("gpt-6-luna", (u64::MAX, 0, u64::MAX), 18_446_744_073_709_552);
        check("gpt-6-luna", (0, 0, 0), 0);
    }
}
