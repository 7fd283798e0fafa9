//! Many customers on a clock that jumps a year. `QUAYMASTER_TEST_SCHEDULES` says how many; 1000 by
//! default, for the sake of debug builds.

use std::collections::BTreeMap;

use super::*;
use crate::clock::Clock;

/// What ten thousand customers and a year of their instalments may take.
const MEMORY_MIB_MAX: u64 = 300;

/// The memory that this process holds, in MiB; 0 where the system does not tell.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .map_or(0, |kib: u64| kib / 1024)
}

fn how_many() -> u32 {
    let asked = std::env::var_os("QUAYMASTER_TEST_SCHEDULES");
    asked.and_then(|text| text.to_str()?.parse().ok()).unwrap_or(1000)
}

#[test]
#[expect(clippy::print_stderr, reason = "how long it took and how large it was is worth seeing")]
fn a_years_jump_with_many_schedules_loses_and_doubles_nothing() {
    let guesses = Guesses::default();
    let now = setting(&guesses, "2027-12-31T00:00:00Z");
    let mut merchant = Merchant::default();
    let customers = how_many();
    let before = resident_mib();
    let mut expected = BTreeMap::new();
    for number in 0..customers {
        let pays = if number % 10 == 0 { card(POOR) } else { card(GOOD) };
        let customer = add(&mut merchant, &format!("C-{number}"), pays);
        let day = i8::try_from(number % 31 + 1).unwrap();
        let plan = plan(Frequency::Monthly, date(2028, 1, day), End::FurtherNotice);
        let id = merchant.begin_schedule(&now, customer, plan);
        expected.insert(id, 12);
    }
    let clock = Clock::machine();
    let (from, to) = (clock.now(), "2028-12-31T12:00:00Z".parse().unwrap());
    while merchant.next_due().is_some_and(|due| due <= to) {
        merchant.catch_up(&now.at(to));
    }
    let took = clock.now().duration_since(from);
    let after = resident_mib();
    eprintln!(
        "{customers} schedules, {} instalments, a year in {:.1} s, {before} to {after} MiB",
        merchant.transactions.len(),
        took.as_secs_f64(),
    );
    let mut times: BTreeMap<u64, Vec<Timestamp>> = BTreeMap::new();
    for taken in merchant.transactions.all() {
        times.entry(taken.details.schedule.unwrap()).or_default().push(taken.time);
    }
    for (id, count) in expected {
        let schedule = merchant.schedules.get(id).unwrap();
        let times = &times[&id];
        assert_eq!((schedule.asked, times.len()), (count, 12), "{id}");
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
        let collected = if (id - 710_000_001) % 10 == 0 { 0 } else { 120_000 };
        assert_eq!(schedule.collected, Cents::new(collected));
        assert_eq!(schedule.next.unwrap().date.year(), 2029);
    }
    assert!(after.saturating_sub(before) < MEMORY_MIB_MAX, "{before} to {after} MiB");
}
