//! Whom a command is about, when nobody was named.

use anyhow::bail;

use super::access::Access;
use super::usage::Usage;

/// The sleeper who was named, or the only one there is; `question` is asked when there are several.
pub async fn whose(access: &Access, named: Option<&str>, question: &str) -> anyhow::Result<String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let sleepers = access.list_sleepers().await?;
    match sleepers.as_slice() {
        [] => bail!("there is nobody to wake yet: wakeup-coach sleeper add Anna +4930901820"),
        [only] => Ok(only.id.clone()),
        several => {
            let everybody: Vec<&str> =
                several.iter().map(|one| one.name.as_deref().unwrap_or(&one.short_id)).collect();
            bail!(Usage(format!("{question} Say --for, with one of {}", everybody.join(", "))))
        }
    }
}
