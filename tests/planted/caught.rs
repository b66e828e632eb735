//! Each planted fault: what catches it, and in which words.

use clap::ValueEnum as _;
use wakeup_coach::planted::Planted;

use crate::suite::Suite::{self, Sim, Story};

/// A fault, and what finds it.
pub struct Trial {
    /// What is planted.
    pub bug: Planted,
    /// What must fail because of it.
    pub suite: Suite,
    /// What it must say: the promise that is broken, not that something went wrong.
    pub says: &'static str,
}

/// Runs the suite with the fault planted; it must fail, and say why.
#[expect(clippy::print_stdout, reason = "with --nocapture, the table of docs/trials.md")]
fn is_caught(trial: &Trial) {
    let Trial { bug, suite, says } = trial;
    let verdict = suite.run(Some(*bug));
    let (report, took) = (verdict.report, verdict.took);
    assert!(!verdict.passed, "{bug:?} is not found by {suite:?}");
    assert!(report.contains(says), "{bug:?}: {suite:?} fails, and not because of `{says}`:\n{report}");
    let line = report.lines().find(|line| line.contains(says)).unwrap_or(says);
    println!("| {bug:?} | {suite:?} | {:.1} s | {} |", took.as_secs_f64(), line.trim());
}

/// A table of all faults, and a test for each line of it.
macro_rules! caught {
    ($($name:ident: $bug:ident, $suite:expr, $says:literal;)*) => {
        /// Every fault.
        pub const TRIALS: &[Trial] = &[$(Trial { bug: Planted::$bug, suite: $suite, says: $says }),*];
        $(
            #[test]
            fn $name() {
                is_caught(&Trial { bug: Planted::$bug, suite: $suite, says: $says });
            }
        )*
    };
}

/// A few lives, on one core: as many faults are tried at once as there are cores.
const YEARS: Suite = Sim("years --threads 1 --seed 1 --user-years 8");
/// Seeds among which two or three have what is rare: a cancel while the carrier is being asked, and news of her being
/// up that a host which was down learns hours late. Other draws in the simulation ask for other seeds.
const NEWS_LATE: Suite = Sim("years --threads 1 --seed 90 --user-years 30");
const HOST_DOWN: Suite = Sim("years --threads 1 --seed 33 --user-years 30");
const BERLIN: Suite = Sim("calendar --zones Europe/Berlin --from 2026 --until 2026");
const SAMOA: Suite = Sim("calendar --zones Pacific/Apia --from 2011 --until 2011");
/// Deaths at D1, D2, D3, D4 and D9 and anywhere.
const CRASH: Suite = Sim("crash --kills 6 --jobs 1 --seed 4");
/// One of its people never answers.
const CRASH_AND_MISS: Suite = Sim("crash --kills 3 --jobs 1 --seed 7");

caught! {
    an_offset_that_is_frozen: OffsetFrozen, YEARS, "I12 (lost): asked for at";
    the_second_of_two_times: SecondOfTwo, BERLIN, "by definition 2026-10-25T00:";
    a_gap_read_on: GapReadOn, BERLIN, "by definition 2026-03-29T01:00:00Z";
    a_missing_date_that_rings: MissingDateRings, SAMOA, "by definition not at all";
    a_skip_that_is_ignored: SkipIgnored, YEARS, "and nobody had asked for it";
    what_is_written_and_stays: WrittenStays, YEARS, "I12 (lost): asked for at";
    a_key_by_planning: KeyByPlanning, YEARS, "I12 (doubled): due at";
    an_unknown_answer_taken_for_no: UnknownTakenForNo, YEARS, "I2 (doubled): rings at";
    late_news_that_reopen: LateNewsReopens,
        NEWS_LATE, "I6 (books): it ended as cancelled";
    a_ladder_without_end: LadderWithoutEnd, YEARS, "calls, 3 allowed";
    a_ring_that_is_too_late: RingsTooLate, YEARS, "I3 (doubled): begun at";
    a_check_hours_late: CheckHoursLate,
        HOST_DOWN, "which is no use after";
    a_disk_that_may_forget: SynchronousNormal, CRASH, "SQLite did not take its settings: journal_mode=wal synchronous=1";
    a_civil_key_dropped: CivilKeyDropped, CRASH, "I12 (doubled): the second of one morning";
    a_live_call_key_dropped: LiveCallKeyDropped,
        Story("redial::two_wake_ups_for_one_number_are_one_live_call_and_then_none"), "one call was expected";
    a_lock_not_taken: LockNotTaken,
        Story("crash::a_stopped_daemon_keeps_the_database_and_rings_when_it_goes_on"), "FAILED";
    a_request_repeated: RequestRepeated,
        Story("placing::an_error_after_the_call_was_taken_rings_once"), "one call was expected";
    a_plus_unencoded: PlusUnencoded,
        Story("placing::the_list_is_asked_for_her_number_with_its_plus_encoded"), "a bare plus is read as a blank";
    a_look_up_left_out: LookUpLeftOut, CRASH, "that we never learned of";
    an_empty_list_believed: EmptyListBelieved,
        Story("reconciliation::an_empty_list_is_not_believed_when_it_hides_a_call_that_it_must_show"),
        "an empty list was believed";
    a_surplus_call_that_rings: SurplusRings,
        Story("reconciliation::a_second_call_to_a_telephone_that_rings_is_ended_and_told"), "left: [Ringing, Ringing]";
    a_path_unsigned: PathUnsigned,
        Story("callbacks::a_strangers_questions_are_refused_on_every_path_of_a_live_call"), "right: 403";
    a_ticket_minted_anew: TicketMintedAnew,
        Story("callbacks::a_carrier_that_asks_twice_hears_the_same_document"), "left: (200, ";
    a_ticket_not_torn: TicketNotTorn,
        Story("tickets::a_ticket_opens_once_and_of_two_at_a_time_one_wins"), "None None";
    an_end_that_counts_twice: EndCountsTwice,
        Story("callbacks::the_end_of_a_call_repeated_during_the_next_one_does_not_end_that"),
        "the second call goes on";
    a_fall_back_that_hangs_up: FallBackHangsUp,
        Story("tickets::a_stream_of_another_call_is_shown_out"), "left: CallsExhausted";
    up_by_talk_alone: UpByTalkAlone,
        Story("pleading::saying_yes_is_no_talk_however_gullible_the_model"), "left: Up";
    a_miss_untold: MissUntold, CRASH_AND_MISS, "and nobody has a notice";
    an_old_backup_that_dials: OldBackupDials,
        Story("crash::an_old_backup_that_is_put_back_does_not_ring_again"), "it did not say `A wake-up was MISSED`";
}

#[test]
fn every_fault_there_is_has_its_trial() {
    let tried: Vec<Planted> = TRIALS.iter().map(|trial| trial.bug).collect();
    assert_eq!(tried, Planted::value_variants(), "in the order in which they are listed");
}
