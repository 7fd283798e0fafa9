use std::time::Duration;

use jiff::Timestamp;
use prometheus::proto::{LabelPair, MetricFamily};

use super::labels::{Attempt, Calls, Stage, StoreWrite};
use super::table::TABLE;
use super::*;
use crate::domain::LIFECYCLES;
use crate::domain::condition::Condition;
use crate::domain::names::KeyRole;
use crate::domain::secret_key::{Event, State};

fn name(text: &str) -> FacilityName {
    FacilityName::new(text).unwrap()
}

fn store(text: &str) -> StoreName {
    StoreName::new(text).unwrap()
}

fn with_main() -> (Metrics, FacilityMetrics) {
    let metrics = Metrics::new();
    let main = metrics.add_facility(&name("main"), Environment::Support, &[store("file:a")]);
    (metrics, main)
}

fn gathered(metrics: &Metrics) -> Vec<MetricFamily> {
    metrics.0.registry.gather()
}

#[test]
fn every_declared_metric_stands_from_the_start() {
    let (metrics, _main) = with_main();
    let families = gathered(&metrics);
    for row in TABLE {
        let family = families.iter().find(|family| family.name() == row.name);
        let family = family.unwrap_or_else(|| panic!("{} has no series", row.name));
        assert_eq!(family.help(), row.help);
        for metric in family.get_metric() {
            let mut labels: Vec<_> = metric.get_label().iter().map(LabelPair::name).collect();
            let mut declared = row.labels.to_vec();
            labels.sort_unstable();
            declared.sort_unstable();
            assert_eq!(labels, declared, "{}", row.name);
        }
    }
    let ours = families.iter().filter(|family| family.name().starts_with("quaymaster_"));
    assert_eq!(ours.count(), TABLE.len());
}

#[test]
fn moves_hold_one_series_for_each_row() {
    let (metrics, main) = with_main();
    let families = gathered(&metrics);
    let moves = families.iter().find(|one| one.name() == "quaymaster_lifecycle_moves_total");
    let rows: usize = LIFECYCLES.iter().map(|table| table.moves.len()).sum();
    assert_eq!(moves.unwrap().get_metric().len(), rows);

    main.key_moved(State::Proven, Event::Promote);
    main.key_moved(State::Revoked, Event::Promote);
    let text = metrics.render();
    let promoted = "event=\"promote\",facility=\"main\",from=\"proven\",lifecycle=\"secret_key\",to=\"current\"} 1";
    assert!(text.contains(promoted), "{text}");
    let drift = "lifecycle_drift_total{environment=\"support\",facility=\"main\",lifecycle=\"secret_key\"} 1";
    assert!(text.contains(drift), "{text}");
}

#[test]
fn unknown_words_never_become_series() {
    let (metrics, main) = with_main();
    let series = |metrics: &Metrics| {
        gathered(metrics).iter().map(|family| family.get_metric().len()).sum::<usize>()
    };
    let before = series(&metrics);
    main.api_call(&call("PUT", "/customers/C123", "teapot"));
    main.bank(Some("the moon is full"));
    main.store_write(&store("file:unknown"), StoreWrite::Success);
    main.store_in_sync(&store("file:unknown"), Some(true));
    assert_eq!(series(&metrics), before);
    let text = metrics.render();
    assert!(text.contains("code=\"other\",endpoint=\"other\",environment=\"support\",facility=\"main\",method=\"other\"} 1"), "{text}");
    assert!(
        text.contains(
            "bank_available{environment=\"support\",facility=\"main\",reason=\"other\"} 0"
        )
    );
    assert!(!text.contains("moon") && !text.contains("C123") && !text.contains("teapot"));
}

fn call<'a>(method: &'a str, endpoint: &'a str, code: &'a str) -> ApiCall<'a> {
    let waited = Duration::from_millis(250);
    ApiCall { method, endpoint, code, waited, took: Duration::from_secs(1) }
}

#[test]
fn declared_calls_stand_at_zero_and_count() {
    let (metrics, main) = with_main();
    main.declare_calls(Calls { routes: vec![("GET", "/")], codes: vec!["200", "timeout"] });
    let series = "{code=\"timeout\",endpoint=\"/\",environment=\"support\",facility=\"main\",method=\"GET\"}";
    assert!(metrics.render().contains(&format!("api_requests_total{series} 0")));
    main.api_call(&call("GET", "/", "timeout"));
    main.api_call(&call("GET", "/", "418"));
    let text = metrics.render();
    assert!(text.contains(&format!("api_requests_total{series} 1")), "{text}");
    assert!(text.contains("{code=\"other\",endpoint=\"/\","), "{text}");
    assert!(
        text.contains("throttled_seconds_total{environment=\"support\",facility=\"main\"} 0.5")
    );
}

#[test]
fn one_condition_holds_at_a_time() {
    let (metrics, main) = with_main();
    let at = Timestamp::UNIX_EPOCH;
    main.condition(Condition::IpRefused, at);
    main.condition(Condition::Ok, at);
    let text = metrics.render();
    let holds: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("quaymaster_api_key_status{") && line.ends_with(" 1"))
        .collect();
    assert_eq!(holds.len(), 1, "{holds:?}");
    assert!(holds[0].contains("condition=\"ok\""));
}

#[test]
fn a_removed_facility_leaves_nothing_and_cannot_come_back() {
    let (metrics, main) = with_main();
    let other = metrics.add_facility(&name("other"), Environment::Sandbox, &[]);
    main.read_in_flight_from(|| 7);
    assert!(
        metrics.render().contains("api_in_flight{environment=\"support\",facility=\"main\"} 7")
    );
    metrics.remove_facility(&name("main"));
    main.attempt(Attempt::NewKey);
    main.condition(Condition::Held, Timestamp::UNIX_EPOCH);
    main.stage_took(Stage::Fetch, Duration::from_secs(1));
    let text = metrics.render();
    assert!(!text.contains("facility=\"main\""), "{text}");
    assert!(text.contains("facility=\"other\""));
    other.attempt(Attempt::NewKey);
    assert!(
        metrics.render().contains("facility=\"other\",reason=\"new_key\",result=\"success\"} 1")
    );
}

#[test]
fn a_reload_keeps_counts_and_drops_stores_that_went() {
    let (metrics, main) = with_main();
    main.store_write(&store("file:a"), StoreWrite::Success);
    main.attempt(Attempt::Unchanged);
    let stores = [store("file:a"), store("file:b")];
    let again = metrics.add_facility(&name("main"), Environment::Support, &stores);
    let text = metrics.render();
    assert!(text.contains("result=\"success\",store=\"file:a\"} 1"), "{text}");
    assert!(text.contains("result=\"success\",store=\"file:b\"} 0"), "{text}");
    again.attempt(Attempt::Unchanged);
    assert!(metrics.render().contains("reason=\"unchanged\",result=\"success\"} 2"));

    metrics.add_facility(&name("main"), Environment::Support, &stores[1..]);
    assert!(!metrics.render().contains("file:a"));

    metrics.add_facility(&name("main"), Environment::Production, &stores[1..]);
    main.attempt(Attempt::Unchanged);
    let text = metrics.render();
    assert!(!text.contains("environment=\"support\""), "{text}");
    assert!(text.contains("environment=\"production\""));
}

#[test]
fn times_are_seconds_and_none_is_zero() {
    let (metrics, main) = with_main();
    main.key_expires(KeyRole::Current, Some("2027-01-02T03:04:05.5Z".parse().unwrap()));
    main.key_expires(KeyRole::Previous, None);
    let text = metrics.render();
    assert!(text.contains("key=\"current\"} 1798859045.5"), "{text}");
    assert!(text.contains("key=\"previous\"} 0"), "{text}");
}

#[test]
fn a_bad_reload_keeps_the_time_of_the_good_one() {
    let metrics = Metrics::new();
    let good: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    metrics.settings_read(Reload::Taken, good);
    metrics.settings_read(Reload::Refused, "2027-06-01T00:00:00Z".parse().unwrap());
    let text = metrics.render();
    assert!(text.contains("quaymaster_config_last_reload_successful 0"), "{text}");
    let line = format!("reload_success_timestamp_seconds {}", good.as_second());
    assert!(text.contains(&line), "{text}");
}

#[test]
fn processor_time_is_a_fraction_of_seconds() {
    let metrics = Metrics::new();
    let text = metrics.render();
    let line = text.lines().find(|line| line.starts_with("process_cpu_seconds_total "));
    let value: f64 = line.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(value > 0.0, "a process that runs has used some time");
    assert_eq!(text.matches("# TYPE process_cpu_seconds_total counter").count(), 1);
}
