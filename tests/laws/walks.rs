//! What the tests of each table share: walking a table by the labels the documents lead to, and the
//! check that a table's enums say what its rows say.

use quaymaster::domain::lifecycle::Table;

/// Where the events lead from a state, by label; `None` as soon as a table has no row.
pub(crate) fn walk(table: &Table, from: &'static str, events: &[&str]) -> Option<&'static str> {
    events.iter().try_fold(from, |at, event| {
        assert!(table.events.iter().any(|row| row.label == *event), "no event {event}");
        table.rows().find(|[start, via, _]| *start == at && via == event).map(|[_, _, to]| to)
    })
}

/// What can happen in a state, by label.
pub(crate) fn ways(table: &Table, from: &str) -> Vec<&'static str> {
    assert!(table.states.iter().any(|row| row.label == from), "no state {from}");
    table.rows().filter(|[start, ..]| *start == from).map(|[_, event, _]| event).collect()
}

/// The rows the documents do not say, as `from event`.
pub(crate) fn guesses(table: &Table) -> Vec<String> {
    let guesses = table.graded().filter(|(_, grade)| grade.is_guess());
    guesses.map(|([from, event, _], _)| format!("{from} {event}")).collect()
}

/// Every state with every event, whether the table has a row for it or not.
macro_rules! enums_follow_the_rows {
    ($module:ident) => {
        #[test]
        fn enums_follow_the_rows() {
            use quaymaster::domain::$module::{Event, State, TABLE};
            let mut lawful = 0;
            for from in State::ALL {
                for event in Event::ALL {
                    let to = crate::walks::walk(&TABLE, from.label(), &[event.label()]);
                    assert_eq!(from.next(*event).map(State::label), to, "{from:?} on {event:?}");
                    lawful += usize::from(to.is_some());
                }
                let leaves = !crate::walks::ways(&TABLE, from.label()).is_empty();
                assert_eq!(from.is_end(), !leaves, "{from:?}");
                assert_eq!(State::from_label(from.label()), Some(*from));
                assert_eq!(State::from_label(&from.label().to_uppercase()), None);
            }
            assert_eq!(lawful, TABLE.moves.len());
            assert_eq!(State::from_label(""), None);
        }
    };
}

pub(crate) use enums_follow_the_rows;
