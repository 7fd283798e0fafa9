//! The one form in which a lifecycle is written: a table of states, events and lawful moves.
//!
//! [`lifecycle!`](crate::lifecycle) turns a table into enums (for stored rows, the bank's words and
//! metric labels) and into one marker type per state and event (for code that knows the state when
//! it is written). Everything else (diagram, metric series, `explain`, laws) is an ordinary function
//! over the plain [`Table`].
#![expect(clippy::indexing_slicing, reason = "every index comes from an enum of the same table")]

use crate::domain::product::Grade;

/// A lifecycle as plain data.
#[derive(Debug)]
pub struct Table {
    /// The lifecycle's label.
    pub name: &'static str,
    /// Every state, the starting one first.
    pub states: &'static [StateRow],
    /// Every event.
    pub events: &'static [EventRow],
    /// The lawful moves as indices: from state, event, to state.
    pub moves: &'static [(u8, u8, u8)],
    /// How well each move is known, in the order of the moves; a rule of our own counts as documented.
    pub grades: &'static [Grade],
}

/// What a table says of one state.
#[derive(Debug)]
pub struct StateRow {
    /// The word stored, sent and measured; fixed once released.
    pub label: &'static str,
    /// What it means, for `explain` and the documentation.
    pub meaning: &'static str,
}

/// What a table says of one event.
#[derive(Debug)]
pub struct EventRow {
    /// The word stored and measured; fixed once released.
    pub label: &'static str,
    /// What it means, for `explain` and the documentation.
    pub meaning: &'static str,
    /// Who can bring it about.
    pub causes: &'static [Cause],
}

/// Who can bring an event about. Only an event with [`Cause::Ours`] can be commanded; any other is a
/// fact that we learn of and record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// This program, on its own schedule or for a person who typed a command.
    Ours,
    /// The payer, in their banking app.
    Payer,
    /// QuickStream or a bank behind it.
    Bank,
    /// Time ran out.
    Clock,
}

impl Cause {
    /// The word used by `explain`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ours => "quaymaster or a person",
            Self::Payer => "the payer",
            Self::Bank => "the bank",
            Self::Clock => "time",
        }
    }
}

/// Reads a word of the bank's, whatever its case; `None` for a word we do not know, which the caller
/// keeps as it came.
pub fn read<T: Copy>(words: &[(&str, T)], word: &str) -> Option<T> {
    words.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, meaning)| *meaning)
}

/// Some row has event `Self` starting in state `From`.
#[diagnostic::on_unimplemented(
    message = "no row of the lifecycle lets `{Self}` happen in state `{From}`",
    label = "not a lawful move from this state"
)]
pub trait Move<From> {
    /// Where the row leads.
    type To: At;
}

/// A state as a type, tied to the same state as a value.
pub trait At {
    /// The lifecycle's enum of states.
    type State: Copy + Eq;
    /// The same state as a value.
    const STATE: Self::State;
}

/// What stands behind a row in diagrams and `explain`.
const fn mark(grade: Grade) -> &'static str {
    if grade.is_guess() { " (guess)" } else { "" }
}

impl Table {
    /// Whether every state can be reached from the first; checked while compiling.
    pub const fn is_connected(&self) -> bool {
        let mut seen = 1_u64;
        let mut round = 0;
        while round < self.states.len() {
            let mut row = 0;
            while row < self.moves.len() {
                let (from, _, to) = self.moves[row];
                if seen >> from & 1 == 1 {
                    seen |= 1 << to;
                }
                row += 1;
            }
            round += 1;
        }
        seen == (1 << self.states.len()) - 1
    }

    /// The labels of every row: from, event, to.
    pub fn rows(&self) -> impl Iterator<Item = [&'static str; 3]> + '_ {
        self.moves.iter().map(|&(from, event, to)| {
            let state = |index: u8| self.states[usize::from(index)].label;
            [state(from), self.events[usize::from(event)].label, state(to)]
        })
    }

    /// The labels of every row with how well it is known.
    pub fn graded(&self) -> impl Iterator<Item = ([&'static str; 3], Grade)> + '_ {
        self.rows().zip(self.grades.iter().copied())
    }

    /// The states no row leaves.
    pub fn ends(&self) -> impl Iterator<Item = &'static str> + '_ {
        let leaves = |index: usize| self.moves.iter().any(|row| usize::from(row.0) == index);
        self.states.iter().enumerate().filter(move |(i, _)| !leaves(*i)).map(|(_, row)| row.label)
    }

    /// The table as a Mermaid diagram.
    pub fn mermaid(&self) -> String {
        let first = self.states[0].label;
        let lines = self.graded().map(|([from, event, to], grade)| {
            format!("    {from} --> {to}: {event}{}\n", mark(grade))
        });
        let ends = self.ends().map(|end| format!("    {end} --> [*]\n"));
        let (lines, ends): (String, String) = (lines.collect(), ends.collect());
        format!("stateDiagram-v2\n    [*] --> {first}\n{lines}{ends}")
    }

    /// What `explain` prints for a word of this table: a state with the ways out of it, or an event
    /// with who can cause it and where it leads. `None` if the table has no such word.
    pub fn explain(&self, word: &str) -> Option<String> {
        let state = self.states.iter().find(|row| row.label == word);
        let event = self.events.iter().find(|row| row.label == word);
        let state = state.map(|row| self.explain_state(row));
        let event = event.map(|row| self.explain_event(row));
        match (state, event) {
            (Some(state), Some(event)) => Some(format!("{state}\n{event}")),
            (state, event) => state.or(event),
        }
    }

    fn explain_state(&self, row: &StateRow) -> String {
        let ways = self.graded().filter(|([from, ..], _)| *from == row.label);
        let ways: String = ways
            .map(|([_, event, to], grade)| format!("  {event:<12} -> {to}{}\n", mark(grade)))
            .collect();
        let ways = if ways.is_empty() { "  none: this is an end\n".to_owned() } else { ways };
        format!("{} (state of {})\n{}\nWays out:\n{ways}", row.label, self.name, row.meaning.trim())
    }

    fn explain_event(&self, row: &EventRow) -> String {
        let by = row.causes.iter().map(|cause| cause.label()).collect::<Vec<_>>().join(", ");
        let rows = self.graded().filter(|([_, event, _], _)| *event == row.label);
        let rows: String = rows
            .map(|([from, _, to], grade)| format!("  {from} -> {to}{}\n", mark(grade)))
            .collect();
        let meaning = row.meaning.trim();
        format!("{} (event of {})\n{meaning}\nBy: {by}\nMoves:\n{rows}", row.label, self.name)
    }
}

/// Writes out one lifecycle; see the module's text for what it makes.
#[macro_export]
macro_rules! lifecycle {
    (
        $name:literal
        states { $( $(#[doc = $sdoc:literal])+ $state:ident = $sword:literal, )+ }
        events { $( $(#[doc = $edoc:literal])+ $event:ident = $eword:literal by $($who:ident)|+, )+ }
        moves { $( $from:ident on $via:ident => $to:ident $( ($grade:ident) )?, )+ }
    ) => {
        #[doc = concat!("The states of a `", $name, "`.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum State { $( $(#[doc = $sdoc])+ $state, )+ }

        #[doc = concat!("The events of a `", $name, "`.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Event { $( $(#[doc = $edoc])+ $event, )+ }

        /// Each state as a type.
        pub mod at { $( $(#[doc = $sdoc])+ #[derive(Clone, Copy, Debug)] pub struct $state; )+ }

        /// Each event as a type.
        pub mod ev { $( $(#[doc = $edoc])+ #[derive(Clone, Copy, Debug)] pub struct $event; )+ }

        $( impl $crate::domain::lifecycle::At for at::$state {
            type State = State;
            const STATE: State = State::$state;
        } )+
        $( impl $crate::domain::lifecycle::Move<at::$from> for ev::$via { type To = at::$to; } )+

        /// This lifecycle as plain data.
        pub const TABLE: $crate::domain::lifecycle::Table = $crate::domain::lifecycle::Table {
            name: $name,
            states: &[ $( $crate::domain::lifecycle::StateRow {
                label: $sword,
                meaning: concat!($($sdoc),+),
            }, )+ ],
            events: &[ $( $crate::domain::lifecycle::EventRow {
                label: $eword,
                meaning: concat!($($edoc),+),
                causes: &[ $( $crate::domain::lifecycle::Cause::$who ),+ ],
            }, )+ ],
            moves: &[ $( (State::$from as u8, Event::$via as u8, State::$to as u8), )+ ],
            grades: &[ $( $crate::domain::product::Grade::Documented
                $( .but($crate::domain::product::Grade::$grade) )?, )+ ],
        };
        const _: () = assert!(TABLE.is_connected(), concat!($name, ": a state is never reached"));

        impl State {
            /// Every state, in the table's order.
            pub const ALL: &[State] = &[ $( State::$state, )+ ];

            /// The word stored, sent and measured; fixed once released.
            pub const fn label(self) -> &'static str {
                match self { $( State::$state => $sword, )+ }
            }

            /// The state stored under `word`, or `None` if this release knows no such word.
            pub fn from_label(word: &str) -> Option<State> {
                match word { $( $sword => Some(State::$state), )+ _ => None }
            }

            /// Where `event` leads, or `None` where the table has no row.
            pub const fn next(self, event: Event) -> Option<State> {
                match (self, event) {
                    $( (State::$from, Event::$via) => Some(State::$to), )+
                    _ => None,
                }
            }

            /// Whether no row leaves this state.
            pub fn is_end(self) -> bool {
                Event::ALL.iter().all(|event| self.next(*event).is_none())
            }
        }

        impl Event {
            /// Every event, in the table's order.
            pub const ALL: &[Event] = &[ $( Event::$event, )+ ];

            /// The word stored and measured; fixed once released.
            pub const fn label(self) -> &'static str {
                match self { $( Event::$event => $eword, )+ }
            }
        }
    };
}
