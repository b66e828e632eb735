//! `simulate`: both far sides of the wire on loopback ports, for anything that can be pointed at them.
//!
//! Prints one line of JSON that says where they listen, what opens them and who can be telephoned, and runs
//! until its input is closed or it is asked to stop. Nothing it prints is a secret: there is nothing behind it.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;

use crate::simulator::lifetime::until_asked_to_stop;
use crate::simulator::openai::{Models, ModelsOptions};
use crate::simulator::pace::Pace;
use crate::simulator::sleeper::{Act, Answer, Sleeper, When};
use crate::simulator::twilio::{Exchange, ExchangeOptions, Tunnel};

const ACCOUNT_SID: &str = "AC5111a7ed000000000000000000000001";
const TWILIO_KEY: (&str, &str) = ("SK5111a7ed000000000000000000000002", "simulated-secret");

/// How the simulators are set up.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many times as fast as real time the simulated world runs.
    #[arg(long, default_value_t = 1.0, value_parser = parse_speed)]
    speed: f64,
    /// The account's token, with which webhooks are signed.
    #[arg(long, default_value = "simulated-auth-token")]
    auth_token: String,
    /// The only key the models take.
    #[arg(long, default_value = "sk-simulated")]
    api_key: String,
    /// A public address and where it leads, such as `https://wake.example.com=127.0.0.1:8765`; repeatable.
    #[arg(long, value_parser = parse_tunnel)]
    tunnel: Vec<Tunnel>,
    /// Behave like a trial account: no media streams, short documents and calls.
    #[arg(long)]
    trial: bool,
}

fn parse_speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "write a number such as 1 or 4".to_owned())?;
    if speed.is_finite() && speed > 0.0 { Ok(speed) } else { Err("time must move forward".to_owned()) }
}

fn parse_tunnel(text: &str) -> Result<Tunnel, String> {
    let (origin, local) = text.split_once('=').ok_or("write ORIGIN=ADDRESS:PORT")?;
    let local: SocketAddr = local.parse().map_err(|_| format!("`{local}` is not an address with a port"))?;
    if !local.ip().is_loopback() {
        return Err(format!("{local} is not on this machine: the simulators never leave it"));
    }
    Ok(Tunnel { public_origin: origin.to_owned(), local })
}

/// Runs both simulators until input ends or a signal comes.
pub async fn run(args: &Args) -> anyhow::Result<()> {
    let pace = Pace::new(args.speed);
    let models =
        Models::start(ModelsOptions::local(&args.api_key, pace)).await.context("starting the models")?;
    let mut options = ExchangeOptions::new(ACCOUNT_SID, &args.auth_token);
    options.api_keys = vec![(TWILIO_KEY.0.to_owned(), TWILIO_KEY.1.to_owned())];
    options.tunnels.clone_from(&args.tunnel);
    options.trial = args.trial;
    options.pace = pace;
    let numbers = options.numbers.clone();
    let exchange = Exchange::start(options).await.context("starting the exchange")?;
    let book = telephone_book();
    for (number, _, sleeper) in &book {
        exchange.set_sleeper(number, vec![sleeper.clone()]);
    }
    announce(&json!({
        "twilio": exchange.url(),
        "openai": models.url(),
        "account_sid": ACCOUNT_SID,
        "auth_token": args.auth_token,
        "twilio_key": TWILIO_KEY,
        "api_key": args.api_key,
        "numbers": numbers,
        "sleepers": book.iter().map(|(number, name, _)| (*name, *number)).collect::<BTreeMap<_, _>>(),
    }))?;
    until_asked_to_stop().await.context("listening for signals")?;
    exchange.shutdown().await;
    models.shutdown().await;
    Ok(())
}

fn announce(line: &serde_json::Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Who can be telephoned: number, name, behaviour. The numbers are of the range kept for fiction.
fn telephone_book() -> Vec<(&'static str, &'static str, Sleeper)> {
    let soon = |acts| Sleeper::answering(Duration::from_secs(1), acts);
    let pause = When::CoachPauses(Duration::from_millis(500));
    vec![
        ("+14155550101", "gets_up", Sleeper::prompt_riser()),
        ("+14155550102", "mumbles", Sleeper::mumbler()),
        ("+14155550103", "interrupts", Sleeper::interrupter()),
        ("+14155550104", "falls_asleep", Sleeper::falls_asleep()),
        ("+14155550105", "hangs_up", Sleeper::hangs_up()),
        ("+14155550106", "presses_a_key", soon(vec![Act::Press { digits: "1".to_owned(), after: pause }])),
        ("+14155550107", "says_she_is_up", soon(vec![Act::say("Yes, I'm awake.")])),
        ("+14155550108", "listens", soon(Vec::new())),
        ("+14155550110", "nobody", Sleeper::never_answers()),
        ("+14155550111", "is_busy", Sleeper::absent(Answer::Busy)),
        ("+14155550112", "declines", Sleeper::absent(Answer::Declines)),
        ("+14155550113", "out_of_order", Sleeper::absent(Answer::Failed)),
        ("+14155550114", "voicemail", Sleeper::voicemail()),
        ("+14155550115", "screening", Sleeper::screening()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_leads_from_an_origin_to_this_machine() {
        let tunnel = parse_tunnel("https://wake.example.com=127.0.0.1:8765").unwrap();
        assert_eq!(tunnel.public_origin, "https://wake.example.com");
        assert_eq!(tunnel.local, SocketAddr::from(([127, 0, 0, 1], 8765)));
        for wrong in ["https://wake.example.com", "https://a=localhost:1", "https://a=10.0.0.1:80"] {
            parse_tunnel(wrong).unwrap_err();
        }
    }

    #[test]
    fn time_moves_forward() {
        assert!(parse_speed("4").is_ok());
        for wrong in ["0", "-1", "inf", "NaN", "fast"] {
            parse_speed(wrong).unwrap_err();
        }
    }

    #[test]
    fn everybody_in_the_book_has_a_number_of_her_own() {
        let book = telephone_book();
        let numbers: std::collections::BTreeSet<_> = book.iter().map(|(number, ..)| number).collect();
        let names: std::collections::BTreeSet<_> = book.iter().map(|(_, name, _)| name).collect();
        assert_eq!((numbers.len(), names.len()), (book.len(), book.len()));
    }
}
