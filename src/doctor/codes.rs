//! The carrier's numbers in words, as far as a wake-up call can meet them (`vendor/twilio.md` §1.3, §4, §5).

/// Number, what it means, what to do.
const CODES: [(u32, &str, &str); 44] = [
    (10_001, "the account is not active", "see the carrier's console for the reason"),
    (10_004, "too many calls at once for this account", "wait, or upgrade the account"),
    (
        11_200,
        "a document could not be fetched",
        "run the doctor while the daemon runs: `public-url` shows why",
    ),
    (11_205, "no TCP connection to our address", "open the port, or start the tunnel or proxy"),
    (
        11_206,
        "what answered at our address did not speak HTTP",
        "check what listens behind the public address",
    ),
    (11_210, "our host name does not exist", "set BASE_URL to the tunnel's address, or FOLLOW_TUNNEL=true"),
    (11_215, "more than ten redirects", "set BASE_URL to the address that answers itself"),
    (11_220, "TLS failed at our address", "see what `public-url` says of the certificate"),
    (11_235, "the certificate is for another name", "have the proxy get one for the name in BASE_URL"),
    (11_236, "the certificate has expired", "renew it, and have it renewed"),
    (
        11_237,
        "the certificate's chain is not complete",
        "serve the intermediate certificate too (fullchain.pem)",
    ),
    (11_750, "a document was longer than 64 KiB", "please report it"),
    (11_770, "a document was empty", "look at the log of that minute"),
    (
        12_100,
        "a document was not well-formed",
        "look for a proxy that changes answers; else please report it",
    ),
    (12_102, "a document's root was not <Response>", "look for a proxy that answers in our place"),
    (12_200, "a document had something unknown in it", "please report it"),
    (12_300, "an answer had another content type", "look for a proxy that answers in our place"),
    (13_227, "calls to that country are not permitted", "permit it in the console (Voice, Geo permissions)"),
    (13_335, "a gather's time-outs do not fit together", "please report it"),
    (13_805, "a trial account's ten minutes were over", "upgrade the account"),
    (
        15_002,
        "status callbacks waited too long",
        "run the doctor while the daemon runs: `public-url` shows why",
    ),
    (15_003, "our answer to a status callback was an error", "look at the log of that minute"),
    (15_004, "an address in a document was not absolute", "set BASE_URL to a whole address"),
    (20_003, "the credentials were not taken", "copy account and token from the console again"),
    (20_404, "there is no such account or call", "check TWILIO_ACCOUNT_SID and TWILIO_API_URL"),
    (20_429, "too many requests at once", "find what else uses the account"),
    (21_210, "the number we call from is not the account's", "set TWILIO_PHONE_NUMBER to one of its numbers"),
    (21_211, "the number called is not a telephone number", "correct the sleeper's number"),
    (21_212, "the number we call from cannot be used", "set TWILIO_PHONE_NUMBER to a number with voice"),
    (21_214, "the number called cannot be reached", "correct the sleeper's number"),
    (21_215, "calls to that country are not permitted", "permit it in the console (Voice, Geo permissions)"),
    (21_216, "the number called is blocked", "ask the carrier"),
    (21_217, "the number called is not plausible", "correct the sleeper's number"),
    (21_219, "a trial account calls verified numbers only", "verify the number, or upgrade the account"),
    (
        31_901,
        "the media socket took too long to open",
        "run the doctor while the daemon runs: `public-url` shows why",
    ),
    (31_902, "the media socket was refused", "open port 443, or start the tunnel or proxy"),
    (31_904, "the media socket's host cannot be reached", "give the host a public address"),
    (31_910, "TLS failed at the media socket", "see what `public-url` says of the certificate"),
    (
        31_920,
        "the media socket was answered, but not opened",
        "have the proxy pass WebSockets: `public-url` says how",
    ),
    (
        31_921,
        "the media socket was closed in mid-call",
        "raise the proxy's time-outs; look at the log of that minute",
    ),
    (31_922, "the media socket's address was not wss://", "set BASE_URL to an https address"),
    (31_924, "the media socket broke its protocol", "look for a proxy that rewrites WebSockets"),
    (32_017, "carriers on the way block our number as a nuisance", "register the number, or use another one"),
    (573_002, "a trial account must call from the number assigned to that recipient", "upgrade the account"),
];

/// What a number means and what to do; `None` for those not in the table.
pub(super) fn explain(code: u32) -> Option<(&'static str, &'static str)> {
    let place = CODES.binary_search_by_key(&code, |(code, ..)| *code).ok()?;
    let (_, means, fix) = CODES[place];
    Some((means, fix))
}

/// The number in a text such as `the carrier refused the request: … (error 21219)`.
pub(super) fn code_in(text: &str) -> Option<u32> {
    let (_, rest) = text.rsplit_once("(error ")?;
    rest.split(')').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_so_that_every_number_is_found() {
        assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
        for (code, ..) in CODES {
            assert!(explain(code).is_some(), "{code}");
        }
        assert_eq!(explain(21_606), None, "messages only");
    }

    #[test]
    fn a_refusal_carries_its_number() {
        assert_eq!(
            code_in("the carrier refused the request: The number [number] … (error 21219)"),
            Some(21_219)
        );
        assert_eq!(code_in("the carrier refused the request: it gave no reason (status 400)"), None);
        assert_eq!(code_in(""), None);
    }
}
