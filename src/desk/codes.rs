//! The codes of the day, for whoever writes them on the paper in the kitchen.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::dto::{CodeOfDay, CodesShown};
use super::shown::moment;
use super::{Desk, DeskError};
use crate::calls::code;
use crate::domain::proof::Proof;
use crate::store::mornings::Which;
use crate::store::occurrences::Occurrence;
use crate::store::sleepers::Sleeper;

/// Wake-ups looked at: all that are planned for most people, and a bound for the others.
const WAKE_UPS_MAX: u32 = 50;

impl Desk {
    /// Her codes of today and of every day with a planned wake-up. That they were shown is written down,
    /// the codes are not.
    pub async fn codes_of(&self, named: &str) -> Result<CodesShown, DeskError> {
        let sleeper = self.find_sleeper(named).await?;
        let coming = self.store.list_occurrences(Which::Coming, Some(sleeper.id), WAKE_UPS_MAX).await?;
        let today = self.today_in(&self.zone_of(&sleeper, &coming).await?);
        let now = self.clock.now();
        let fresh = self.with_rng(code::new_secret);
        let mut change = self.store.change().await?;
        let secret = change.code_secret(&fresh, now).await?;
        change.record_audit(None, "code_shown", &sleeper.id.to_string(), now).await?;
        change.commit().await?;
        let codes = self.by_day(today, &coming).into_iter().map(|(date, due)| CodeOfDay {
            date: date.to_string(),
            today: date == today,
            code: code::of_the_day(&secret, sleeper.id, date),
            wake_ups: due.iter().map(|one| moment(&self.zones, &one.zone, one.wake_up.due_at)).collect(),
            asked_for: due.iter().any(|one| one.wake_up.policy.proofs.contains(Proof::Code)),
        });
        Ok(CodesShown { sleeper: sleeper.id.to_string(), codes: codes.collect(), sleeper_name: sleeper.name })
    }

    fn by_day<'o>(&self, today: Date, coming: &'o [Occurrence]) -> BTreeMap<Date, Vec<&'o Occurrence>> {
        let mut days = BTreeMap::from([(today, Vec::new())]);
        for occurrence in coming {
            let date = code::date_of(&self.zones, &occurrence.zone, occurrence.wake_up.due_at);
            days.entry(date).or_default().push(occurrence);
        }
        days
    }

    /// Where her clock hangs: that of her next wake-up, of any rule of hers, or this machine's.
    async fn zone_of(&self, sleeper: &Sleeper, coming: &[Occurrence]) -> Result<String, DeskError> {
        if let Some(next) = coming.first() {
            return Ok(next.zone.clone());
        }
        let rules = self.store.list_schedules().await?;
        let hers = rules.into_iter().find(|rule| rule.sleeper == sleeper.id).map(|rule| rule.zone);
        Ok(hers.or_else(|| self.zones.of_this_machine()).unwrap_or_else(|| "UTC".to_owned()))
    }
}
