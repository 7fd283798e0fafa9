//! Single values: money and times.

use std::str::from_utf8;

use jiff::Timestamp;
use quaymaster::domain::money::{Cents, MoneyError};
use quaymaster::domain::time::{format_date_time, parse_date, parse_date_time};
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::field::Field;
use serde_json::{Number, Value};

/// As many digits and exponents as plain arithmetic can be trusted with.
const EASY_DIGITS: usize = 17;
/// See [`EASY_DIGITS`].
const EASY_EXPONENT: u32 = 12;
/// The longest text that is looked at for money.
const MONEY_BYTES_MAX: usize = 64;

/// Money: exact, as JSON has numbers, and read back as written.
pub(super) fn money(data: &[u8]) {
    let Ok(text) = from_utf8(data) else { return };
    let read = Cents::parse(text);
    let is_number = !text.contains(char::is_whitespace) && text.parse::<Number>().is_ok();
    if text.len() <= MONEY_BYTES_MAX {
        assert_eq!(read != Err(MoneyError::Shape), is_number, "the grammar is JSON's");
    }
    if let Some(expected) = easy(text).filter(|_| is_number && text.len() <= MONEY_BYTES_MAX) {
        assert_eq!(read.map(|cents| i128::from(cents.get())), expected);
    }
    let Ok(cents) = read else { return };
    let written = cents.to_string();
    assert_eq!(Cents::parse(&written), Ok(cents));
    assert_eq!(written.bytes().rev().position(|byte| byte == b'.'), Some(2), "two decimals");
    if text.len() == MONEY_BYTES_MAX {
        // The JSON reader spells an exponent with its sign, which is one more.
        return;
    }
    for json in [format!("{{\"a\":{text}}}"), format!("{{\"a\":\"{text}\"}}")] {
        assert_eq!(Fields::parse(json.as_bytes()).unwrap().cents("a"), Ok(Some(cents)));
    }
    if let Ok(amount) = Amount::new(cents) {
        let again: Value = serde_json::from_str(&amount.write().to_string()).unwrap();
        assert_eq!(Amount::read(&again), Some(amount));
        // What any reader of JSON keeps.
        assert_eq!(amount.write().as_f64().map(|float| format!("{float:.2}")), Some(written));
    }
}

/// What a short number comes to in cents, by wide integers.
fn easy(text: &str) -> Option<Result<i128, MoneyError>> {
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent = exponent.parse::<i32>().ok()?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    if digits.len() > EASY_DIGITS || exponent.unsigned_abs() > EASY_EXPONENT {
        return None;
    }
    let digits = digits.parse::<i128>().ok()?;
    let places = exponent - i32::try_from(fraction.len()).ok()? + 2;
    let scale = 10_i128.checked_pow(places.unsigned_abs())?;
    let cents = match (places >= 0, digits % scale) {
        (true, _) => digits * scale,
        (false, 0) => digits / scale,
        (false, _) => return Some(Err(MoneyError::PartOfCent)),
    };
    Some(i64::try_from(cents).map(i128::from).map_err(|_| MoneyError::TooLarge))
}

/// Dates and times: what is read another reader reads too, and what is written reads back.
pub(super) fn times(data: &[u8]) {
    let Ok(text) = from_utf8(data) else { return };
    if let Ok(date) = parse_date(text) {
        assert_eq!(date.to_string(), text);
    }
    let Ok(at) = parse_date_time(text) else { return };
    assert_eq!(text.parse::<Timestamp>().ok(), Some(at));
    let written = format_date_time(at);
    let seconds = at.as_second() - i64::from(at.subsec_nanosecond() < 0);
    assert_eq!(parse_date_time(&written).map(Timestamp::as_second), Ok(seconds), "{written}");
    assert_eq!(written.len(), "2022-01-02T03:48:40+00:00".len(), "{written}");
    let compact = written.replace("+00:00", "+0000");
    assert_eq!(parse_date_time(&compact), parse_date_time(&written), "{compact}");
}
