//! Calendars over a real socket: the right request, refusal, garbage, silence, slowness, death; and files.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::fetch::{FETCH_WITHIN, TEXT_BYTES_MAX};
use super::*;
use crate::clock::{Clock as _, ManualClock};

mod planning;

const GOOD_FRIDAY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Good Friday\r\n\
    DTSTART;VALUE=DATE:20260403\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// What the server does with one request.
enum Does {
    Answers(u16, &'static str, String),
    AnswersAfter(Duration, String),
    Hangs,
    Dies,
    DiesInMidAnswer,
    NeverEnds,
}

fn gives(text: &str) -> Does {
    Does::Answers(200, "content-type: text/calendar", text.to_owned())
}

struct Desk {
    calendars: Calendars,
    clock: Arc<ManualClock>,
    rng: StdRng,
    source: CalendarSource,
    asked: Arc<Mutex<Vec<String>>>,
    dir: PathBuf,
    _server: JoinSet<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Desk {
    async fn with(name: &str, speed: f64, script: Vec<Does>) -> Self {
        let dir = std::env::temp_dir().join(format!("wakeup-calendars-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        let store = Store::open(&dir.join("coach.db")).await.unwrap();
        let clock = ManualClock::standing("2026-03-26T12:00:00Z".parse().unwrap(), speed);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let source = format!("http://{address}/private/secret-token/basic.ics").parse().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut server = JoinSet::new();
        server.spawn(serve(listener, script.into(), Arc::clone(&asked), clock.clone()));
        let calendars = Calendars {
            store,
            zones: Arc::new(Zones::bundled()),
            clock: clock.clone(),
            http: crate::http::client(),
        };
        Self { calendars, clock, rng: StdRng::seed_from_u64(1), source, asked, dir, _server: server }
    }

    async fn add(&mut self) -> Looked {
        self.calendars.add("Berlin", self.source.clone(), &mut self.rng).await.unwrap()
    }

    fn requests(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    listener: TcpListener,
    mut script: VecDeque<Does>,
    asked: Arc<Mutex<Vec<String>>>,
    clock: SharedClock,
) {
    // Connections that hang stay open as long as the server.
    let mut hanging = Vec::new();
    while let Ok((mut socket, _)) = listener.accept().await {
        let head = read_head(&mut socket).await;
        asked.lock().unwrap().push(head);
        match script.pop_front().expect("a request that the script does not know") {
            Does::Answers(status, header, body) => answer(&mut socket, status, header, &body).await,
            Does::AnswersAfter(wait, body) => {
                clock.sleep(wait).await;
                answer(&mut socket, 200, "content-type: text/calendar", &body).await;
            }
            Does::Hangs => hanging.push(socket),
            Does::Dies => drop(socket),
            Does::DiesInMidAnswer => {
                let half = &GOOD_FRIDAY[..60];
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{half}", GOOD_FRIDAY.len());
                let _ = socket.write_all(head.as_bytes()).await;
            }
            Does::NeverEnds => {
                let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                // Until the other side has had enough.
                while socket.write_all(&[b'x'; 8_192]).await.is_ok() {}
            }
        }
    }
}

async fn read_head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap().to_lowercase()
}

async fn answer(socket: &mut TcpStream, status: u16, header: &str, body: &str) {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\n{header}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    // Whoever asked may have gone.
    let _ = socket.write_all(text.as_bytes()).await;
}

#[tokio::test]
async fn a_calendar_is_asked_for_once_and_read() {
    let mut desk = Desk::with("right", 1.0, vec![gives(GOOD_FRIDAY)]).await;
    let looked = desk.add().await;
    assert_eq!((looked.days, looked.calendar.problem), (1, None));
    assert_eq!(looked.calendar.fetched_at, Some(desk.clock.now()));
    let requests = desk.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with("get /private/secret-token/basic.ics http/1.1"), "{requests:?}");
    assert!(
        requests[0].contains("accept: text/calendar") && requests[0].contains("user-agent: wakeup-coach/")
    );
}

#[tokio::test]
async fn a_calendar_that_cannot_be_fetched_or_read_sets_no_day_free_and_says_why() {
    let moved = "location: https://elsewhere.example/other-secret";
    for (number, does, expected) in [
        (0, Does::Answers(404, "x: y", "not here".to_owned()), "the server answers HTTP 404"),
        (1, Does::Answers(503, "x: y", String::new()), "the server answers HTTP 503"),
        (2, Does::Answers(204, "x: y", String::new()), "the server answers HTTP 204"),
        (
            3,
            Does::Answers(301, moved, String::new()),
            "the server has moved it (HTTP 301) to https://elsewhere.example: give the new address",
        ),
        (
            4,
            gives("<html><body>Please sign in</body></html>"),
            "it is not a whole iCalendar document (BEGIN:VCALENDAR … END:VCALENDAR)",
        ),
        (5, gives(""), "it is not a whole iCalendar document (BEGIN:VCALENDAR … END:VCALENDAR)"),
        (6, Does::Dies, "the server cannot be reached, or broke off"),
        (7, Does::DiesInMidAnswer, "the server cannot be reached, or broke off"),
        (8, Does::NeverEnds, "it is longer than 2048 KiB"),
    ] {
        let mut desk = Desk::with(&format!("bad-{number}"), 1.0, vec![does]).await;
        let looked = desk.add().await;
        assert_eq!(looked.calendar.problem.as_deref(), Some(expected), "{number}");
        assert_eq!((looked.days, looked.calendar.fetched_at), (0, None), "{number}");
        assert_eq!(desk.requests().len(), 1, "{number}: asked once, and in an hour again");
    }
}

#[tokio::test]
async fn silence_and_slowness_end_with_the_deadline() {
    let late = FETCH_WITHIN * 4;
    for (name, does) in [("hangs", Does::Hangs), ("slow", Does::AnswersAfter(late, GOOD_FRIDAY.to_owned()))] {
        let mut desk = Desk::with(name, 50.0, vec![does]).await;
        let started = desk.clock.elapsed();
        let looked = desk.add().await;
        assert_eq!(looked.calendar.problem.as_deref(), Some("it did not arrive within 20s"), "{name}");
        assert!(desk.clock.elapsed() >= started + FETCH_WITHIN, "{name}");
    }
    let mut desk =
        Desk::with("in-time", 10.0, vec![Does::AnswersAfter(Duration::from_secs(2), GOOD_FRIDAY.to_owned())])
            .await;
    assert_eq!(desk.add().await.calendar.problem, None);
}

#[tokio::test]
async fn what_it_said_before_counts_until_it_can_be_read_again() {
    let script = vec![gives(GOOD_FRIDAY), Does::Dies, gives("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")];
    let mut desk = Desk::with("before", 1.0, script).await;
    let id = desk.add().await.calendar.id;
    let read_at = desk.clock.now();
    desk.clock.advance(Duration::from_hours(24));
    let looked = desk.calendars.refresh(id, &mut desk.rng).await.unwrap();
    assert_eq!((looked.days, looked.calendar.fetched_at), (1, Some(read_at)));
    assert_eq!(looked.calendar.tried_at, Some(desk.clock.now()));
    assert!(looked.calendar.problem.is_some());
    let looked = desk.calendars.refresh(id, &mut desk.rng).await.unwrap();
    assert_eq!((looked.days, looked.calendar.problem), (0, None), "and then what it says now");
}

#[tokio::test]
async fn each_calendar_has_its_turn_once_a_night_and_each_hour_while_it_fails() {
    let script = vec![gives(GOOD_FRIDAY), Does::Dies, gives(GOOD_FRIDAY)];
    let mut desk = Desk::with("turns", 1.0, script).await;
    desk.add().await;
    for (hours, asked) in [(10, 1), (11, 2), (0, 2), (1, 3), (1, 3)] {
        desk.clock.advance(Duration::from_hours(hours));
        desk.calendars.refresh_due(&mut desk.rng).await.unwrap();
        assert_eq!(desk.requests().len(), asked, "{hours} h later");
    }
}

#[tokio::test]
async fn a_calendar_may_be_a_file_of_this_machine() {
    let mut desk = Desk::with("file", 1.0, vec![]).await;
    let path = desk.dir.join("holidays.ics");
    std::fs::write(&path, GOOD_FRIDAY).unwrap();
    desk.source = path.to_str().unwrap().parse().unwrap();
    let looked = desk.add().await;
    assert_eq!((looked.days, looked.calendar.problem), (1, None));
    for (contents, expected) in [
        (vec![0xff_u8; 10], "it is not text"),
        (vec![b' '; TEXT_BYTES_MAX + 1], "it is longer than 2048 KiB"),
    ] {
        std::fs::write(&path, contents).unwrap();
        let looked = desk.calendars.refresh(looked.calendar.id, &mut desk.rng).await.unwrap();
        assert_eq!(looked.calendar.problem.as_deref(), Some(expected));
    }
    std::fs::remove_file(&path).unwrap();
    let looked = desk.calendars.refresh(looked.calendar.id, &mut desk.rng).await.unwrap();
    assert_eq!(looked.calendar.problem.as_deref(), Some("the file cannot be read: entity not found"));
    assert_eq!(looked.days, 1, "what it said before still counts");
    std::fs::create_dir(&path).unwrap();
    let looked = desk.calendars.refresh(looked.calendar.id, &mut desk.rng).await.unwrap();
    assert!(looked.calendar.problem.unwrap().starts_with("the file cannot be read"));
}

#[tokio::test]
async fn a_name_is_given_once_and_a_removed_calendar_is_gone() {
    let mut desk = Desk::with("names", 1.0, vec![gives(GOOD_FRIDAY)]).await;
    let id = desk.add().await.calendar.id;
    let again = desk.calendars.add("Berlin", desk.source.clone(), &mut desk.rng).await;
    assert!(matches!(again, Err(SchedulerError::Store(StoreError::Duplicate))));
    desk.calendars.remove(id, &mut desk.rng).await.unwrap();
    assert!(desk.calendars.store.list_calendars().await.unwrap().is_empty());
    assert!(desk.calendars.store.list_calendar_days(id).await.unwrap().is_empty());
}

#[test]
fn a_source_is_an_address_or_an_absolute_path_and_keeps_its_secret() {
    for (text, expected) in [
        ("webcal://calendars.example/a.ics", "https://calendars.example/a.ics"),
        (" https://calendars.example/a.ics ", "https://calendars.example/a.ics"),
        ("/var/lib/holidays.ics", "/var/lib/holidays.ics"),
    ] {
        assert_eq!(text.parse::<CalendarSource>().unwrap().to_string(), expected);
    }
    for wrong in ["", "holidays.ics", "ftp://calendars.example/a.ics", "file:///etc/passwd", "https://"] {
        assert!(wrong.parse::<CalendarSource>().is_err(), "{wrong}");
    }
    let secret: CalendarSource = "https://calendars.example/private/secret".parse().unwrap();
    assert_eq!(format!("{secret:?}"), "Web(calendars.example/…)");
}
