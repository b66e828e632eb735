//! The scenes of the demo: one weekday morning each, for a sleeper called Anna.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;

use super::Show;
use crate::app::Rehearsal;
use crate::domain::mode::Probability;
use crate::domain::policy::{CheckCalls, MorningPolicy};
use crate::domain::proof::{Proof, Proofs};
use crate::domain::schedule::Weekdays;
use crate::simulator::openai::faults::{Faults, Handshake};
use crate::simulator::sleeper::{Act, Answer, By, Sleeper};
use crate::store::sleepers::Sleeper as Person;

/// Where Anna sleeps.
pub const ZONE: &str = "Europe/Berlin";
/// A number that the numbering plan keeps for fiction.
pub const NUMBER: &str = "+14155550142";
/// When the model dies: in the middle of its second sentence or so.
const DIES_AFTER_DELTAS: usize = 24;

/// One morning.
pub struct Scene {
    /// Its name on the command line.
    pub show: Show,
    /// Its heading.
    pub title: &'static str,
    /// The word in the closing table and in the recordings' file names.
    pub name: &'static str,
    /// The civil date on which it plays.
    pub date: Date,
    /// The stored probability of realtime mode.
    pub probability: Probability,
    /// How she behaves, call by call.
    pub sleepers: Vec<Sleeper>,
    /// What goes wrong with the model.
    pub faults: Faults,
}

/// All scenes, in the order in which they play.
pub fn all() -> Vec<Scene> {
    let no_faults = Faults::default;
    let model_dies = Faults { drop_after_deltas: Some(DIES_AFTER_DELTAS), ..Faults::default() };
    vec![
        Scene {
            show: Show::Realtime,
            title: "A live conversation",
            name: "realtime",
            date: date(2026, 3, 2),
            probability: Probability::ALWAYS,
            sleepers: vec![impatient()],
            faults: no_faults(),
        },
        Scene {
            show: Show::Traditional,
            title: "Say, listen, say again",
            name: "traditional",
            date: date(2026, 3, 3),
            probability: Probability::NEVER,
            sleepers: vec![decided()],
            faults: no_faults(),
        },
        Scene {
            show: Show::Fallback,
            title: "The model dies in mid-sentence, the call goes on",
            name: "fallback",
            date: date(2026, 3, 4),
            probability: Probability::ALWAYS,
            sleepers: vec![riser()],
            faults: model_dies,
        },
        Scene {
            show: Show::Unanswered,
            title: "Nobody answers, then she does",
            name: "unanswered",
            date: date(2026, 3, 5),
            probability: Probability::ALWAYS,
            sleepers: vec![Sleeper::never_answers(), brief()],
            faults: no_faults(),
        },
    ]
}

/// What the bad morning asks for: two of three sums, the walk to the door, and one check call.
pub const BAD_MORNING: MorningPolicy = MorningPolicy {
    proofs: Proofs::NONE.with(Proof::Sum).with(Proof::Place),
    check: CheckCalls::Once,
    ..MorningPolicy::DEFAULT
};

/// Everything that can go wrong with her, and she gets up all the same.
pub fn bad_morning() -> Scene {
    let yes_and_asleep = vec![Act::mumble("Mmh, yes.")];
    let sums = vec![
        Act::solve(false, By::Voice),
        Act::solve(true, By::Voice),
        Act::solve(true, By::Keys),
        // From here on she walks.
        Act::StaySilent(Duration::from_mins(1)),
    ];
    Scene {
        show: Show::Story,
        title: "A bad morning",
        name: "bad-morning",
        date: date(2026, 3, 2),
        probability: Probability::ALWAYS,
        sleepers: vec![
            Sleeper::never_answers(),
            Sleeper::absent(Answer::Busy),
            Sleeper::answering(RINGING, yes_and_asleep),
            Sleeper::answering(RINGING, sums),
            Sleeper::answering(RINGING, vec![Act::give_digits(true, By::Keys)]),
        ],
        faults: Faults::default(),
    }
}

/// How long she lets it ring: long enough for the model to get ready while it does, however fast time runs.
const RINGING: Duration = Duration::from_millis(2_500);

/// She answers twice and means it.
fn riser() -> Sleeper {
    Sleeper::answering(
        RINGING,
        vec![Act::say("Yes, I'm awake."), Act::say("My feet are on the floor."), Act::say("Goodbye.")],
    )
}

/// She does not let the coach finish.
fn impatient() -> Sleeper {
    let early_shift = Act::Interrupt {
        text: "It's Monday and I have the early shift.".to_owned(),
        into_coach: Duration::from_millis(1_800),
    };
    Sleeper::answering(RINGING, vec![Act::say("Yes, I'm awake."), early_shift, Act::say("Goodbye.")])
}

/// She has little to say.
fn brief() -> Sleeper {
    let goodbye = Act::Interrupt { text: "Goodbye.".to_owned(), into_coach: Duration::from_millis(2_500) };
    Sleeper::answering(RINGING, vec![goodbye])
}

/// She answers, and cuts the next question short.
fn decided() -> Sleeper {
    let goodbye = Act::Interrupt { text: "Goodbye.".to_owned(), into_coach: Duration::from_millis(2_500) };
    Sleeper::answering(RINGING, vec![Act::say("Yes, I'm awake."), goodbye])
}

/// The evening before the first morning.
pub fn begins_at() -> Timestamp {
    "2026-03-01T20:00:00Z".parse().expect("a fixed instant")
}

/// Anna and her rule: weekdays at half past six.
pub async fn prepare(morning: &mut Rehearsal) -> anyhow::Result<Person> {
    let sleeper = morning.add_sleeper("Anna", NUMBER).await?;
    morning.add_schedule(&sleeper, Weekdays::WORKING, time(6, 30, 0, 0), ZONE).await?;
    Ok(sleeper)
}

/// The instant at which a scene's schedule rings.
pub fn due_at(scene: &Scene, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    Ok(scene.date.at(6, 30, 0, 0).to_zoned(zone.clone())?.timestamp())
}

/// After the first drop the model's host takes no new session either: the one reconnect fails too.
pub fn model_stays_away(faults: &mut Faults) {
    faults.handshake = Handshake::Refuse(503);
}
