//! `contact`: whom to tell when somebody does not wake up.

use clap::{Args, Subcommand};

use super::access::{Access, Asking, Missing};
use super::ask;
use super::show::or_none;
use super::table::{Cell, Table};
use super::terminal::{FAINT, STRONG, say, say_json};
use super::whose::whose;
use crate::desk::dto::{ContactNew, ContactShown};

/// Whom to tell when somebody does not wake up.
#[derive(Debug, Args)]
pub struct ContactArgs {
    #[command(subcommand)]
    verb: Verb,
    /// Whose contact; the only sleeper's goes without.
    #[arg(long = "for", global = true, value_name = "NAME")]
    sleeper: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add somebody, or say how else to reach them, such as: contact set Ben --phone +4930901821
    Set {
        /// What they are called.
        name: String,
        /// A number to call, in international form.
        #[arg(long)]
        phone: Option<String>,
        /// Where JSON is posted.
        #[arg(long, value_name = "URL")]
        webhook: Option<String>,
        /// The address of a topic of ntfy, or of a server with the same protocol.
        #[arg(long, value_name = "URL")]
        ntfy: Option<String>,
        /// The language of what they are told; the sleeper's without it.
        #[arg(long)]
        language: Option<String>,
    },
    /// Show them.
    #[command(alias = "list")]
    Show,
    /// Do not tell somebody any more.
    Remove {
        /// Whom.
        name: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

/// Does what was asked.
pub async fn run(arguments: &ContactArgs) -> anyhow::Result<()> {
    let json = arguments.asking.json;
    if let Verb::Remove { name, yes: false } = &arguments.verb {
        let access = Access::open(&arguments.asking, Missing::Refuse).await?;
        let known = known(&access, arguments.sleeper.as_deref()).await;
        access.close().await;
        // What is not there is refused below; about nothing nobody is asked.
        let is_there = known?.iter().any(|contact| ask::may_mean(name, &contact.name, &contact.id));
        if is_there && !ask::confirm(&format!("Tell {name} nothing any more?"), false)? {
            ask::remark("Nothing was changed.");
            return Ok(());
        }
    }
    let access = Access::open(&arguments.asking, Missing::Refuse).await?;
    let told = told(&access, arguments).await;
    access.close().await;
    match told? {
        Told::All(contacts) if json => say_json(&contacts),
        Told::All(contacts) => {
            list(&contacts);
            Ok(())
        }
        Told::One(contact) if json => say_json(&contact),
        Told::One(contact) => {
            say(&format!("{} is told: {}.", contact.name, ways(&contact).join(", ")));
            Ok(())
        }
        Told::Gone(name) if json => say_json(&serde_json::json!({ "removed": name })),
        Told::Gone(name) => {
            say(&format!("{name} is told nothing any more."));
            Ok(())
        }
    }
}

async fn known(access: &Access, sleeper: Option<&str>) -> anyhow::Result<Vec<ContactShown>> {
    let sleeper = whose(access, sleeper, "whose contact?").await?;
    access.list_contacts(&sleeper).await
}

enum Told {
    All(Vec<ContactShown>),
    One(ContactShown),
    Gone(String),
}

async fn told(access: &Access, arguments: &ContactArgs) -> anyhow::Result<Told> {
    let sleeper = whose(access, arguments.sleeper.as_deref(), "whose contact?").await?;
    match &arguments.verb {
        Verb::Show => Ok(Told::All(access.list_contacts(&sleeper).await?)),
        Verb::Remove { name, .. } => {
            access.remove_contact(&sleeper, name).await?;
            Ok(Told::Gone(name.clone()))
        }
        Verb::Set { name, phone, webhook, ntfy, language } => {
            let wanted = ContactNew {
                name: name.clone(),
                phone: phone.clone(),
                webhook: webhook.clone(),
                ntfy: ntfy.clone(),
                language: language.clone(),
            };
            Ok(Told::One(set(access, &sleeper, wanted).await?))
        }
    }
}

/// Adds a contact, or puts it in the place of the one by that name, whose other ways are kept.
async fn set(access: &Access, sleeper: &str, wanted: ContactNew) -> anyhow::Result<ContactShown> {
    let known = access.list_contacts(sleeper).await?;
    let same = |contact: &ContactShown| contact.name.to_lowercase() == wanted.name.trim().to_lowercase();
    let Some(before) = known.into_iter().find(same) else {
        return access.add_contact(sleeper, &wanted).await;
    };
    let as_before = ContactNew {
        name: before.name,
        phone: before.phone,
        webhook: before.webhook,
        ntfy: before.ntfy,
        language: Some(before.language),
    };
    let changed = ContactNew {
        name: wanted.name,
        phone: wanted.phone.or_else(|| as_before.phone.clone()),
        webhook: wanted.webhook.or_else(|| as_before.webhook.clone()),
        ntfy: wanted.ntfy.or_else(|| as_before.ntfy.clone()),
        language: wanted.language.or_else(|| as_before.language.clone()),
    };
    access.remove_contact(sleeper, &before.id).await?;
    let added = access.add_contact(sleeper, &changed).await;
    if added.is_err() {
        // Somebody must be told; the way it was is better than nobody.
        access.add_contact(sleeper, &as_before).await?;
    }
    added
}

fn list(contacts: &[ContactShown]) {
    if contacts.is_empty() {
        or_none("Nobody else is told: wakeup-coach contact set Ben --phone +4930901821");
        return;
    }
    let mut table = Table::of(["contact", "id", "language", "is told by"]);
    for contact in contacts {
        table.row([
            Cell::styled(contact.name.as_str(), STRONG),
            Cell::styled(contact.short_id.as_str(), FAINT),
            contact.language.as_str().into(),
            ways(contact).join(", ").into(),
        ]);
    }
    table.print();
}

fn ways(contact: &ContactShown) -> Vec<String> {
    let way = |what: &str, address: &Option<String>| address.as_ref().map(|to| format!("{what} {to}"));
    let ways =
        [way("a call to", &contact.phone), way("a post to", &contact.webhook), way("ntfy", &contact.ntfy)];
    ways.into_iter().flatten().collect()
}
