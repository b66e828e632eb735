//! Other people in a story: the owner's and the back-up person's servers, and her telephone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;
use wakeup_coach::clock::{Clock as _, SharedClock, timeout};
use wakeup_coach::domain::ids::ContactId;
use wakeup_coach::domain::notice::{Channel, News, NoticeState};
use wakeup_coach::domain::phone::PhoneNumber;
use wakeup_coach::simulator::sleeper::{Act, Sleeper as Script, When};
use wakeup_coach::simulator::twilio::CallRecord;
use wakeup_coach::store::contacts::Contact;
use wakeup_coach::store::notices::Notice;

use super::TestDay;

/// The back-up person's number; kept for fiction.
pub const BERT: &str = "+14155550177";

/// A server that somebody is told through; answers 200 unless it is told otherwise.
pub struct Inbox {
    pub url: Url,
    state: Shared,
    _server: JoinSet<()>,
}

type Shared = Arc<Mutex<Desk>>;

#[derive(Default)]
struct Desk {
    posts: Vec<Post>,
    answers: VecDeque<u16>,
    always: Option<u16>,
}

/// One message as it arrived.
#[derive(Debug, Clone)]
pub struct Post {
    headers: HeaderMap,
    pub body: String,
}

impl Post {
    /// A header's value; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The document's `type`, such as `wake_up.missed`.
    pub fn kind(&self) -> String {
        let document: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        document["type"].as_str().unwrap().to_owned()
    }
}

impl Inbox {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/inbox", listener.local_addr().unwrap()).parse().unwrap();
        let state = Shared::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&state));
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self { url, state, _server: server }
    }

    /// The next messages are answered like this, one each.
    pub fn answers(&self, statuses: &[u16]) {
        self.state.lock().unwrap().answers.extend(statuses);
    }

    /// All messages are answered like this from now on.
    pub fn always_answers(&self, status: u16) {
        self.state.lock().unwrap().always = Some(status);
    }

    /// What has arrived so far.
    pub fn posts(&self) -> Vec<Post> {
        self.state.lock().unwrap().posts.clone()
    }

    /// What has arrived at a webhook so far, by `type`.
    pub fn kinds(&self) -> Vec<String> {
        self.posts().iter().map(Post::kind).collect()
    }
}

async fn take(State(state): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut state = state.lock().unwrap();
    state.posts.push(Post { headers, body: String::from_utf8(body.to_vec()).unwrap() });
    let status = state.answers.pop_front().or(state.always).unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}

/// Somebody who picks up, listens, and presses 1.
pub fn confirms() -> Script {
    let after = When::CoachPauses(Duration::from_secs(1));
    Script::answering(Duration::from_secs(2), vec![Act::Press { digits: "1".to_owned(), after }])
}

impl TestDay {
    /// Anna's back-up person, reached by `set`.
    pub async fn has_a_contact(&self, set: impl FnOnce(&mut Contact)) -> ContactId {
        let id: ContactId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let mut contact = Contact {
            id,
            sleeper: self.anna.id,
            name: "Bert".to_owned(),
            language: "en-US".to_owned(),
            phone_number: None,
            webhook: None,
            ntfy: None,
        };
        set(&mut contact);
        let mut change = self.morning.store.change().await.unwrap();
        change.add_contact(&contact, self.morning.clock.now()).await.unwrap();
        change.commit().await.unwrap();
        id
    }

    /// Anna's back-up person has a telephone, behind which somebody behaves like this, call by call.
    pub async fn has_bert_with_a_telephone(&self, scripts: Vec<Script>) {
        self.morning.exchange().set_sleeper(BERT, scripts);
        self.has_a_contact(|contact| contact.phone_number = Some(PhoneNumber::parse(BERT).unwrap())).await;
    }

    /// Waits until everybody was told that, or was not.
    pub async fn told(&self, news: News, state: NoticeState) {
        let settled = async || {
            let notices = self.notices().await;
            let mut about = notices.iter().filter(|notice| notice.news == news).peekable();
            about.peek().is_some() && about.all(|notice| notice.state == state)
        };
        let clock: SharedClock = self.morning.clock.clone();
        let looking = async {
            while !settled().await {
                clock.sleep(Duration::from_millis(100)).await;
            }
        };
        let told = timeout(&*clock, super::PATIENCE, looking).await;
        assert!(told.is_ok(), "waited in vain for {news:?} to be {state:?}: {:#?}", self.outbox().await);
    }

    /// The carrier's calls to the back-up person.
    pub fn calls_to_bert(&self) -> Vec<CallRecord> {
        self.carrier_calls().into_iter().filter(|call| call.to == BERT).collect()
    }

    /// The carrier's calls to Anna.
    pub fn calls_to_anna(&self) -> Vec<CallRecord> {
        self.carrier_calls().into_iter().filter(|call| call.to == super::ANNA).collect()
    }

    /// Everything in the outbox, of all wake-ups.
    pub async fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        for occurrence in self.morning.store.list_recent(100).await.unwrap().iter().rev() {
            notices.extend(self.morning.store.list_notices(occurrence.id).await.unwrap());
        }
        notices
    }

    /// Everything in the outbox: `slow_to_wake webhook sent 1` and its like, in order.
    pub async fn outbox(&self) -> Vec<String> {
        let line = |notice: &Notice| {
            let (news, channel) = (notice.news.name(), notice.channel.name());
            format!("{news} {channel} {} {}", notice.state.name(), notice.tries)
        };
        self.notices().await.iter().map(line).collect()
    }

    /// Moves the wall clock to the next try of a notice by this way, once it has been put off.
    pub async fn to_the_next_try(&self, channel: Channel) {
        let now = self.now();
        let put_off = async || {
            let notices = self.notices().await;
            notices
                .iter()
                .filter(|notice| notice.channel == channel)
                .find_map(|notice| notice.next_try_at)
                .filter(|at| *at > now)
        };
        let clock: SharedClock = self.morning.clock.clone();
        let looking = async {
            loop {
                if let Some(at) = put_off().await {
                    return at;
                }
                clock.sleep(Duration::from_millis(100)).await;
            }
        };
        let at = timeout(&*clock, super::PATIENCE, looking).await;
        self.morning.jump_to(at.expect("a notice that is tried again"));
    }
}
