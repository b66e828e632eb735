//! The service manager, as the program sees it: a datagram socket, and somebody who counts the seconds.

use std::time::Duration;

use tokio::net::UnixDatagram;
use wakeup_coach::app::Scratch;
use wakeup_coach::clock::{SystemClock, timeout};

use crate::start::{Program, home, in_time};
use crate::support::tamper;

/// How long it waits for a sign of life before it would restart the program.
const PATIENCE: Duration = Duration::from_secs(4);
const NOTHING_MORE: u32 = 60;

struct Manager {
    socket: UnixDatagram,
    path: String,
    patience: String,
    _directory: Scratch,
}

impl Manager {
    fn new(home: &Scratch) -> Self {
        let directory = Scratch::new(&mut rand::make_rng::<rand::rngs::StdRng>()).unwrap();
        let path = directory.file("notify");
        assert!(home.path().exists());
        let socket = UnixDatagram::bind(&path).unwrap();
        let patience = PATIENCE.as_micros().to_string();
        Self { socket, path: path.display().to_string(), patience, _directory: directory }
    }

    fn start(&self, home: &Scratch) -> Program {
        let variables = [("NOTIFY_SOCKET", self.path.as_str()), ("WATCHDOG_USEC", self.patience.as_str())];
        Program::start(home.path(), &["serve"], &variables)
    }

    async fn told(&self) -> String {
        let mut bytes = [0; 256];
        let length = self.socket.recv(&mut bytes).await.unwrap();
        String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
    }

    /// Waits until it is told this; what comes before is given back.
    async fn is_told(&self, what: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            let told = in_time(what, self.told()).await;
            if told == what {
                return before;
            }
            before.push(told);
        }
    }

    /// Waits until its patience is over without a sign of life.
    async fn loses_patience(&self) {
        for _ in 0..NOTHING_MORE {
            if timeout(&*SystemClock::shared(), PATIENCE, self.told()).await.is_err() {
                return;
            }
        }
        panic!("signs of life go on");
    }
}

#[tokio::test]
async fn ready_is_told_when_it_serves_and_the_watchdog_starves_while_the_dispatcher_is_blind() {
    let home = home("PORT=0\n");
    let manager = Manager::new(&home);
    let mut program = manager.start(&home);
    let before = manager.is_told("READY=1").await;
    assert!(before.iter().all(|told| told == "WATCHDOG=1"), "{before:?}");
    let port = program.listens().await;
    let url = format!("http://127.0.0.1:{port}/readyz");
    let answer = in_time("readiness", wakeup_coach::http::client().get(url).send()).await.unwrap();
    assert_eq!(answer.status(), 200, "whoever is told may rely on it");
    manager.is_told("WATCHDOG=1").await;

    tamper(&home.file("wakeup-coach.db"), "ALTER TABLE occurrences RENAME TO out_of_reach").await;
    program.says("Could not ask the database what is due").await;
    manager.loses_patience().await;
    tamper(&home.file("wakeup-coach.db"), "ALTER TABLE out_of_reach RENAME TO occurrences").await;
    manager.is_told("WATCHDOG=1").await;

    program.signal("TERM");
    manager.is_told("STOPPING=1").await;
    let (code, log) = program.ends().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("is given no more signs of life"), "{log}");
}

#[tokio::test]
async fn a_manager_that_has_gone_away_stops_nobody() {
    let home = home("PORT=0\n");
    let mut program = {
        let manager = Manager::new(&home);
        manager.start(&home)
    };
    program.listens().await;
    program.says("The service manager could not be told").await;
    program.signal("TERM");
    assert_eq!(program.ends().await.0, Some(0));
}
