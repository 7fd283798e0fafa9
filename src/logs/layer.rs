//! From tracing's events and spans to lines.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::fields::Collected;
use super::{Colour, LogFormat, lines};
use crate::clock::Clock;

/// Writes each event as a line, with the fields of the spans around it.
pub(super) struct Lines<W> {
    out: Mutex<W>,
    format: LogFormat,
    colour: Colour,
    clock: Arc<Mutex<Clock>>,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W, format: LogFormat, colour: Colour, clock: Arc<Mutex<Clock>>) -> Self {
        Self { out: Mutex::new(out), format, colour, clock }
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut collected = Collected::default();
        attributes.record(&mut collected);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(collected);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(collected) = span.extensions_mut().get_mut::<Collected>()
        {
            values.record(collected);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut collected = Collected::default();
        event.record(&mut collected);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Collected>() {
                collected.inherit(outer);
            }
        }
        collected.sort();
        let at = self.clock.lock().unwrap_or_else(PoisonError::into_inner).now();
        let line = match self.format {
            LogFormat::Json => lines::json(at, event.metadata(), &collected),
            LogFormat::Pretty => lines::pretty(at, event.metadata(), &collected, self.colour),
        };
        // A log that cannot be written has nowhere to say so; the program goes on.
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(line.as_bytes()).and_then(|()| out.flush()).ok();
    }
}
