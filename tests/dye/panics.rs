//! A panic while a key is in hand. Nothing known makes the program panic, so this test's own binary
//! does, as a process of its own, with the program's logs and its panic hook.

use std::process::Command;

use quaymaster::clock::Clock;
use quaymaster::key::KeyText;
use quaymaster::logs::{Colour, LogFormat, Logs, Options};

use super::search::Dye;

/// The test that is played by the other process.
const PART: &str = "dye::panics::part";

const SECRET: &str = "PANICS_SEC_sandboxW8fKq3Vn6ZtC1mXb5JhD";

/// Panics, if it is what this process was started for.
#[test]
fn part() {
    if !std::env::args().any(|argument| argument == "--nocapture")
        || !std::env::args().any(|argument| argument == PART)
    {
        return;
    }
    let options = Options {
        format: LogFormat::Json,
        filter: "trace".parse().unwrap(),
        colour: Colour::Off,
        clock: Clock::machine(),
    };
    Logs::start(options).unwrap();
    in_hand(Err((KeyText::parse(SECRET).unwrap(), SECRET.to_owned())));
}

fn in_hand(held: Result<(), (KeyText, String)>) {
    held.unwrap();
}

#[test]
fn a_panic_says_where_and_not_what_was_in_hand() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", PART, "--nocapture"]).env("RUST_BACKTRACE", "full");
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&said);
    assert!(text.contains("tests/dye/panics.rs"), "{text}");
    assert!(text.contains("withheld"), "{text}");
    let mut dye = Dye::default();
    dye.mark("the key in hand", SECRET.as_bytes(), 11);
    assert_eq!(dye.found(&said), Vec::<String>::new());
}
