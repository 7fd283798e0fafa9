//! One request from its socket to its answer: who asks, where to, may they, then what.
//!
//! The order is fixed, and each step tells no more than the ones before it allow: an unknown caller
//! learns nothing of paths, and a caller without a grant learns nothing of facilities.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::CACHE_CONTROL;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::access::{self, Grant, Identity, Role};
use super::limit::{Limiter, Sampler};
use super::problem::{Kind, Problem};
use super::routes::{self, Act, Found, Route};
use super::shapes::{self, Time};
use super::{AdminParts, ask, by_hand, refusals, view};
use crate::domain::condition::Condition;
use crate::domain::names::FacilityName;
use crate::http::{Peer, Reply, Request};
use crate::service::FacilityHandle;

/// History entries in an answer if the caller does not say how many.
const HISTORY_ENTRIES: usize = 50;

/// The most history entries in one answer.
const HISTORY_ENTRIES_MAX: usize = 1000;

/// The most commands that are carried out at once, over all facilities. Each facility does one after
/// the other, so more would only wait.
const COMMANDS_MAX: usize = 32;

/// The admin API at work.
#[derive(Debug)]
pub(super) struct Admin {
    pub(super) parts: AdminParts,
    limiter: Limiter,
    sampler: Sampler,
    /// A place for each command that is being carried out.
    places: Arc<Semaphore>,
}

/// A caller that was let in: who, and from where.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) identity: Identity,
    pub(super) peer: Peer,
}

impl Admin {
    pub(super) fn new(parts: AdminParts) -> Self {
        let places = Arc::new(Semaphore::new(COMMANDS_MAX));
        Self { parts, limiter: Limiter::default(), sampler: Sampler::default(), places }
    }

    /// Answers a request.
    pub(super) async fn answer(&self, request: Request) -> Reply {
        let peer = request.peer;
        match self.decide(request).await {
            Ok(reply) => reply,
            Err(problem) => {
                self.log(peer, &problem);
                problem.reply()
            }
        }
    }

    async fn decide(&self, request: Request) -> Result<Reply, Problem> {
        let caller = self.known(&request).await?;
        let (route, facility) = route(&request)?;
        allowed(route, &caller.identity)?;
        let facility = facility.map(|name| self.facility(&caller.identity, &name)).transpose()?;
        let actor = &caller.identity.actor;
        tracing::debug!(path = route.path, %actor, address = %caller.peer, "a request was let in");
        match (route.act, facility) {
            (Act::Status, _) => json(&self.status(&caller.identity).await?),
            (Act::Facilities, _) => json(&self.facilities(&caller.identity)),
            (Act::Facility, Some(handle)) => json(&view::facility(&handle.status())),
            (Act::Keys, Some(handle)) => {
                json(&view::keys(&handle.status(), self.parts.clock.now()))
            }
            (Act::History, Some(handle)) => self.history(&handle, request.query()).await,
            (Act::Ask(verb), Some(handle)) => {
                let place = self.place()?;
                json(&ask::ask(verb, handle, caller, request, place).await?)
            }
            (Act::ByHand, Some(handle)) => {
                let place = self.place()?;
                json(&by_hand::ask(handle, caller, request, place).await?)
            }
            (Act::Freezes, _) => json(&self.freezes().await?),
            (Act::Freeze, _) => json(&ask::freeze(self, caller, &request).await?),
            (Act::Thaw, _) => json(&ask::thaw(self, caller, &request).await?),
            // The table gives each of these paths a facility; `routes` has the test.
            (Act::Facility | Act::Keys | Act::History | Act::Ask(_) | Act::ByHand, None) => {
                Err(Problem::new(Kind::UnknownPath, "the path names no facility"))
            }
        }
    }

    /// Who asks, unless they ask too often. Callers with a good token are counted by name.
    async fn known(&self, request: &Request) -> Result<Caller, Problem> {
        let identified = self.parts.access.identify(request.peer, request.headers()).await;
        let account = match &identified {
            Ok(identity) => format!("name:{}", identity.actor),
            Err(_) => access::account(request.peer),
        };
        if !self.limiter.allows(&account) {
            let detail = "more requests came from this caller than the admin API takes";
            return Err(Problem::new(Kind::TooManyRequests, detail));
        }
        let identity = identified?;
        Ok(Caller { identity, peer: request.peer })
    }

    /// A place for a command. A facility that answers nobody must not gather commands for ever.
    fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            let detail = format!("{COMMANDS_MAX} commands wait for their answer already");
            Problem::new(Kind::TooManyRequests, detail)
        })
    }

    /// A facility the caller was granted.
    fn facility(&self, identity: &Identity, name: &str) -> Result<FacilityHandle, Problem> {
        let granted = FacilityName::new(name).is_ok_and(|name| identity.facilities.covers(&name));
        if !granted {
            let detail = format!("{} is not granted the facility {name}", identity.actor);
            return Err(Problem::new(Kind::NotYourFacility, detail));
        }
        let found =
            self.handles(identity).into_iter().find(|handle| handle.name().as_str() == name);
        found.ok_or_else(|| {
            let names = self.handles(identity);
            let names: Vec<_> = names.iter().map(|handle| handle.name().as_str()).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Problem::new(Kind::UnknownFacility, format!("no facility {name}; there is: {names}"))
        })
    }

    fn handles(&self, identity: &Identity) -> Vec<FacilityHandle> {
        let handles = self.parts.facilities.borrow();
        handles.iter().filter(|one| identity.facilities.covers(one.name())).cloned().collect()
    }

    async fn status(&self, identity: &Identity) -> Result<shapes::Status, Problem> {
        let shapes::Facilities { now, facilities } = self.facilities(identity);
        Ok(shapes::Status {
            version: self.parts.version.to_owned(),
            now,
            started_at: Time(self.parts.started_at),
            facilities,
            freeze: self.freezes().await?,
        })
    }

    fn facilities(&self, identity: &Identity) -> shapes::Facilities {
        let handles = self.handles(identity);
        shapes::Facilities {
            now: Time(self.parts.clock.now()),
            facilities: handles.iter().map(|handle| view::facility(&handle.status())).collect(),
        }
    }

    async fn history(
        &self,
        handle: &FacilityHandle,
        query: Option<&str>,
    ) -> Result<Reply, Problem> {
        let limit = ask::query_number(query, "limit")?.unwrap_or(HISTORY_ENTRIES);
        let limit = limit.clamp(1, HISTORY_ENTRIES_MAX);
        let lines = self.parts.records.history(handle.name(), limit).await;
        let lines = lines.map_err(|refused| Problem::refused(&refused))?;
        json(&shapes::History {
            facility: handle.name().to_string(),
            now: Time(self.parts.clock.now()),
            entries: lines.iter().take(limit).map(view::history).collect(),
        })
    }

    async fn freezes(&self) -> Result<shapes::Freezes, Problem> {
        let state = self.parts.records.freezes().await;
        state.map(|state| view::freezes(&state)).map_err(|refused| Problem::refused(&refused))
    }

    /// A refusal in the log, a few lines a minute of each word.
    fn log(&self, peer: Peer, problem: &Problem) {
        if refusals::find(problem.label).is_some() || Condition::from_label(problem.label).is_some()
        {
            // The command was let in, and its outcome stands in the log already.
            return;
        }
        let Some(left_out) = self.sampler.passes(problem.label) else { return };
        let left_out = match left_out {
            0 => String::new(),
            more => format!("; {more} such lines left out"),
        };
        tracing::warn!(
            address = %peer,
            status = problem.status.as_u16(),
            outcome = problem.label,
            reason = %format_args!("answer {}{left_out}", problem.id),
            "an admin request was refused",
        );
    }
}

fn route(request: &Request) -> Result<(&'static Route, Option<String>), Problem> {
    match routes::find(request.method(), request.path()) {
        Found::Route(route, facility) => Ok((route, facility)),
        Found::OtherMethod(methods) => {
            let allow = methods.join(", ");
            let detail = format!("this path takes {allow}");
            Err(Problem::new(Kind::WrongMethod, detail).allowing(allow))
        }
        Found::Nothing => Err(Problem::new(Kind::UnknownPath, "the admin API has no such path")),
    }
}

fn allowed(route: &Route, identity: &Identity) -> Result<(), Problem> {
    if identity.role < route.needs {
        let (actor, has, needs) = (&identity.actor, identity.role.label(), route.needs.label());
        let detail = format!("{actor} has the role {has}, and this needs the role {needs}");
        let kind = match route.needs {
            Role::Approver => Kind::NeedsApprover,
            Role::Viewer | Role::Operator => Kind::RoleTooLow,
        };
        return Err(Problem::new(kind, detail));
    }
    let for_all = matches!(route.act, Act::Freeze | Act::Thaw);
    if for_all && identity.facilities != Grant::All {
        let detail = format!(
            "a freeze is for all facilities, and {} is granted only some of them",
            identity.actor
        );
        return Err(Problem::new(Kind::NotYourFacility, detail));
    }
    Ok(())
}

fn json(shape: &impl Serialize) -> Result<Reply, Problem> {
    let body = serde_json::to_vec(shape)
        .map_err(|_| Problem::new(Kind::BadRequest, "the answer could not be written as JSON"))?;
    let reply = Reply::bytes(StatusCode::OK, "application/json", body);
    Ok(reply.with_header(CACHE_CONTROL, "no-store"))
}
