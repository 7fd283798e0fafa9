//! Someone who looks at lists all the while: each is answered, whole and in its order, however much
//! the bank has to do.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::bank::get;
use crate::connection::Connection;

/// How long a look is after the last: a person's program, and no load.
const PAUSE: Duration = Duration::from_millis(5);

pub(crate) struct Watch {
    over: Arc<AtomicBool>,
    looking: JoinHandle<Vec<Duration>>,
}

/// How long answers took.
pub(crate) struct Waits(Vec<Duration>);

/// Looks at the newest transactions, at one schedule after another and at what it took.
pub(crate) fn begin(address: SocketAddr, schedules: &[String]) -> Watch {
    let over = Arc::new(AtomicBool::new(false));
    let (told, schedules) = (Arc::clone(&over), schedules.to_vec());
    let looking = tokio::spawn(async move {
        let (mut connection, mut waits) = (Connection::open(address).await, Vec::new());
        let of_schedules = schedules.iter().cycle().step_by(97).flat_map(|schedule| {
            [
                "/rest/v1/transactions".to_owned(),
                schedule.clone(),
                format!("{schedule}/transactions"),
            ]
        });
        for path in of_schedules {
            if told.load(Ordering::Relaxed) {
                break;
            }
            let asked = Instant::now();
            let answer = connection.send(get(&path, "application/json").as_bytes()).await;
            waits.push(asked.elapsed());
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            check(&serde_json::from_str(answer.body).unwrap());
            tokio::time::sleep(PAUSE).await;
        }
        waits
    });
    Watch { over, looking }
}

impl Watch {
    pub(crate) async fn end(self) -> Waits {
        self.over.store(true, Ordering::Relaxed);
        let mut waits = self.looking.await.unwrap();
        waits.sort();
        Waits(waits)
    }
}

/// A list is of different transactions, the newest first in number and in time.
fn check(answer: &Value) {
    let Some(list) = answer["data"].as_array() else { return };
    let key = |it: &Value| {
        let text = |name: &str| it[name].as_str().unwrap().to_owned();
        (text("transactionTime"), text("receiptNumber"))
    };
    let keys: Vec<_> = list.iter().map(key).collect();
    for pair in keys.windows(2) {
        assert!(pair[0].0 >= pair[1].0 && pair[0].1 > pair[1].1, "{pair:?}");
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |of: usize| self.0[(self.0.len() - 1) * of / 100].as_secs_f64() * 1e3;
        let (count, half, most, longest) = (self.0.len(), part(50), part(99), part(100));
        write!(
            f,
            "{count} answers, p50 {half:.1} ms, p99 {most:.1} ms, the longest {longest:.1} ms"
        )
    }
}
