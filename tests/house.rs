//! The rules of the house, read off the source itself. Each rule is tried on a small planted
//! violation first: a check that cannot fail checks nothing.
#![expect(clippy::unwrap_used, reason = "a tree that cannot be read fails its test")]

#[path = "house/floors.rs"]
mod floors;
#[path = "house/forms.rs"]
mod forms;
#[path = "house/guesses.rs"]
mod guesses;
#[path = "house/logging.rs"]
mod logging;
#[path = "house/secrets.rs"]
mod secrets;
#[path = "house/sizes.rs"]
mod sizes;
#[path = "house/source.rs"]
mod source;
#[path = "house/tree.rs"]
mod tree;
#[path = "house/words.rs"]
mod words;
