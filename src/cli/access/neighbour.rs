//! Whether a wakeup-coach answers where these settings say that one listens.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use crate::clock::{SystemClock, timeout};
use crate::http;

/// On this machine a program that lives answers at once.
const PATIENCE: Duration = Duration::from_secs(2);
/// What every version says on its front page.
const SIGN_OF_LIFE: &str = "Wake-up Coach";

/// The address of the program that answers there, if it is one of ours.
pub async fn at(address: SocketAddr) -> Option<Url> {
    let url: Url = format!("http://{address}/").parse().ok()?;
    let asking = async {
        let page = http::client().get(url.clone()).header("accept", "text/html").send().await.ok()?;
        page.text().await.ok().filter(|text| text.contains(SIGN_OF_LIFE))
    };
    timeout(&*SystemClock::shared(), PATIENCE, asking).await.ok().flatten().map(|_| url)
}
