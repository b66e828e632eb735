//! The program itself, started as its owner starts it: with the original work's `.env`, in real time.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::sync::{broadcast::Receiver, mpsc};
use wakeup_coach::app::Scratch;
use wakeup_coach::clock::{SystemClock, timeout};
use wakeup_coach::simulator::sleeper::{Act, Sleeper, When};
use wakeup_coach::simulator::twilio::{CallStatus, Exchange, ExchangeOptions, Happening, LineEvent, Tunnel};
use wakeup_coach::simulator::{openai::Models, openai::ModelsOptions, pace::Pace};

use crate::support::ANNA;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "auth-token-of-the-account";
const KEY: &str = "sk-key-of-the-model";
const PUBLIC: &str = "https://wake.example.com";
/// Real time after which something has gone wrong; a loaded machine starts slowly.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time enough for a model to get ready on a loaded machine.
pub const WHILE_IT_RINGS: Duration = Duration::from_secs(3);
/// Lines waiting to be read.
const LINES: usize = 10_000;

/// The vendors, reached over the network by another process.
pub struct FarSide {
    pub exchange: Exchange,
    models: Models,
    line: Receiver<LineEvent>,
}

impl FarSide {
    pub async fn start() -> Self {
        let pace = Pace::new(1.0);
        let mut options = ExchangeOptions::new(ACCOUNT, TOKEN);
        options.pace = pace;
        let exchange = Exchange::start(options).await.unwrap();
        let models = Models::start(ModelsOptions::local(KEY, pace)).await.unwrap();
        let line = exchange.subscribe();
        Self { exchange, models, line }
    }

    /// What the original's `.env` says, and where the vendors are.
    pub fn env_file(&self) -> String {
        format!(
            "# Twilio\nTWILIO_ACCOUNT_SID={ACCOUNT}\nTWILIO_AUTH_TOKEN=\"{TOKEN}\"\n\
             TWILIO_PHONE_NUMBER=+15005550006\nPHONE_NUMBER={ANNA}\n\n\
             OPENAI_API_KEY={KEY}\nWAKE_UP_TIME=06:30\nTZ=Europe/Berlin\n\
             REALTIME_API_PROBABILITY=0.5\nBASE_URL={PUBLIC}\nPORT=0\n\
             TWILIO_API_URL={}\nOPENAI_BASE_URL={}\n",
            self.exchange.url(),
            self.models.url(),
        )
    }

    pub fn tunnel_to(&self, port: u16) {
        let local = ([127, 0, 0, 1], port).into();
        self.exchange.open_tunnel(Tunnel { public_origin: PUBLIC.to_owned(), local });
    }

    async fn happens(&mut self, what: &str, fits: impl Fn(&Happening) -> bool) {
        let seen = async { while !fits(&self.line.recv().await.expect("the exchange runs").what) {} };
        in_time(what, seen).await;
    }

    pub async fn stop(self) {
        self.exchange.shutdown().await;
        self.models.shutdown().await;
    }
}

pub async fn in_time<F: Future>(what: &str, work: F) -> F::Output {
    timeout(&*SystemClock::shared(), PATIENCE, work).await.unwrap_or_else(|_| panic!("in vain: {what}"))
}

/// A place with an `.env` file, as the owner has one.
pub fn home(env_file: &str) -> Scratch {
    let home = Scratch::new(&mut rand::make_rng::<StdRng>()).unwrap();
    std::fs::write(home.file(".env"), env_file).unwrap();
    home
}

/// The program, running.
pub struct Program {
    child: Child,
    lines: mpsc::Receiver<String>,
    pub seen: Vec<String>,
}

impl Program {
    /// Starts it in `home`, with nothing in its environment but `variables`.
    pub fn start(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wakeup-coach"))
            .args(arguments)
            .current_dir(home)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stderr.take().unwrap());
        let (told, lines) = mpsc::channel(LINES);
        // The pipe ends when the program does, and the thread with it, whatever the test is doing.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if told.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, seen: Vec::new() }
    }

    /// Runs it to its end in `home`, and gives what it printed for its reader.
    pub async fn start_loud(home: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wakeup-coach"));
        command.args(arguments).current_dir(home).env_clear().stdin(Stdio::null());
        let running = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = in_time("its end", running).await.unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Waits for a line with `part` in it, and returns the line.
    pub async fn says(&mut self, part: &str) -> String {
        loop {
            let line = timeout(&*SystemClock::shared(), PATIENCE, self.lines.recv()).await;
            match line {
                Ok(Some(line)) => self.seen.push(line),
                Ok(None) => panic!("it stopped without saying `{part}`: {:#?}", self.seen),
                Err(late) => panic!("it did not say `{part}` ({late}): {:#?}", self.seen),
            }
            if let Some(line) = self.seen.last().filter(|line| line.contains(part)) {
                return line.clone();
            }
        }
    }

    /// Waits for the line that tells the port.
    pub async fn listens(&mut self) -> u16 {
        let line = self.says("Listening on http://127.0.0.1:").await;
        let (_, rest) = line.split_once("http://127.0.0.1:").unwrap();
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.child.id())).status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it has ended by itself: its exit code, and everything it said.
    pub async fn ends(mut self) -> (Option<i32>, String) {
        while let Some(line) = in_time("its end", self.lines.recv()).await {
            self.seen.push(line);
        }
        let status = self.child.wait().unwrap();
        (status.code(), self.seen.join("\n"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed leaves nothing running; one that did not has waited for the end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The owner, at the daemon's own port.
struct Owner {
    port: u16,
    token: String,
}

impl Owner {
    fn of(home: &Scratch, port: u16) -> Self {
        let file = home.file("wakeup-coach.admin-token");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else reads the token");
        Self { port, token: std::fs::read_to_string(file).unwrap().trim().to_owned() }
    }

    async fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let request = wakeup_coach::http::client().request(method.parse().unwrap(), url);
        let answer = in_time(path, request.bearer_auth(&self.token).send()).await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }
}

fn soon() -> Duration {
    Duration::from_millis(300)
}

#[tokio::test]
async fn a_copy_of_the_originals_env_file_is_enough() {
    let mut far = FarSide::start().await;
    far.exchange.set_sleeper(
        ANNA,
        vec![Sleeper::answering(soon(), vec![Act::HangUp { after: When::After(soon()) }])],
    );
    let home = home(&far.env_file());
    let mut program = Program::start(home.path(), &[], &[]);
    let port = program.listens().await;
    far.tunnel_to(port);
    let first = program.says("Next wake-up: ").await;
    assert!(first.contains(" 06:30 +0") && first.contains("Europe/Berlin in "), "{first}");
    program.says("Next wake-up: ").await;
    program.says("Next wake-up: ").await;
    let start = program.seen.join("\n");
    for part in [
        "Calls go through 127.0.0.1 from +1",
        "speaks in realtime mode",
        "The carrier finds us at https://wake.example.com/",
        "Time zones: 20",
    ] {
        assert!(start.contains(part), "`{part}` is missing:\n{start}");
    }
    for secret in [TOKEN, KEY, ANNA, "+15005550006"] {
        assert!(!start.contains(secret), "{secret} was printed");
    }

    let owner = Owner::of(&home, port);
    assert_eq!(owner.ask("GET", "/health").await, (200, json!({"status": "ok"})));
    let (status, ready) = owner.ask("GET", "/readyz").await;
    assert_eq!((status, &ready["status"]), (200, &json!("ready")), "{ready}");
    assert_eq!(owner.ask("GET", "/realtime-api-config").await.1["probability"], json!(0.5));
    let healthcheck = Program::start(home.path(), &["healthcheck"], &[("PORT", &port.to_string())]);
    assert_eq!(healthcheck.ends().await, (Some(0), String::new()));

    let (status, placed) = owner.ask("POST", "/test-call-traditional").await;
    assert_eq!((status, &placed["using_realtime_api"]), (200, &json!(false)), "{placed}");
    far.happens("the end of the call", |what| *what == Happening::Ended(CallStatus::Completed)).await;
    program.says("Attempt 1 ended: hung_up").await;
    let call = far.exchange.call(placed["call_sid"].as_str().unwrap()).unwrap();
    assert_eq!((call.to.as_str(), call.codes().len()), (ANNA, 0), "{:#?}", call.problems);

    program.signal("TERM");
    let (code, log) = program.ends().await;
    assert_eq!(code, Some(0), "{log}");
    let healthcheck = Program::start(home.path(), &["healthcheck"], &[("PORT", &port.to_string())]);
    assert_eq!(healthcheck.ends().await.0, Some(1), "nobody is there any more");
    far.stop().await;
}

#[tokio::test]
async fn what_the_owner_changed_survives_a_restart() {
    let far = FarSide::start().await;
    let home = home(&far.env_file());
    let mut program = Program::start(home.path(), &["serve"], &[]);
    let port = program.listens().await;
    let owner = Owner::of(&home, port);
    assert_eq!(owner.ask("POST", "/realtime-api-config?probability=0.25").await.0, 200);
    program.signal("INT");
    assert_eq!(program.ends().await.0, Some(0));

    // The environment only seeds what is empty.
    let mut program = Program::start(home.path(), &["serve"], &[("REALTIME_API_PROBABILITY", "0.9")]);
    let owner = Owner { port: program.listens().await, ..owner };
    assert_eq!(owner.ask("GET", "/realtime-api-config").await.1["probability"], json!(0.25));

    // One database has one daemon: two would ring twice.
    let (code, log) = Program::start(home.path(), &[], &[]).ends().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("is in use by another wakeup-coach; stop that one first"), "{log}");
    assert_eq!(owner.ask("GET", "/healthz").await.0, 200, "the first one has not noticed");
    program.signal("TERM");
    assert_eq!(program.ends().await.0, Some(0));
    far.stop().await;
}

#[tokio::test]
async fn a_wrong_configuration_is_told_completely() {
    let home = home(
        "TWILIO_ACCOUNT_SID=AC1\nTWILIO_AUTH_TOKEN=canary-token\nPHONE_NUMBER=911\nWAKE_UP_TIME=half six\n\
         TZ=Europe/Berlni\nREALTIME_API_PROBABILITY=75%\nPORT=http\nOPENAI_API_KEY=\"sk canary\"\n\
         ADMIN_TOKEN=canary\nDATABASE_URL=postgres://canary@host/db\nWAKEUP_SETTEL_SECS=3\n",
    );
    let (code, told) = Program::start(home.path(), &[], &[]).ends().await;
    assert_eq!(code, Some(2), "{told}");
    for name in [
        "TWILIO_ACCOUNT_SID",
        "TWILIO_PHONE_NUMBER",
        "BASE_URL",
        "PHONE_NUMBER",
        "WAKE_UP_TIME",
        "TZ",
        "REALTIME_API_PROBABILITY",
        "PORT",
        "OPENAI_API_KEY",
        "ADMIN_TOKEN",
        "DATABASE_URL",
        "WAKEUP_SETTEL_SECS",
    ] {
        assert!(told.lines().any(|line| line.starts_with(&format!("  {name}: "))), "{name}:\n{told}");
    }
    assert!(!told.contains("canary"), "a secret was printed:\n{told}");
    assert!(!home.file("wakeup-coach.db").exists(), "nothing was begun");
}

#[tokio::test]
async fn stopping_hands_a_live_call_over() {
    let mut far = FarSide::start().await;
    far.exchange.set_sleeper(ANNA, vec![Sleeper::answering(WHILE_IT_RINGS, Vec::new())]);
    let home = home(&far.env_file());
    // As loud as it can be, for the secrets' sake.
    let variables = [("WAKEUP_STOP_GRACE_SECS", "1"), ("RUST_LOG", "trace"), ("LOG_FORMAT", "json")];
    let mut program = Program::start(home.path(), &[], &variables);
    let port = program.listens().await;
    far.tunnel_to(port);
    let owner = Owner::of(&home, port);
    let (status, placed) = owner.ask("GET", "/test-call-realtime").await;
    assert_eq!((status, &placed["using_realtime_api"]), (200, &json!(true)), "{placed}");
    program.says("Stream started").await;
    far.happens("the coach's voice", |what| *what == Happening::CoachSpoke).await;
    program.signal("TERM");
    // What the carrier reads aloud next comes from us, while we are stopping.
    far.happens("the traditional voice", |what| matches!(what, Happening::CoachSaid { .. })).await;
    let (code, log) = program.ends().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("Falling back to traditional mode because this host is being restarted"), "{log}");
    let call = far.exchange.call(placed["call_sid"].as_str().unwrap()).unwrap();
    assert_eq!(call.streams[0].ending.as_deref(), Some("closed by the account"));
    let ticket = call.streams[0].url.rsplit('/').next().unwrap();
    let words = &call.said[0];
    for secret in [TOKEN, KEY, ANNA, &ANNA[1..], &owner.token, ticket, words] {
        assert!(secret.len() > 8 && !log.contains(secret), "`{secret}` was logged:\n{log}");
    }
    assert!(log.contains(r#""level":"DEBUG""#), "{log}");
    far.stop().await;
}

#[tokio::test]
async fn without_accounts_the_local_line_is_used_and_says_why() {
    let home = home("PORT=0\n");
    let mut program = Program::start(home.path(), &[], &[]);
    program.listens().await;
    program.says("No wake-up is planned: set PHONE_NUMBER and WAKE_UP_TIME").await;
    let start = program.seen.join("\n");
    assert!(start.contains("Calls stay on the local line, because no carrier is configured"), "{start}");
    assert!(start.contains("The built-in coach speaks, because no model is configured"), "{start}");
    program.signal("TERM");
    assert_eq!(program.ends().await.0, Some(0));
}
