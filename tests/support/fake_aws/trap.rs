//! A fault that chooses its call by what is in it, and can tell that it struck.

#![allow(dead_code, reason = "several test programs share this file")]

use serde_json::Value;

use super::{FakeAws, Fault, Operation};

type Choice = Box<dyn Fn(Operation, &Value) -> Option<Fault> + Send>;

/// Asked about every call before the faults that merely count.
#[derive(Default)]
pub(super) struct Trap(Option<Choice>);

impl Trap {
    pub(super) fn spring(&self, operation: Operation, input: &Value) -> Option<Fault> {
        self.0.as_ref().and_then(|choose| choose(operation, input))
    }
}

impl FakeAws {
    /// Asks `choose` about every call from now on; what it gives is what goes wrong.
    pub(crate) fn trap(
        &self,
        choose: impl Fn(Operation, &Value) -> Option<Fault> + Send + 'static,
    ) {
        self.state().trap = Trap(Some(Box::new(choose)));
    }
}
