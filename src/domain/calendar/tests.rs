use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn rule(cron: &str, duration: SignedDuration) -> WindowRule {
    WindowRule { cron: cron.to_owned(), duration }
}

fn freeze(from: Date, until: Date) -> FreezeRule {
    FreezeRule { from, until, reason: "year end".to_owned() }
}

fn sydney(windows: &[WindowRule], freezes: &[FreezeRule]) -> Calendar {
    Calendar::new("Australia/Sydney", windows, freezes).unwrap()
}

/// When the calendar next allows something, without any expiry pressing.
fn next(calendar: &Calendar, now: &str) -> Timestamp {
    calendar.activation(at(now), None, None).at(at(now)).unwrap()
}

#[test]
fn without_windows_and_freezes_now_is_right() {
    let activation = Calendar::always().activation(at("2026-01-01T00:00:00Z"), None, None);
    assert!(matches!(activation, Activation::Now { .. }), "{activation:?}");
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let windows = [
        rule("0 25 * * TUE", hours(3)),
        rule("0 2 * *", hours(3)),
        rule("0 0 30 2 *", hours(1)),
        rule("61 2 * * XYZ", SignedDuration::ZERO),
        rule("@daily", hours(1)),
        rule("0 2 29 2 *", hours(1)),
    ];
    let freezes = [freeze(date(2027, 1, 5), date(2026, 12, 15))];
    let mistakes = Calendar::new("Australia/Sidney", &windows, &freezes).unwrap_err();
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let expected = [
        "calendar.time_zone: no such IANA time zone, such as Australia/Sydney",
        "calendar.activation[0].cron: the hour (0-23) cannot be read: numbers, names, '*', lists, ranges and steps are accepted",
        "calendar.activation[1].cron: must have five fields: minute, hour, day of month, month, day of week",
        "calendar.activation[2].cron: never opens: no such day exists",
        "calendar.activation[3].duration: must be from one minute to 366 days",
        "calendar.activation[3].cron: the minute (0-59) and the day of week (0-7 or SUN-SAT) cannot be read: numbers, names, '*', lists, ranges and steps are accepted",
        "calendar.activation[4].cron: must have five fields: minute, hour, day of month, month, day of week",
        "calendar.freeze[0].until: must not be before `from`",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_closed_window_is_waited_for() {
    let calendar = sydney(&[rule("0 2 * * TUE", hours(3))], &[]);
    // Monday noon; the window opens on Tuesday 02:00 AEST.
    let now = at("2026-06-01T02:00:00Z");
    let activation = calendar.activation(now, None, None);
    let Activation::At { at: when, why } = activation else { panic!("{activation:?}") };
    assert_eq!(when, at("2026-06-01T16:00:00Z"));
    let sentence = "no activation window is open; activation is next allowed at \
                    Tue 2026-06-02 02:00 AEST";
    assert_eq!(why, sentence);
    assert!(calendar.activation(at("2026-06-01T18:59:59Z"), None, None).is_due(now));
    assert_eq!(next(&calendar, "2026-06-01T19:00:00Z"), at("2026-06-08T16:00:00Z"));
}

#[test]
fn an_opening_in_the_gap_opens_at_its_end() {
    // 2026-10-04 02:30 does not exist in Sydney; 03:00 AEDT is 16:00Z the day before.
    let calendar = sydney(&[rule("30 2 * * SUN", hours(3))], &[]);
    assert_eq!(next(&calendar, "2026-10-03T12:00:00Z"), at("2026-10-03T16:00:00Z"));
    let open = |text: &str| calendar.activation(at(text), None, None).is_due(at(text));
    assert!(!open("2026-10-03T15:59:59Z"));
    assert!(open("2026-10-03T16:00:00Z"));
    assert!(open("2026-10-03T18:59:59Z"));
    assert!(!open("2026-10-03T19:00:00Z"), "three hours have passed");
}

#[test]
fn an_opening_in_the_fold_opens_both_times() {
    // 2027-04-04 02:30 is 15:30Z (AEDT) and again 16:30Z (AEST) the day before.
    let calendar = sydney(&[rule("30 2 * * SUN", hours(1))], &[]);
    assert_eq!(next(&calendar, "2027-04-03T12:00:00Z"), at("2027-04-03T15:30:00Z"));
    let open = |text: &str| calendar.activation(at(text), None, None).is_due(at(text));
    assert!(open("2027-04-03T16:29:59Z"));
    assert!(open("2027-04-03T16:30:00Z"), "the wall shows 02:30 again");
    assert!(open("2027-04-03T17:29:59Z"));
    assert!(!open("2027-04-03T17:30:00Z"));
}

#[test]
fn lord_howe_moves_by_half_an_hour() {
    let windows = [rule("15 2 * * SUN", hours(1))];
    let calendar = Calendar::new("Australia/Lord_Howe", &windows, &[]).unwrap();
    // 2026-10-04 02:00 becomes 02:30 (+11), which is 15:30Z.
    assert_eq!(next(&calendar, "2026-10-03T12:00:00Z"), at("2026-10-03T15:30:00Z"));
}

#[test]
fn a_freeze_covers_its_last_day_and_the_window_after_it_is_taken() {
    let freezes = [freeze(date(2026, 12, 15), date(2027, 1, 5))];
    let calendar = sydney(&[rule("0 2 * * TUE", hours(3))], &freezes);
    // 15 December and 5 January are Tuesdays; the next open one is 12 January.
    assert_eq!(next(&calendar, "2026-12-14T00:00:00Z"), at("2027-01-11T15:00:00Z"));
    let open = sydney(&[], &freezes);
    assert_eq!(next(&open, "2026-12-20T00:00:00Z"), at("2027-01-05T13:00:00Z"));
    let why = open.activation(at("2026-12-20T00:00:00Z"), None, None);
    assert_eq!(
        why.why(),
        "frozen until Wed 2027-01-06 00:00 AEDT (year end); activation is next allowed at \
         Wed 2027-01-06 00:00 AEDT"
    );
}

#[test]
fn a_freeze_that_ends_inside_a_window_leaves_its_rest() {
    let freezes = [freeze(date(2026, 6, 1), date(2026, 6, 1))];
    let calendar = sydney(&[rule("0 22 * * MON", hours(8))], &freezes);
    assert_eq!(next(&calendar, "2026-06-01T12:30:00Z"), at("2026-06-01T14:00:00Z"));
}

#[test]
fn a_window_longer_than_its_gap_is_always_open() {
    let calendar = sydney(&[rule("0 2 * * *", hours(30))], &[]);
    for day in 0..400 {
        let now = at("2026-01-05T00:00:00Z") + hours(7 * day);
        assert!(calendar.activation(now, None, None).is_due(now), "{now}");
    }
}

#[test]
fn no_wait_lets_the_old_key_expire() {
    let calendar = sydney(&[rule("0 2 1 1 *", hours(3))], &[]);
    let must_by =
        MustBy { expires_at: at("2026-06-30T00:00:00Z"), known_since: at("2026-06-01T00:00:00Z") };
    let activation = calendar.activation(at("2026-06-02T00:00:00Z"), Some(must_by), None);
    let Activation::Forced { at: when, why } = activation else { panic!("{activation:?}") };
    assert_eq!(when, at("2026-06-28T00:00:00Z"));
    assert!(why.contains("against the calendar") && why.contains("Sun 2026-06-28 10:00 AEST"));
    let late = at("2026-06-29T00:00:00Z");
    assert!(calendar.activation(late, Some(must_by), None).is_due(late));
    // Known eight hours before its expiry: a quarter of that is kept as the margin.
    let short = MustBy { known_since: at("2026-06-29T16:00:00Z"), ..must_by };
    assert_eq!(short.latest(), at("2026-06-29T22:00:00Z"));
    // A clock that jumped: known after the expiry.
    let strange = MustBy { known_since: at("2027-01-01T00:00:00Z"), ..must_by };
    assert_eq!(strange.latest(), must_by.expires_at);
}

#[test]
fn a_manual_freeze_holds_until_its_end_or_the_last_moment() {
    let calendar = Calendar::always();
    let now = at("2026-06-02T00:00:00Z");
    let mut manual = ManualFreeze { until: None, reason: "incident 7".to_owned() };
    let activation = calendar.activation(now, None, Some(&manual));
    assert!(matches!(activation, Activation::Waits { .. }), "{activation:?}");
    assert!(activation.why().starts_with("frozen until lifted (incident 7)"));
    let must_by = MustBy { expires_at: at("2026-06-30T00:00:00Z"), known_since: now };
    let activation = calendar.activation(now, Some(must_by), Some(&manual));
    assert!(matches!(activation, Activation::Forced { .. }), "{activation:?}");
    manual.until = Some(at("2026-06-03T00:00:00Z"));
    assert_eq!(
        calendar.activation(now, Some(must_by), Some(&manual)).at(now),
        Some(at("2026-06-03T00:00:00Z"))
    );
}

#[test]
fn a_window_that_cannot_be_reached_is_found() {
    let from = at("2026-06-01T00:00:00Z");
    let expires = at("2027-01-10T00:00:00Z");
    let weekly = rule("0 2 * * TUE", hours(3));
    assert!(sydney(std::slice::from_ref(&weekly), &[]).reachability(from, expires).is_ok());
    let frozen = [freeze(date(2026, 12, 9), date(2027, 1, 8))];
    let calendar = sydney(&[weekly], &frozen);
    let unreachable = calendar.reachability(from, expires).unwrap_err();
    assert_eq!(unreachable.forced_at, at("2027-01-08T00:00:00Z"));
    assert!(unreachable.to_string().contains("against the calendar"), "{unreachable}");
    // The same calendar is fine for a key that expires at another time of the year.
    assert!(calendar.reachability(from, at("2026-11-10T00:00:00Z")).is_ok());
    // A window whose every opening is frozen.
    let yearly = sydney(&[rule("0 2 25 12 *", hours(3))], &frozen);
    assert!(yearly.reachability(from, expires).is_err());
}

#[test]
fn the_longest_closed_stretch_is_found() {
    let freezes = [freeze(date(2026, 12, 15), date(2027, 1, 5))];
    let calendar = sydney(&[rule("0 2 * * TUE", hours(3))], &freezes);
    let from = at("2026-06-01T00:00:00Z");
    let closed = calendar.longest_closed(from, at("2027-06-01T00:00:00Z")).unwrap();
    assert_eq!(closed.until, Some(at("2027-01-11T15:00:00Z")));
    assert!(closed.until.unwrap().duration_since(closed.from) > hours(33 * 24));
    assert_eq!(Calendar::always().longest_closed(from, at("2028-06-01T00:00:00Z")), None);
}

/// Says the same of windows minute by minute, in the plainest way: a window is open if some minute not
/// longer ago than its length showed its time on the wall, or skipped it.
struct Oracle<'a> {
    calendar: &'a Calendar,
}

impl Oracle<'_> {
    fn allows(&self, at: Timestamp) -> bool {
        let frozen = self.calendar.freezes.iter();
        if frozen.clone().any(|freeze| freeze.from <= at && at < freeze.until) {
            return false;
        }
        let windows = &self.calendar.windows;
        windows.is_empty() || windows.iter().any(|window| self.covers(window, at))
    }

    fn covers(&self, window: &Openings, at: Timestamp) -> bool {
        let minute = SignedDuration::from_mins(1);
        let mut look = at.round(jiff::Unit::Minute).unwrap();
        while look > at - window.length {
            if look <= at && self.opens(window, look) {
                return true;
            }
            look -= minute;
        }
        false
    }

    fn opens(&self, window: &Openings, minute: Timestamp) -> bool {
        let zone = &self.calendar.zone;
        let shown = zone.to_datetime(minute);
        let mut wall = zone.to_datetime(minute - SignedDuration::from_mins(1));
        wall = wall.checked_add(1.minute()).unwrap();
        // Where the clock is set forward, every minute it skips counts as shown now.
        while wall < shown {
            if window.cron.is_time_matching(&wall).unwrap() {
                return true;
            }
            wall = wall.checked_add(1.minute()).unwrap();
        }
        window.cron.is_time_matching(&shown).unwrap()
    }
}

const ZONES: [&str; 2] = ["Australia/Sydney", "Australia/Lord_Howe"];

fn windows() -> impl Strategy<Value = Vec<WindowRule>> {
    let minute = prop_oneof![Just("0"), Just("30"), Just("15"), Just("*/20"), Just("59")];
    let hour = prop_oneof![Just("2"), Just("1,3"), Just("23"), Just("0"), Just("*")];
    let day = prop_oneof![Just("* * SUN"), Just("* * *"), Just("1-7 * *"), Just("* * TUE#1")];
    let length = prop_oneof![4 => 1_i64..=4 * 60, 1 => 1_i64..=26 * 60];
    let window = (minute, hour, day, length).prop_map(|(minute, hour, day, length)| {
        rule(&format!("{minute} {hour} {day}"), SignedDuration::from_mins(length))
    });
    prop::collection::vec(window, 0..3)
}

/// Moments over nine years, most of them within a day and a half of a change of the clock.
fn moments() -> impl Strategy<Value = (usize, Timestamp)> {
    let near = (0_usize..2, 0_usize..18, -36_i64 * 3600..36 * 3600);
    let near = near.prop_map(|(zone, nth, seconds)| {
        let tz = TimeZoneDatabase::bundled().get(ZONES[zone]).unwrap();
        let change = tz.following(at("2024-01-01T00:00:00Z")).nth(nth).unwrap().timestamp();
        (zone, change + SignedDuration::from_secs(seconds))
    });
    let any = (0_usize..2, 0_i64..9 * 366 * 86_400).prop_map(|(zone, seconds)| {
        (zone, at("2024-01-01T00:00:00Z") + SignedDuration::from_secs(seconds))
    });
    prop_oneof![3 => near, 1 => any]
}

fn freezes(around: Timestamp) -> impl Strategy<Value = Vec<FreezeRule>> {
    let one = (-3_i64..10, 0_i64..4).prop_map(move |(start, days)| {
        let day = TimeZone::UTC.to_datetime(around).date();
        let from = day.checked_add(start.days()).unwrap();
        freeze(from, from.checked_add(days.days()).unwrap())
    });
    prop::collection::vec(one, 0..3)
}

fn cases() -> impl Strategy<Value = (Calendar, Timestamp)> {
    (moments(), windows()).prop_flat_map(|((zone, now), windows)| {
        let freezes = freezes(now);
        (Just(zone), Just(now), Just(windows), freezes).prop_map(|(zone, now, windows, freezes)| {
            (Calendar::new(ZONES[zone], &windows, &freezes).unwrap(), now)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_next_opening_is_allowed_and_nothing_before_it_is(
        (calendar, now) in cases(),
        probes in prop::collection::vec(0.0_f64..1.0, 3),
    ) {
        let oracle = Oracle { calendar: &calendar };
        match calendar.activation(now, None, None) {
            Activation::Now { .. } => prop_assert!(oracle.allows(now)),
            Activation::At { at, .. } => {
                prop_assert!(at > now);
                prop_assert!(oracle.allows(at), "{at} is not allowed");
                prop_assert!(!oracle.allows(now), "{now} is allowed");
                prop_assert!(!oracle.allows(at - SignedDuration::from_secs(1)));
                for probe in probes {
                    let earlier = now + at.duration_since(now).mul_f64(probe);
                    prop_assert!(!oracle.allows(earlier), "{earlier} is allowed, before {at}");
                }
            }
            other @ (Activation::Forced { .. } | Activation::Waits { .. }) => {
                prop_assert!(false, "nothing presses and no freeze lasts: {other:?}");
            }
        }
    }

    #[test]
    fn it_is_never_too_late_and_never_goes_back(
        (calendar, now) in cases(),
        left in -3_600_i64..60 * 86_400,
        known in 0_i64..40 * 86_400,
        passes in 0_i64..3 * 86_400,
        manual in prop::option::of(prop::option::of(0_i64..20 * 86_400)),
    ) {
        let seconds = SignedDuration::from_secs;
        let must_by = MustBy { expires_at: now + seconds(left), known_since: now - seconds(known) };
        let manual = manual.map(|until| ManualFreeze {
            until: until.map(|until| now + seconds(until)),
            reason: "test".to_owned(),
        });
        let first = calendar.activation(now, Some(must_by), manual.as_ref());
        let when = first.at(now).unwrap();
        prop_assert!(when >= now);
        prop_assert!(when <= must_by.latest().max(now), "{first:?} is too late");
        prop_assert!(must_by.latest() <= must_by.expires_at);
        if !matches!(first, Activation::Forced { .. }) {
            let oracle = Oracle { calendar: &calendar };
            prop_assert!(oracle.allows(when));
            let lifted = manual.as_ref().is_none_or(|m| m.until.is_some_and(|until| until <= when));
            prop_assert!(lifted, "{first:?} is frozen");
        }
        let later = now + seconds(passes);
        let second = calendar.activation(later, Some(must_by), manual.as_ref()).at(later).unwrap();
        prop_assert!(second >= when, "{second} at {later} goes back behind {when} at {now}");
        if later <= when {
            prop_assert_eq!(second, when, "asked again before it is due, the answer is the same");
        }
    }
}
