//! Faults planted on purpose, one at a time, to see that the trials and stories can fail.
//!
//! Only a build with the feature `planted-bugs` has them, and there only the one that `WAKEUP_COACH_PLANTED`
//! names; a release build with the feature does not compile. `tests/planted` shows what catches each.

#[cfg(all(feature = "planted-bugs", not(debug_assertions)))]
compile_error!("planted-bugs is for trials of the trials: nobody is to be woken by such a build");

/// The variable that names the fault.
pub const VARIABLE: &str = "WAKEUP_COACH_PLANTED";

/// A fault. What it breaks: R are the rules of the calendar, I the promises that [`crate::trials::checker`] and
/// the stories hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Planted {
    // The calendar.
    /// A zone's offset is taken once and kept, as some job schedulers do: an hour wrong after each clock
    /// change (I12).
    OffsetFrozen,
    /// Of a time that comes twice the second is rung (R4).
    SecondOfTwo,
    /// A time that a clock change skips is read with the offset from before it, as calendars do: later than
    /// need be (R2).
    GapReadOn,
    /// A date that a zone leaves out rings all the same, in the middle of another day (R3).
    MissingDateRings,
    /// A date that the owner left out rings (R11, I12).
    SkipIgnored,
    /// What is written down stays as it is when the rule, an exception or the zone data change (R9, R12, I12).
    WrittenStays,
    /// A wake-up is known by when it was planned and not by its civil date: the next plan has it again (R1, I12).
    KeyByPlanning,
    // The state machine and the decisions.
    /// An error of the carrier is taken for a call that was not placed (I2, I3).
    UnknownTakenForNo,
    /// Late news of a call open a wake-up again that was over (I6).
    LateNewsReopens,
    /// Redials go on beyond the calls that the morning allows (I3).
    LadderWithoutEnd,
    /// However late it is, the phone rings (R6, I3).
    RingsTooLate,
    /// Whoever was up hours ago is asked again whether she stayed up (I3).
    CheckHoursLate,
    // The database.
    /// A power cut may take back what was acknowledged (I9).
    SynchronousNormal,
    /// Nothing keeps one morning of one rule from being written down twice (R1, I12).
    CivilKeyDropped,
    /// Nothing keeps one number from having two live calls (I2).
    LiveCallKeyDropped,
    /// Two daemons may have one database open (I2).
    LockNotTaken,
    // The carrier.
    /// A request for a call that failed is sent again at once (I2, I3).
    RequestRepeated,
    /// The number's plus sign is sent as it is, which the carrier reads as a blank: every list is empty (I2, I3).
    PlusUnencoded,
    /// What may have been placed is dialled again without a look at the carrier's list (I2, I3).
    LookUpLeftOut,
    /// An empty list is believed although it leaves out a call that it must show (I2, I3).
    EmptyListBelieved,
    /// A call too many goes on ringing (I2).
    SurplusRings,
    // What the carrier asks and tells.
    /// One path of the carrier's is open to everybody (I7).
    PathUnsigned,
    /// The carrier asks twice, and the second document has a new ticket in it (I7, I8).
    TicketMintedAnew,
    /// A ticket opens the media socket as often as it is shown (I8).
    TicketNotTorn,
    /// The end of a call counts as often as it is told (I7).
    EndCountsTwice,
    // The conversation, and people.
    /// When the stream breaks off the call ends instead of going on in traditional mode (I1).
    FallBackHangsUp,
    /// The model's word that she is up is enough.
    UpByTalkAlone,
    /// Nobody is told of a wake-up that was missed (I11).
    MissUntold,
    /// A backup that was put back rings for the past (I3).
    OldBackupDials,
}

/// Whether this fault is in this process. Without the feature never, and the compiler leaves it out.
#[cfg(not(feature = "planted-bugs"))]
#[inline]
pub const fn is_planted(_: Planted) -> bool {
    false
}

/// Whether this fault is in this process.
#[cfg(feature = "planted-bugs")]
pub fn is_planted(bug: Planted) -> bool {
    planted() == Some(bug)
}

/// The fault that the environment names, asked once.
#[cfg(feature = "planted-bugs")]
fn planted() -> Option<Planted> {
    static PLANTED: std::sync::OnceLock<Option<Planted>> = std::sync::OnceLock::new();
    *PLANTED.get_or_init(|| {
        use clap::ValueEnum as _;
        let name = std::env::var(VARIABLE).ok()?;
        Some(Planted::from_str(&name, false).expect("a trial plants a fault that there is"))
    })
}
