//! What goes wrong on which day, drawn from a seed.

use std::time::Duration;

use quaymaster::sandbox::{CutAt, Fault, Malformed};

use crate::dice::Dice;
use crate::quay::{days, hours};

/// How long a voyage takes.
pub(crate) const DAYS: u64 = 70;

/// The last days are calm: what the bad ones left behind must mend by itself in them.
pub(crate) const CALM_FROM: u64 = 67;

/// How long the task waits for an answer of the bank, in real milliseconds.
pub(crate) const PATIENCE_MS: u64 = 500;

/// Something that happens to bank, machine or task.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The bank goes wrong in this way.
    Wrong(Vec<Fault>),
    /// The bank is itself again.
    Right,
    /// The facility's white-list is emptied.
    Locked,
    /// The white-list is as it was.
    Unlocked,
    /// The store fails in this way.
    Store(Trouble),
    /// The book cannot be written.
    BookLocked,
    /// It can be again.
    BookFree,
    /// The task is killed while it sleeps, and is away for so long.
    Killed(Duration),
    /// The task is killed so many microseconds after it woke, and is away for so long.
    KilledAtWork(u64, Duration),
    /// The task is killed so many microseconds after it woke to ask the bank.
    KilledAtFetch(u64),
    /// The task ends in good order and begins anew with other settings.
    Reloaded,
    /// The machine's wall clock is set to the bank's time and so many seconds.
    Jump(i64),
    /// A person makes a key in the portal.
    Minted,
    /// A person asks for a renewal.
    Asked,
}

/// How a store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It does not.
    None,
    /// Nothing can be read or written.
    Down,
    /// It can be read; writes do not happen.
    ReadOnly,
    /// Writes happen, and their answers are lost.
    Mute,
}

/// Everything that happens on a voyage, in order, each at its time after the start.
pub(crate) fn plan(dice: &mut Dice) -> Vec<(Duration, Event)> {
    let mut plan = Vec::new();
    for day in 0..CALM_FROM {
        bad_day(dice, days(day), &mut plan);
    }
    let day_of = |dice: &mut Dice| days(2 + dice.below(CALM_FROM - 4));
    let whole_day = |dice: &mut Dice, plan: &mut Vec<_>, begins, ends| {
        let from = day_of(dice);
        plan.push((from, begins));
        plan.push((from + hours(24), ends));
    };
    whole_day(dice, &mut plan, Event::Store(Trouble::Down), Event::Store(Trouble::None));
    whole_day(dice, &mut plan, Event::Store(Trouble::ReadOnly), Event::Store(Trouble::None));
    whole_day(dice, &mut plan, Event::Store(Trouble::Mute), Event::Store(Trouble::None));
    whole_day(dice, &mut plan, Event::BookLocked, Event::BookFree);
    plan.push((day_of(dice) + hours(dice.below(24)), Event::Reloaded));
    plan.push((day_of(dice) + hours(dice.below(24)), Event::Minted));
    for _ in 0..3 {
        plan.push((day_of(dice) + hours(dice.below(24)), Event::Asked));
    }
    let calm = days(CALM_FROM);
    plan.extend([Event::Right, Event::Unlocked].map(|event| (calm, event)));
    plan.extend([Event::Store(Trouble::None), Event::BookFree].map(|event| (calm, event)));
    plan.sort_by_key(|(at, _)| *at);
    plan
}

fn bad_day(dice: &mut Dice, day: Duration, plan: &mut Vec<(Duration, Event)>) {
    let minutes = |dice: &mut Dice| Duration::from_mins(dice.below(24 * 60));
    let from = day + minutes(dice);
    let until = from + Duration::from_mins(10 + dice.below(36 * 60));
    if dice.one_in(8) {
        plan.push((from, Event::Locked));
        plan.push((until.min(from + hours(20)), Event::Unlocked));
    } else {
        plan.push((from, Event::Wrong(faults(dice))));
        plan.push((until, Event::Right));
    }
    let away = if dice.one_in(2) { Duration::from_secs(1) } else { minutes(dice) / 8 };
    let restart = match dice.below(4) {
        0 => Event::Killed(away),
        1 => Event::KilledAtWork(dice.below(12_000), away),
        _ => Event::KilledAtFetch(dice.below(12_000)),
    };
    plan.push((day + minutes(dice), restart));
    if dice.one_in(3) {
        const YEARS: i64 = 3650 * 24 * 3600;
        let jump = dice.pick(&[3600, -3600, YEARS, -YEARS, 0, 200, -5]);
        plan.push((day + minutes(dice), Event::Jump(jump)));
    }
}

/// Some way in which the bank goes wrong.
fn faults(dice: &mut Dice) -> Vec<Fault> {
    let latest = Some("/api-keys/latest".to_owned());
    let path = if dice.one_in(2) { latest.clone() } else { None };
    let probability = Some(dice.pick(&[0.3, 0.7, 1.0]));
    let fault = Fault { path, probability, ..Fault::default() };
    let status = |dice: &mut Dice, from: &[u16]| Some(dice.pick(from));
    vec![match dice.below(8) {
        0 => Fault { status: Some(429), ..fault },
        1 => Fault { status: status(dice, &[500, 502, 503, 504]), ..fault },
        2 => Fault { status: Some(504), acted: true, ..fault },
        3 => Fault { latency_ms: PATIENCE_MS * 3, times: Some(8), ..fault },
        4 => Fault { cut: Some(dice.pick(&[CutAt::Before, CutAt::After])), ..fault },
        5 => Fault { cut: Some(CutAt::Within), ..fault },
        6 => Fault { malformed: Some(malformed(dice)), bytes: Some(300_000), ..fault },
        _ => Fault { status: status(dice, &[403, 404, 302, 400]), path: latest, ..fault },
    }]
}

fn malformed(dice: &mut Dice) -> Malformed {
    dice.pick(&[
        Malformed::Html,
        Malformed::Empty,
        Malformed::TruncatedJson,
        Malformed::DuplicateKeys,
        Malformed::Oversized,
        Malformed::InvalidUtf8,
        Malformed::WrongTypes,
        Malformed::MissingKey,
        Malformed::NullKey,
        Malformed::EmptyKey,
        Malformed::KeyWithCrlf,
        Malformed::NonAsciiKey,
        Malformed::LongKey,
    ])
}
