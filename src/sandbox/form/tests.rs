use hyper::StatusCode;
use serde_json::json;

use super::*;

fn errors(body: &Value, read: impl FnOnce(&mut Form<'_>)) -> Vec<(String, String)> {
    let guesses = Guesses::default();
    let mut form = Form::of(body, &guesses).unwrap();
    read(&mut form);
    let error = |error: &FieldError| (error.name.clone(), error.value.clone());
    form.errors.iter().map(error).collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn every_wrong_field_is_named_once_with_its_value() {
    let body = json!({
        "name": "x".repeat(11), "kind": "OTHER", "amount": 1.005, "from": "2026-02-30",
        "on": "yes", "inner": { "tz": "123456" }, "list": [], "null": null,
    });
    let found = errors(&body, |form| {
        form.text("name", Need::Required, 10);
        form.wrong("name", "And it is not known.");
        form.choice("kind", Need::Required, &[("A", 1), ("B", 2)]);
        form.money("amount", Need::Required);
        form.date("from", Need::Optional);
        form.flag("on", Need::Optional);
        form.nested("inner", Need::Optional, |inner| inner.text("tz", Need::Required, 5));
        form.nested("list", Need::Optional, |_| ());
        form.text("null", Need::Required, 5);
        form.text("absent", Need::Optional, 5);
    });
    assert_eq!(
        found,
        [
            pair("name", &"x".repeat(11)),
            pair("kind", "OTHER"),
            pair("amount", "1.005"),
            pair("from", "2026-02-30"),
            pair("on", "yes"),
            pair("inner.tz", "123456"),
            pair("list", ""),
            pair("null", ""),
        ]
    );
}

#[test]
fn no_error_repeats_what_could_be_a_card_or_an_account() {
    let body = json!({ "cardNumber": "4111", "cvn": "12", "memo": "5163 2000 0000 0008" });
    let found = errors(&body, |form| {
        form.wrong("cardNumber", "No.");
        form.wrong("cvn", "No.");
        form.wrong("memo", "No.");
    });
    assert_eq!(found, [pair("cardNumber", ""), pair("cvn", ""), pair("memo", "")]);
}

#[test]
fn what_is_in_order_is_read() {
    let guesses = Guesses::default();
    let body = json!({ "a": " text ", "b": 12.5, "c": "12.50", "d": "2026-03-01", "e": true,
                       "f": 7, "g": { "x": "1", "y": "2" }, "h": "0123" });
    let mut form = Form::of(&body, &guesses).unwrap();
    assert_eq!(form.text("a", Need::Required, 6).as_deref(), Some("text"));
    assert_eq!(form.money("b", Need::Required), Some(Cents::new(1250)));
    assert_eq!(form.money_text("c", Need::Required), Some(Cents::new(1250)));
    assert_eq!(form.date("d", Need::Required), Some(jiff::civil::date(2026, 3, 1)));
    assert_eq!(form.flag("e", Need::Required), Some(true));
    assert_eq!(form.whole("f", Need::Required, 1..=7), Some(7));
    let texts = form.texts("g", 2, 10).unwrap();
    assert_eq!(texts, [pair("x", "1"), pair("y", "2")]);
    assert_eq!(form.digits("h", Need::Required, 4..=4).as_deref(), Some("0123"));
    assert_eq!(form.finish(), Ok(()));
    let body = json!([1]);
    let refusal = Form::of(&body, &guesses).map(|_| ()).unwrap_err();
    assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
}

#[test]
fn spaces_around_a_text_are_dropped_and_a_code_is_taken_to_the_letter() {
    let guesses = Guesses::default();
    let body = json!({
        "name": " Sam ", "kind": " A", "code": "12 ", "from": " 2026-02-28", "bsb": "03-2999",
        "blank": "  ", "empty": "", "line": "A\n", "long": "A ",
    });
    let mut form = Form::of(&body, &guesses).unwrap();
    assert_eq!(form.text("name", Need::Required, 5).as_deref(), Some("Sam"));
    assert_eq!(form.text("blank", Need::Optional, 5), None);
    assert_eq!(form.digits("empty", Need::Optional, 2..=2), None);
    form.choice("kind", Need::Optional, &[("A", 1)]);
    form.digits("code", Need::Optional, 2..=2);
    form.date("from", Need::Optional);
    form.bsb(Need::Optional);
    form.text("line", Need::Optional, 5);
    form.text("long", Need::Optional, 1);
    let names: Vec<&str> = form.errors.iter().map(|error| error.name.as_str()).collect();
    assert_eq!(names, ["kind", "code", "from", "bsb", "line", "long"]);
}
