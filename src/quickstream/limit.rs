//! The bank allows so many simultaneous requests to a facility (10 by its documents); whoever waits
//! for a turn is let through by the urgency of the work, and within one urgency in order.
//!
//! Knows nothing of HTTP. A turn ends when its [`Turn`] is dropped, however that comes about.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// What a request is for; the more urgent goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Keeping keys current.
    Key,
    /// What a person asked for, and settling it.
    Command,
    /// What an application sends through us.
    Application,
    /// Looking through the book.
    Sweep,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: &[Priority] = &[Self::Key, Self::Command, Self::Application, Self::Sweep];

    /// The word in metrics and logs; fixed once released.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Command => "command",
            Self::Application => "application",
            Self::Sweep => "sweep",
        }
    }
}

/// A facility's limit of simultaneous requests; clones share it.
#[derive(Clone, Debug)]
pub struct Limit(Arc<Mutex<Line>>);

/// The right to have one request on the wire.
#[derive(Debug)]
pub struct Turn {
    limit: Limit,
    /// Cleared when the turn was handed on, so that dropping the shell gives nothing back.
    held: bool,
}

#[derive(Debug)]
struct Line {
    size: usize,
    taken: usize,
    /// Who waits, in order; a waiter that gave up is stepped over when its time comes.
    waiting: VecDeque<(Priority, oneshot::Sender<Turn>)>,
}

impl Limit {
    /// So many at once; at least one.
    pub fn new(size: usize) -> Self {
        let line = Line { size: size.max(1), taken: 0, waiting: VecDeque::new() };
        Self(Arc::new(Mutex::new(line)))
    }

    /// Waits for a turn. Dropping the future gives up the place in the line.
    pub async fn turn(&self, priority: Priority) -> Turn {
        let waiting = {
            let mut line = self.line();
            if line.taken < line.size {
                line.taken += 1;
                return Turn { limit: self.clone(), held: true };
            }
            let (sender, receiver) = oneshot::channel();
            line.waiting.retain(|(_, waiter)| !waiter.is_closed());
            line.waiting.push_back((priority, sender));
            receiver
        };
        match waiting.await {
            Ok(turn) => turn,
            // The line holds every sender until it sends, and it lives as long as this limit.
            Err(_) => std::future::pending().await,
        }
    }

    /// How many turns are taken.
    pub fn taken(&self) -> usize {
        self.line().taken
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.line().waiting.iter().filter(|(_, waiter)| !waiter.is_closed()).count()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Every change below is one assignment or one move, so a poisoned line is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Takes the first of the most urgent waiters out of the line.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let places = self.waiting.iter().enumerate();
        // Of equals, the first is the least.
        let (place, _) = places.min_by_key(|(_, (priority, _))| *priority)?;
        self.waiting.remove(place).map(|(_, waiter)| waiter)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.held {
            return;
        }
        loop {
            let waiter = {
                let mut line = self.limit.line();
                let waiter = line.next();
                if waiter.is_none() {
                    line.taken -= 1;
                }
                waiter
            };
            let Some(waiter) = waiter else { return };
            // Handed over outside the lock: a waiter that goes away with the turn in its hands drops
            // it, which comes back here.
            match waiter.send(Turn { limit: self.limit.clone(), held: true }) {
                Ok(()) => return,
                Err(mut refused) => refused.held = false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;
    use tokio::task::JoinSet;

    use super::*;

    async fn until_waiting(limit: &Limit, count: usize) {
        while limit.waiting() != count {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn the_urgent_overtake_and_equals_stay_in_order() {
        let limit = Limit::new(1);
        let first = limit.turn(Priority::Sweep).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let arrivals = [
            (Priority::Sweep, "sweep 1"),
            (Priority::Application, "application"),
            (Priority::Command, "command 1"),
            (Priority::Sweep, "sweep 2"),
            (Priority::Command, "command 2"),
            (Priority::Key, "key"),
        ];
        for (place, (priority, name)) in arrivals.into_iter().enumerate() {
            let (its_limit, order) = (limit.clone(), Arc::clone(&order));
            tasks.spawn(async move {
                let turn = its_limit.turn(priority).await;
                order.lock().unwrap().push(name);
                drop(turn);
            });
            until_waiting(&limit, place + 1).await;
        }
        drop(first);
        tasks.join_all().await;
        let expected = ["key", "command 1", "command 2", "application", "sweep 1", "sweep 2"];
        assert_eq!(*order.lock().unwrap(), expected);
        assert_eq!(limit.taken(), 0);
    }

    #[tokio::test]
    async fn who_gives_up_takes_no_turn_along() {
        let limit = Limit::new(1);
        let first = limit.turn(Priority::Key).await;
        let gone = tokio::spawn({
            let limit = limit.clone();
            async move { limit.turn(Priority::Key).await }
        });
        until_waiting(&limit, 1).await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        drop(first);
        assert_eq!((limit.taken(), limit.waiting()), (0, 0));

        // Handed over, but never picked up.
        let first = limit.turn(Priority::Key).await;
        let mut waiter = Box::pin(limit.turn(Priority::Sweep));
        assert!(futures_poll(waiter.as_mut()).is_pending());
        drop(first);
        assert_eq!(limit.taken(), 1);
        drop(waiter);
        assert_eq!(limit.taken(), 0);
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        future.poll(&mut context)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever comes, waits, gives up and goes: never more than the limit, never a turn lost.
        #[test]
        fn the_limit_holds(size in 1_usize..=10, work in proptest::collection::vec((0_usize..4, 0_u8..4), 1..80)) {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
            runtime.block_on(async {
                let limit = Limit::new(size);
                let (on_wire, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
                let mut tasks = Vec::new();
                for (priority, how) in work {
                    let (limit, on_wire, most) = (limit.clone(), Arc::clone(&on_wire), Arc::clone(&most));
                    let task = tokio::spawn(async move {
                        let turn = limit.turn(Priority::ALL[priority]).await;
                        let now = on_wire.fetch_add(1, Ordering::SeqCst) + 1;
                        most.fetch_max(now, Ordering::SeqCst);
                        // Dropped in this order, also when the task is ended from outside.
                        let _held = (Leave(on_wire), turn);
                        for _ in 0..how {
                            tokio::task::yield_now().await;
                        }
                    });
                    if how == 3 {
                        task.abort();
                    }
                    tasks.push(task);
                }
                for task in tasks {
                    drop(task.await);
                }
                assert!(most.load(Ordering::SeqCst) <= size);
                assert_eq!((limit.taken(), limit.waiting()), (0, 0));
            });
        }
    }

    /// Leaves the wire before its turn is given back.
    struct Leave(Arc<AtomicUsize>);

    impl Drop for Leave {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
