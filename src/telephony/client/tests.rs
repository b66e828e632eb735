//! The client against a carrier on loopback that answers, refuses, babbles, dawdles, keeps silent or dies.

pub(super) mod fake;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use self::fake::{FakeCarrier, Reply, client, json, read_request};
use super::*;
use crate::clock::ManualClock;
use crate::telephony::{AnsweredBy, CarrierStatus};

const QUEUED: &str =
    r#"{"sid":"CA1","status":"queued","date_created":null,"start_time":null,"duration":null}"#;

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

async fn place(carrier: &Carrier) -> Result<CarrierCall, CarrierError> {
    let url: Url = "https://wake.example.com/voice/0a".parse().unwrap();
    let status: Url = "https://wake.example.com/call-status/0a".parse().unwrap();
    let call = NewCall {
        to: &number("+14155552671"),
        from: &number("+15005550006"),
        voice_url: &url,
        fallback_url: None,
        status_url: &status,
        ring_timeout: Duration::from_secs(40),
        time_limit: Duration::from_mins(15),
        detect_machine: false,
    };
    carrier.place(&call).await
}

#[tokio::test]
async fn a_call_is_asked_for_in_exactly_these_words() {
    let fake = FakeCarrier::answering(vec![json("201 CREATED", QUEUED)]).await;
    let call = place(&fake.client()).await.unwrap();
    assert_eq!((call.id, call.status, call.created_at), (CallId::new("CA1"), CarrierStatus::Queued, None));
    let requests = fake.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1\r\n"), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains("content-type: application/x-www-form-urlencoded"));
    assert!(head.contains("authorization: basic qumxonnly3jlda=="), "{head}");
    assert_eq!(
        body,
        "To=%2B14155552671&From=%2B15005550006\
         &Url=https%3A%2F%2Fwake.example.com%2Fvoice%2F0a%23rc%3D3%26rp%3Dct%2Crt%2C5xx&Method=POST\
         &StatusCallback=https%3A%2F%2Fwake.example.com%2Fcall-status%2F0a%23rc%3D3%26rp%3Dct%2Crt%2C5xx\
         &StatusCallbackMethod=POST&StatusCallbackEvent=initiated&StatusCallbackEvent=ringing\
         &StatusCallbackEvent=answered&StatusCallbackEvent=completed&Timeout=40&TimeLimit=900"
    );
}

#[test]
fn fallback_detection_and_bounds_go_into_the_form() {
    let url: Url = "https://wake.example.com/voice/0a".parse().unwrap();
    let (to, from) = (number("+14155552671"), number("+15005550006"));
    let call = NewCall {
        to: &to,
        from: &from,
        voice_url: &url,
        fallback_url: Some(&url),
        status_url: &url,
        ring_timeout: Duration::from_hours(2),
        time_limit: Duration::ZERO,
        detect_machine: true,
    };
    let form = call.form();
    assert!(form.contains("&FallbackUrl=https%3A%2F%2Fwake.example.com%2Fvoice%2F0a%23rc"));
    assert!(form.contains("&FallbackMethod=POST&"));
    assert!(form.ends_with("&Timeout=600&TimeLimit=60&MachineDetection=Enable"));
}

#[tokio::test]
async fn an_api_key_keeps_the_account_in_the_path() {
    let fake = FakeCarrier::answering(vec![json("201 CREATED", QUEUED)]).await;
    let credentials = Credentials::ApiKey { key: "SK1".to_owned(), secret: "s".into() };
    let clock = ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0);
    let base = fake.url.join("/api/laml/").unwrap();
    let carrier = Carrier::new(crate::http::client(), base, "AC1".to_owned(), credentials, clock);
    place(&carrier).await.unwrap();
    let request = fake.requests().remove(0);
    assert!(request.starts_with("POST /api/laml/2010-04-01/Accounts/AC1/Calls.json "), "{request}");
    assert!(request.to_lowercase().contains("authorization: basic u0sxonm="), "{request}");
}

#[tokio::test]
async fn a_refusal_says_whether_it_lasts_and_names_nobody() {
    for (status, body, code, lasting) in [
        (
            "400 X",
            r#"{"code":21219,"message":"The number +14155552671 is unverified","status":400}"#,
            Some(21219),
            true,
        ),
        ("400 X", r#"{"code":10004,"message":"Call concurrency limit"}"#, Some(10004), false),
        ("401 X", r#"{"code":20003,"message":"Authenticate"}"#, Some(20003), true),
        ("403 X", "<html>Forbidden</html>", None, false),
        ("400 X", "", None, false),
    ] {
        let fake = FakeCarrier::answering(vec![json(status, body)]).await;
        let error = place(&fake.client()).await.unwrap_err();
        assert!(error.is_certain() && !error.to_string().contains("4155552671"), "{error}");
        let CarrierError::Refused { code: said, lasting: lasts, .. } = error else { panic!("{error:?}") };
        assert_eq!((said, lasts), (code, lasting), "{body}");
    }
}

#[tokio::test]
async fn a_refusal_is_one_even_when_its_reason_never_comes() {
    let fake = FakeCarrier::answering(vec![Reply::Mutters]).await;
    let error = place(&fake.impatient_client()).await.unwrap_err();
    assert!(matches!(error, CarrierError::Refused { status: 400, code: None, .. }), "{error:?}");
}

#[tokio::test]
async fn too_many_requests_may_be_repeated() {
    for (headers, wait) in [("Retry-After: 3\r\n", Some(3)), ("", None), ("Retry-After: soon\r\n", None)] {
        let reply = Reply::Says("429 TOO MANY", headers, r#"{"code":20429}"#.to_owned());
        let fake = FakeCarrier::answering(vec![reply]).await;
        let error = place(&fake.client()).await.unwrap_err();
        let CarrierError::Throttled { retry_after } = error else { panic!("{error:?}") };
        assert_eq!(retry_after.map(|wait| wait.as_secs()), wait);
    }
}

#[tokio::test]
async fn whatever_leaves_it_open_whether_a_phone_rings_is_unknown_and_asked_once() {
    for (name, reply) in [
        ("500", json("500 X", r#"{"code":20500,"message":"Internal"}"#)),
        ("503", json("503 X", "")),
        ("408", json("408 X", "")),
        ("redirect", Reply::Says("307 X", "Location: https://elsewhere.example.com/\r\n", String::new())),
        ("see other", Reply::Says("303 X", "Location: /calls/1\r\n", String::new())),
        ("garbage", json("201 CREATED", "<html>")),
        ("empty", json("201 CREATED", "")),
        ("no name", json("201 CREATED", r#"{"status":"queued","sid":null}"#)),
        ("blank name", json("201 CREATED", r#"{"status":"queued","sid":""}"#)),
        ("oversized", json("201 CREATED", &format!(r#"{{"sid":"CA1","x":"{}"}}"#, "x".repeat(70_000)))),
        ("silence", Reply::Silence),
        ("half", Reply::Half),
        ("death", Reply::Dies),
        ("reset", Reply::Resets),
    ] {
        let fake = FakeCarrier::answering(vec![reply]).await;
        let error = place(&fake.impatient_client()).await.unwrap_err();
        assert!(matches!(error, CarrierError::Unknown(_)), "{name}: {error:?}");
        assert!(!error.is_certain());
        assert_eq!(fake.requests().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_slow_answer_in_time_is_an_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let carrier = client(url, 1.0);
    let clock = carrier.clock.clone();
    let dawdling = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await;
        for byte in format!("HTTP/1.1 201 C\r\nContent-Length: {}\r\n\r\n{QUEUED}", QUEUED.len()).bytes() {
            stream.write_all(&[byte]).await.unwrap();
            clock.sleep(Duration::from_micros(100)).await;
        }
    };
    let (call, ()) = tokio::join!(place(&carrier), dawdling);
    assert_eq!(call.unwrap().id, CallId::new("CA1"));
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for url in [format!("http://{address}"), "data:text/plain,hello".to_owned()] {
        let error = place(&client(url.parse().unwrap(), 1.0)).await.unwrap_err();
        assert!(matches!(error, CarrierError::NotSent(_)), "{error:?}");
        assert!(error.is_certain());
    }
}

#[tokio::test]
async fn ending_a_call_that_is_over_is_a_success() {
    let over = r#"{"code":21220,"message":"Call is not in-progress. Cannot redirect."}"#;
    let done = r#"{"sid":"CA1","status":"completed"}"#;
    let fake = FakeCarrier::answering(vec![
        json("200 OK", done),
        json("400 X", over),
        json("404 X", r#"{"code":20404}"#),
        json("200 OK", r#"{"sid":"CA1","status":"canceled"}"#),
        json("404 X", ""),
        json("500 X", ""),
    ])
    .await;
    let (carrier, call) = (fake.client(), CallId::new("CA1"));
    assert_eq!(carrier.hang_up(&call).await.unwrap().unwrap().status, CarrierStatus::Completed);
    assert_eq!(carrier.hang_up(&call).await.unwrap(), None);
    assert_eq!(carrier.hang_up(&call).await.unwrap(), None);
    assert_eq!(carrier.cancel(&call).await.unwrap().unwrap().status, CarrierStatus::Canceled);
    assert_eq!(carrier.cancel(&call).await.unwrap(), None);
    assert!(matches!(carrier.cancel(&call).await, Err(CarrierError::Unknown(_))));
    let requests = fake.requests();
    assert!(requests[0].starts_with("POST /2010-04-01/Accounts/AC1/Calls/CA1.json "));
    assert!(
        requests[0].ends_with("\r\n\r\nStatus=completed") && requests[3].ends_with("\r\n\r\nStatus=canceled")
    );
}

#[tokio::test]
async fn a_redirect_right_after_the_answer_is_tried_again_and_given_up_in_the_end() {
    let too_early = || json("400 X", r#"{"code":21220,"message":"Call is not in-progress."}"#);
    let url: Url = "https://wake.example.com/voice/0a".parse().unwrap();
    let fake = FakeCarrier::answering(vec![
        too_early(),
        too_early(),
        json("200 OK", r#"{"sid":"CA1","status":"in-progress"}"#),
    ])
    .await;
    fake.impatient_client().redirect(&CallId::new("CA1"), &url).await.unwrap();
    assert!(fake.requests()[2].ends_with("%2Fvoice%2F0a%23rc%3D3%26rp%3Dct%2Crt%2C5xx&Method=POST"));
    let fake = FakeCarrier::answering((0..4).map(|_| too_early()).collect()).await;
    let error = fake.impatient_client().redirect(&CallId::new("CA1"), &url).await.unwrap_err();
    assert_eq!((error.code(), fake.requests().len()), (Some(21220), 4));
}

#[tokio::test]
async fn a_call_is_looked_up_and_an_unknown_one_is_none() {
    let body = r#"{"sid":"CA1","status":"completed","duration":"49","price":"-0.03","answered_by":"human",
        "date_created":"Tue, 31 Aug 2010 20:36:28 +0000","to":"+14155552671","subresource_uris":{}}"#;
    let fake = FakeCarrier::answering(vec![json("200 OK", body), json("404 X", r#"{"code":20404}"#)]).await;
    let call = fake.client().fetch(&CallId::new("CA1")).await.unwrap().unwrap();
    assert_eq!(call.duration, Some(Duration::from_secs(49)));
    assert_eq!(call.cost.unwrap().to_string(), "$0.0300");
    assert_eq!(call.answered_by, Some(AnsweredBy::Human));
    assert_eq!(call.created_at.unwrap().as_second(), 1_283_286_988);
    assert_eq!(fake.client().fetch(&CallId::new("CA/2")).await.unwrap(), None);
    assert!(fake.requests()[1].starts_with("GET /2010-04-01/Accounts/AC1/Calls/CA%2F2.json "));
}

const NEW: &str = "Tue, 31 Aug 2010 20:36:28 +0000";
const OLD: &str = "Tue, 31 Aug 2010 20:35:58 +0000";

fn back_to() -> Timestamp {
    "2010-08-31T20:36:28.9Z".parse().unwrap()
}

#[tokio::test]
async fn a_list_is_followed_until_it_reaches_the_past() {
    let page = |body: String| json("200 OK", &body);
    let fake = FakeCarrier::answering(vec![
        page(format!(
            r#"{{"calls":[{{"sid":"CA1","status":"queued","date_created":null}},{{"sid":"CA2","date_created":"{NEW}"}}],
               "next_page_uri":"/2010-04-01/Accounts/AC1/Calls.json?To=%2B14155552671&Page=1&PageToken=PACA2"}}"#
        )),
        page(format!(
            r#"{{"calls":[{{"sid":"CA3","date_created":""}},{{"sid":"CA4","date_created":"{OLD}"}}],
               "next_page_uri":"/2010-04-01/Accounts/AC1/Calls.json?Page=2"}}"#
        )),
    ])
    .await;
    let calls = fake.client().list_to(&number("+14155552671"), back_to()).await.unwrap();
    let ids: Vec<_> = calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["CA1", "CA2", "CA3"], "calls without a time count as new");
    let requests = fake.requests();
    assert!(
        requests[0].starts_with("GET /2010-04-01/Accounts/AC1/Calls.json?To=%2B14155552671&PageSize=20 HTTP"),
        "an unencoded + finds nothing, and rings twice: {}",
        requests[0]
    );
    assert!(
        requests[1]
            .starts_with("GET /2010-04-01/Accounts/AC1/Calls.json?To=%2B14155552671&Page=1&PageToken=PACA2 ")
    );
}

#[tokio::test]
async fn an_empty_list_is_believed_only_when_it_is_one() {
    let list = |reply| async {
        let fake = FakeCarrier::answering(vec![reply]).await;
        fake.impatient_client().list_to(&number("+14155552671"), back_to()).await
    };
    assert!(list(json("200 OK", r#"{"calls":[],"next_page_uri":null}"#)).await.unwrap().is_empty());
    for (name, reply) in [
        ("no list", json("200 OK", "{}")),
        ("null", json("200 OK", r#"{"calls":null}"#)),
        ("no name", json("200 OK", r#"{"calls":[{"status":"queued"}]}"#)),
        ("elsewhere", json("200 OK", r#"{"calls":[],"next_page_uri":"https://elsewhere.example.com/"}"#)),
        ("silence", Reply::Silence),
        ("death", Reply::Dies),
        ("500", json("500 X", "")),
    ] {
        let error = list(reply).await.unwrap_err();
        assert!(matches!(error, CarrierError::Unknown(_)), "{name}: {error:?}");
    }
    let refused = list(json("401 X", r#"{"code":20003}"#)).await.unwrap_err();
    assert!(matches!(refused, CarrierError::Refused { lasting: true, .. }));
}

#[tokio::test]
async fn an_endless_list_is_an_error_and_not_a_short_one() {
    let page = format!(r#"{{"calls":[{{"sid":"CA1","date_created":"{NEW}"}}],"next_page_uri":"/again"}}"#);
    let fake = FakeCarrier::answering((0..PAGES_MAX).map(|_| json("200 OK", &page)).collect()).await;
    let error = fake.client().list_to(&number("+14155552671"), back_to()).await.unwrap_err();
    assert!(matches!(error, CarrierError::Unknown(Cause::Garbage(_))), "{error:?}");
    assert_eq!(fake.requests().len(), PAGES_MAX);
}

#[tokio::test]
async fn the_account_says_what_it_is_and_what_time_it_is() {
    let date = "Date: Tue, 31 Aug 2010 20:36:28 GMT\r\n";
    let trial = r#"{"sid":"AC1","type":"Trial","status":"active"}"#.to_owned();
    let fake = FakeCarrier::answering(vec![
        Reply::Says("200 OK", date, trial),
        json("200 OK", r#"{"sid":"AC1","type":"Full"}"#),
        json("200 OK", r#"{"sid":"AC1"}"#),
        json("200 OK", "{}"),
    ])
    .await;
    let carrier = fake.client();
    let account = carrier.account().await.unwrap();
    assert_eq!((account.kind, account.status.as_deref()), (AccountKind::Trial, Some("active")));
    assert_eq!(account.server_date.unwrap().as_second(), 1_283_286_988);
    assert_eq!(carrier.account().await.unwrap().kind, AccountKind::Full);
    assert_eq!(carrier.account().await.unwrap().kind, AccountKind::Other(String::new()));
    assert!(carrier.account().await.is_err());
    assert!(fake.requests()[0].starts_with("GET /2010-04-01/Accounts/AC1.json "));
}

#[tokio::test]
async fn nothing_an_error_says_holds_the_number_or_the_secret() {
    let fake = FakeCarrier::answering(vec![Reply::Dies]).await;
    let error = fake.client().list_to(&number("+14155552671"), back_to()).await.unwrap_err();
    let text = format!("{error} {error:?} {:?}", fake.client());
    assert!(!text.contains("4155552671") && !text.contains("secret"), "{text}");
}
