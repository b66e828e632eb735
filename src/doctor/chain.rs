//! The four ticks of the guide, on the local line: voice URL, TwiML, socket, audio.
//!
//! The rehearsal itself runs above, where the simulators are; this is what its result means.

use std::time::Duration;

use super::finding::{Finding, symptoms};

symptoms! {
    VOICE_URL = Ok "chain.voice-url": "The call was placed, and the exchange asked for its document.";
    NO_VOICE_URL = Fail "chain.no-voice-url" ["11200"]: "The rehearsed call was not placed, or nobody asked what to do with it."
        => "Please report it with the log (`RUST_LOG=debug`): the local line needs nothing but this machine.";
    TWIML = Ok "chain.twiml": "The document was answered, understood, and opened a media stream.";
    NO_TWIML = Fail "chain.no-twiml" ["12100"]: "The document was not understood, or held no stream."
        => "Please report it with the log (`RUST_LOG=debug`).";
    SOCKET = Ok "chain.socket": "The media socket was opened with its ticket and the stream started.";
    NO_SOCKET = Fail "chain.no-socket" ["31920"]: "The media socket was not opened."
        => "Please report it with the log (`RUST_LOG=debug`).";
    AUDIO = Ok "chain.audio": "The coach was heard on the line.";
    NO_AUDIO = Fail "chain.no-audio": "The stream stood and nothing was heard on it."
        => "Please report it with the log (`RUST_LOG=debug`).";
    LATE_AUDIO = Warn "chain.late-audio": "The coach was heard late: this machine is slow, or busy."
        => "Run it again when the machine is idle; in real calls a second of silence is long.";
    ENDED = Ok "chain.ended": "The sleeper said goodbye, the coach was satisfied, and the call ended.";
    NOT_ENDED = Warn "chain.not-ended": "The rehearsed call did not come to its proper end in time."
        => "Run it again when the machine is idle; please report it if it stays so.";
}

/// After this the silence is noticed.
const LATE: Duration = Duration::from_secs(1);

/// How far a rehearsed call came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a tick of its own")]
pub struct Ticks {
    /// The exchange asked for the document.
    pub voice_url: bool,
    /// The document opened a stream.
    pub twiml: bool,
    /// The media socket stood.
    pub socket: bool,
    /// When the coach was first heard, from the stream's start.
    pub audio: Option<Duration>,
    /// The coach was satisfied.
    pub ended: bool,
}

/// What the ticks mean: each that is there, and the first that is not.
pub fn findings(ticks: Ticks) -> Vec<Finding> {
    let mut found = Vec::new();
    for (there, tick, missing) in [
        (ticks.voice_url, VOICE_URL.saw("voice URL ✓"), NO_VOICE_URL.saw("voice URL ✗")),
        (ticks.twiml, TWIML.saw("TwiML ✓"), NO_TWIML.saw("voice URL ✓ → TwiML ✗")),
        (ticks.socket, SOCKET.saw("socket ✓"), NO_SOCKET.saw("voice URL ✓ → TwiML ✓ → socket ✗")),
    ] {
        if !there {
            found.push(missing);
            return found;
        }
        found.push(tick);
    }
    let Some(after) = ticks.audio else {
        found.push(NO_AUDIO.saw("voice URL ✓ → TwiML ✓ → socket ✓ → audio ✗"));
        return found;
    };
    let heard = if after > LATE { LATE_AUDIO } else { AUDIO };
    found.push(heard.saw(format!("audio ✓, {} ms after the stream began", after.as_millis())));
    found.push(if ticks.ended { ENDED.saw("the end ✓") } else { NOT_ENDED.saw("the end ✗") });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ticks: Ticks, expected: &[&str]) {
        let found = findings(ticks);
        let ids: Vec<_> = found.iter().map(|finding| finding.id.trim_start_matches("chain.")).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn the_chain_is_told_up_to_where_it_broke() {
        let mut ticks = Ticks::default();
        check(ticks, &["no-voice-url"]);
        ticks.voice_url = true;
        check(ticks, &["voice-url", "no-twiml"]);
        ticks.twiml = true;
        check(ticks, &["voice-url", "twiml", "no-socket"]);
        ticks.socket = true;
        check(ticks, &["voice-url", "twiml", "socket", "no-audio"]);
        ticks.audio = Some(Duration::from_millis(200));
        check(ticks, &["voice-url", "twiml", "socket", "audio", "not-ended"]);
        ticks = Ticks { ended: true, audio: Some(Duration::from_secs(2)), ..ticks };
        check(ticks, &["voice-url", "twiml", "socket", "late-audio", "ended"]);
    }
}
