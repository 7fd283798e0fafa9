//! What the process itself uses: memory, files, threads and processor time.
//!
//! The `prometheus` crate counts processor time in whole seconds, which shows nothing of a daemon
//! that is idle by design; here it is a fraction, read from the kernel's own clock.

use prometheus::core::{Collector, Desc};
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Registry, Result};
use rustix::time::{ClockId, clock_gettime};

/// The one family that is replaced.
const CPU: &str = "process_cpu_seconds_total";

/// Lets the registry collect what the process uses.
pub(super) fn register(registry: &Registry) -> Result<()> {
    let cpu = Counter::new(CPU, "Total user and system CPU time spent in seconds.")?;
    registry.register(Box::new(Process { usual: ProcessCollector::for_self(), cpu }))
}

/// Name and help of each family, for `explain`.
pub fn words() -> Vec<(String, String)> {
    let process = ProcessCollector::for_self();
    process.desc().into_iter().map(|desc| (desc.fq_name.clone(), desc.help.clone())).collect()
}

struct Process {
    usual: ProcessCollector,
    cpu: Counter,
}

impl Collector for Process {
    fn desc(&self) -> Vec<&Desc> {
        self.usual.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let used = cpu_seconds();
        self.cpu.inc_by((used - self.cpu.get()).max(0.0));
        let mut families = self.usual.collect();
        for family in &mut families {
            if family.name() == CPU
                && let Some(ours) = self.cpu.collect().into_iter().next()
            {
                *family = ours;
            }
        }
        families
    }
}

/// Processor time of all threads since the process began.
#[expect(clippy::cast_precision_loss, reason = "f64 holds microseconds exactly for centuries")]
fn cpu_seconds() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}
