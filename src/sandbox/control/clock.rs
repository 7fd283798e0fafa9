//! `/_sandbox/clock`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use crate::clock::RATE_MAX;
use crate::http::Request;
use crate::sandbox::handle::{Control, ControlError};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    now: Option<Timestamp>,
    advance: Option<Value>,
    rate: Option<f64>,
}

pub(super) fn show(control: &Control) -> Value {
    let clock = control.clock();
    json!({
        "now": clock.now(),
        "reached": control.reached(),
        "rate": clock.rate(),
        "next_due": control.next_due(),
    })
}

pub(super) async fn change(control: &Control, request: &Request) -> Result<Value, ControlError> {
    let change: Change = read(request)?;
    let advance = change.advance.as_ref().map(duration).transpose()?;
    if change.rate.is_some_and(|rate| !(0.0..=RATE_MAX).contains(&rate)) {
        return Err(ControlError::Wrong(format!("rate is from 0 to {RATE_MAX}")));
    }
    let clock = control.clock();
    let done = change.now.is_none_or(|now| clock.set(now))
        && advance.is_none_or(|by| clock.advance(by))
        && change.rate.is_none_or(|rate| clock.set_rate(rate));
    if !done {
        return Err(ControlError::ClockFixed);
    }
    control.clock_moved().await;
    Ok(show(control))
}

/// A number of seconds, or a text such as `30d`, `1h 30m` or `PT36H`; forward only.
pub(super) fn duration(value: &Value) -> Result<Duration, ControlError> {
    let wrong = || {
        ControlError::Wrong("advance is a number of seconds, or such as \"30d\", \"36h\"".into())
    };
    if let Some(seconds) = value.as_f64() {
        return Duration::try_from_secs_f64(seconds).map_err(|_| wrong());
    }
    let span: Span = value.as_str().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    let by = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(by).map_err(|_| wrong())
}
