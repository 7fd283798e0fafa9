//! `status`, `facility ...` and `freeze ...`.

use super::args::{Facility, FacilityCommand, Freeze, FreezeCommand, Status};
use super::ask::Desk;
use super::exit::Outcome;
use super::print::FacilityAt;
use crate::admin::shapes::{self, Ask, Facilities, Freezes, Report};
use crate::domain::names::Environment;

/// Shows how everything stands.
pub(super) async fn status(desk: &Desk, status: &Status) -> Outcome {
    let server = desk.server(&status.reach)?;
    let asking = server.get::<shapes::Status>("/v1/status");
    desk.show(&desk.console.waiting("asking the daemon", asking).await?)
}

/// Carries out a `facility` command.
pub(super) async fn facility(desk: &Desk, facility: &Facility) -> Outcome {
    let server = desk.server(&facility.reach)?;
    match &facility.what {
        FacilityCommand::List => {
            let asking = server.get::<Facilities>("/v1/facilities");
            desk.show(&desk.console.waiting("asking the daemon", asking).await?)
        }
        FacilityCommand::Show { name } => {
            let chosen = desk.choose(&server, name.as_deref()).await?;
            let now = shapes::Time(chosen.now);
            desk.show(&FacilityAt { now, facility: chosen.facility })
        }
        FacilityCommand::Adopt { name, change } => {
            let chosen = desk.choose(&server, name.as_deref()).await?;
            let name = &chosen.facility.facility;
            let path = format!("/v1/facilities/{name}/adopt");
            let what = format!("letting quaymaster write the keys of {name}");
            if chosen.facility.environment == Environment::Production.label() {
                desk.dangerous(&server, &what, &path, change.ask(), change).await
            } else {
                desk.change(&server, &what, &path, change.ask(), change).await
            }
        }
    }
}

/// Carries out a `freeze` command.
pub(super) async fn freeze(desk: &Desk, freeze: &Freeze) -> Outcome {
    let server = desk.server(&freeze.reach)?;
    match &freeze.what {
        FreezeCommand::Show => {
            let asking = server.get::<Freezes>("/v1/freeze");
            desk.show(&desk.console.waiting("asking the daemon", asking).await?)
        }
        FreezeCommand::On { until, change } => {
            // The length counts by the daemon's clock, which in a sandbox runs fast.
            let now = server.get::<Facilities>("/v1/facilities").await?.now;
            let ask = Ask { until: until.moment(now.0)?, ..change.ask() };
            desk.change(&server, "freezing activation", "/v1/freeze", ask, change).await
        }
        FreezeCommand::Off { change } => {
            let ask = change.ask();
            let asking = server.delete::<Report>("/v1/freeze", &ask);
            let report = desk.console.waiting("ending the freeze", asking).await?;
            desk.reported(&report, change)
        }
    }
}
