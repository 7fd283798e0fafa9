use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use tracing::{debug, error, info, info_span, trace, warn};

use super::*;

/// Where the lines of a test go.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn options(format: LogFormat, filter: &str, colour: Colour) -> Options {
    let clock = Clock::starting_at("2026-03-01T14:02:07.25Z".parse().unwrap(), 0.0);
    Options { format, filter: filter.parse().unwrap(), colour, clock }
}

fn written(options: Options, speak: impl FnOnce(&Logs)) -> String {
    let page = Page::default();
    let (logs, subscriber) = Logs::to(page.clone(), options);
    tracing::subscriber::with_default(subscriber, || speak(&logs));
    page.text()
}

#[test]
fn a_line_for_machines_has_the_listed_fields_only() {
    let text = written(options(LogFormat::Json, "info", Colour::Off), |_| {
        let span = info_span!("renewal", facility = "main", environment = "support");
        let _inside = span.entered();
        info!(key = %"00ab", attempt = 3, ours = false, body = "never", "a new key was offered");
    });
    let line: Value = serde_json::from_str(&text).unwrap();
    let members: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted =
        ["time", "level", "message", "facility", "environment", "key", "attempt", "module"];
    assert_eq!(members, wanted);
    assert_eq!(line["time"], "2026-03-01T14:02:07.250Z");
    assert_eq!((&line["level"], &line["attempt"]), (&"info".into(), &3.into()));
    assert!(text.ends_with("}\n") && !text.contains("never"), "{text}");
}

#[test]
fn lines_for_people_read_as_sentences() {
    let text = written(options(LogFormat::Pretty, "debug", Colour::Off), |_| {
        info!(facility = "main", key = "00ab", next_at = "2026-03-02", "promoted");
        warn!(facility = "main", error = "no route to host", "the bank cannot be reached");
        error!(reason = "", "stopped");
        warn!(reason = "a day left", remedy = "key status", condition = "held", "look");
        debug!(attempt = 2, "looking");
    });
    assert_eq!(
        text,
        "2026-03-01 14:02:07Z • main     promoted                  key=00ab  next_at=2026-03-02\n\
         2026-03-01 14:02:07Z ! main     the bank cannot be reached: no route to host\n\
         2026-03-01 14:02:07Z ✗          stopped\n\
         2026-03-01 14:02:07Z !          look: a day left          condition=held\n\
         \x20                               do: key status\n\
         2026-03-01 14:02:07Z ·          looking                   attempt=2\n"
    );
}

#[test]
fn colour_is_only_there_when_wanted() {
    let speak = |_: &Logs| warn!(facility = "main", "careful");
    let plain = written(options(LogFormat::Pretty, "info", Colour::Off), speak);
    let painted = written(options(LogFormat::Pretty, "info", Colour::On), speak);
    let json = written(options(LogFormat::Json, "info", Colour::On), speak);
    assert!(!plain.contains('\u{1b}') && !json.contains('\u{1b}'));
    assert!(painted.contains("\u{1b}[33mcareful\u{1b}[0m"), "{painted:?}");
}

#[test]
fn nothing_can_forge_a_line_or_paint_the_terminal() {
    for format in [LogFormat::Json, LogFormat::Pretty] {
        let text = written(options(format, "info", Colour::Off), |_| {
            info!(error = "a\nb\u{1b}[31m", "said {}", "x\r\ny");
        });
        assert_eq!(text.matches('\n').count(), 1, "{text:?}");
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
    }
}

#[test]
fn what_looks_like_a_key_is_taken_out_everywhere() {
    for format in [LogFormat::Json, LogFormat::Pretty] {
        let text = written(options(format, "info", Colour::Off), |_| {
            let span = info_span!("call", path = "/x?k=DEMO_SEC_dye1");
            let _inside = span.entered();
            info!(error = ?"DEMO_SEC_dye2", reason = "Basic ZHllMw==", "sent DEMO_SEC_dye4");
        });
        assert!(!text.contains("dye") && !text.contains("ZHll"), "{text}");
        assert_eq!(text.matches("[redacted]").count(), 4, "{text}");
    }
}

#[test]
fn long_texts_are_cut() {
    let text = written(options(LogFormat::Json, "info", Colour::Off), |_| {
        info!(error = "ä".repeat(100_000), "long");
    });
    assert!(text.len() < 5000 && text.contains("ä…"), "{}", text.len());
}

#[test]
fn others_speak_from_warn_up_unless_named() {
    let speak = |_: &Logs| {
        info!(target: "hyper::client", "chatter");
        warn!(target: "hyper::client", "trouble");
        trace!(target: "rustls", "handshake");
        trace!("ours");
    };
    let all = written(options(LogFormat::Pretty, "trace", Colour::Off), speak);
    assert!(all.contains("ours") && all.contains("trouble"));
    assert!(!all.contains("chatter") && !all.contains("handshake"), "{all}");
    let named = written(options(LogFormat::Pretty, "error,hyper=info", Colour::Off), speak);
    assert!(named.contains("chatter") && !named.contains("ours"), "{named}");
    let off = written(options(LogFormat::Pretty, "off", Colour::Off), speak);
    assert_eq!(off, "");
}

#[test]
fn a_filter_that_is_none_is_refused() {
    for text in ["", "inof", "info,", "hyper=loud", "=info", "a b=info", "INFO"] {
        assert_eq!(text.parse::<Filter>(), Err(FilterError), "{text:?}");
    }
    assert_ne!("info".parse::<Filter>(), "debug".parse());
}

#[test]
fn level_and_clock_change_while_it_runs() {
    let text = written(options(LogFormat::Pretty, "info", Colour::Off), |logs| {
        debug!("first");
        logs.set_filter("debug".parse().unwrap());
        logs.tell_time_by(Clock::starting_at("2030-01-01T00:00:00Z".parse().unwrap(), 0.0));
        debug!("second");
    });
    assert_eq!(text, "2030-01-01 00:00:00Z ·          second\n");
}

#[test]
fn a_panic_is_logged_without_what_it_was_working_on() {
    let page = Page::default();
    let (_logs, subscriber) = Logs::to(page.clone(), options(LogFormat::Json, "info", Colour::Off));
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(log_panic));
    tracing::subscriber::with_default(subscriber, || {
        let dye = std::hint::black_box("dye");
        catch_unwind(AssertUnwindSafe(|| panic!("while holding {dye}"))).unwrap_err();
        catch_unwind(AssertUnwindSafe(|| panic!("a fixed sentence"))).unwrap_err();
    });
    std::panic::set_hook(usual);
    let text = page.text();
    assert!(!text.contains("dye"), "{text}");
    assert!(text.contains("withheld") && text.contains("a fixed sentence"), "{text}");
    assert!(text.contains("src/logs/tests.rs:"), "{text}");
}

#[test]
fn no_value_breaks_a_line_or_turns_it_round() {
    let text = written(options(LogFormat::Pretty, "info", Colour::Off), |_| {
        let path = "two\nlines and \"more\" \u{202e}desrever\u{2069}\u{9b}1m";
        info!(facility = "main", path, key_name = None::<&str>, "seen");
    });
    assert!(
        text.contains(r#"path="two\nlines and \"more\" \u{202e}desrever\u{2069}\u{9b}1m""#),
        "{text}"
    );
    assert!(text.lines().count() == 1 && !text.contains("key_name"), "{text}");
}
