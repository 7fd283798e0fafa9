//! Every path of the admin API: method, path, the role it needs, and what it is for. The server
//! routes by this table, and the tests walk it.

use hyper::Method;

use super::access::Role;
use crate::domain::names::FacilityName;

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Status,
    Facilities,
    Facility,
    Keys,
    History,
    Ask(Verb),
    ByHand,
    Freezes,
    Freeze,
    Thaw,
}

/// What can be asked of one facility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Adopt,
    Renew,
    Install,
    Accept,
    Rehearse,
    Rollback,
    Compromise,
}

/// One path with one method.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path; `{f}` stands for a facility's name.
    pub path: &'static str,
    /// The lowest role that may use it.
    pub needs: Role,
    /// What it is for.
    pub help: &'static str,
    pub(super) act: Act,
}

macro_rules! routes {
    ($( $method:ident $path:literal, $role:ident, $act:expr, $help:literal; )+) => {
        &[ $( Route {
            method: Method::$method,
            path: $path,
            needs: Role::$role,
            help: $help,
            act: $act,
        }, )+ ]
    };
}

/// The whole admin API.
pub const ROUTES: &[Route] = routes! {
    GET    "/v1/status",                          Viewer,   Act::Status,                "everything a person looks at first";
    GET    "/v1/facilities",                      Viewer,   Act::Facilities,            "the facilities the caller may see";
    GET    "/v1/facilities/{f}",                  Viewer,   Act::Facility,              "one facility";
    POST   "/v1/facilities/{f}/adopt",            Approver, Act::Ask(Verb::Adopt),      "end the observer's life of a production facility";
    GET    "/v1/facilities/{f}/keys",             Viewer,   Act::Keys,                  "its keys and how renewal goes";
    GET    "/v1/facilities/{f}/keys/history",     Viewer,   Act::History,               "what happened to its keys, newest first";
    POST   "/v1/facilities/{f}/keys/renew",       Operator, Act::Ask(Verb::Renew),      "look at stores and bank now";
    POST   "/v1/facilities/{f}/keys/install",     Operator, Act::Ask(Verb::Install),    "prove and promote a key made in the portal; the body is the key";
    POST   "/v1/facilities/{f}/keys/accept",      Approver, Act::Ask(Verb::Accept),     "use a key nobody expected";
    POST   "/v1/facilities/{f}/keys/rehearse",    Operator, Act::Ask(Verb::Rehearse),   "exercise the path used once in two years";
    POST   "/v1/facilities/{f}/keys/rollback",    Operator, Act::Ask(Verb::Rollback),   "go back to the previous key and pin it";
    POST   "/v1/facilities/{f}/keys/compromise",  Operator, Act::Ask(Verb::Compromise), "the leaked-key emergency";
    POST   "/v1/facilities/{f}/api",              Operator, Act::ByHand,                "any resource of the bank's by hand";
    GET    "/v1/freeze",                          Viewer,   Act::Freezes,               "whether activation stands still";
    POST   "/v1/freeze",                          Operator, Act::Freeze,                "let activation stand still";
    DELETE "/v1/freeze",                          Operator, Act::Thaw,                  "let activation go on";
};

/// Where a path leads.
#[derive(Debug)]
pub(super) enum Found {
    /// To a route; with the facility, where the path names one.
    Route(&'static Route, Option<String>),
    /// Nowhere with this method; these it has.
    OtherMethod(Vec<&'static str>),
    /// Nowhere.
    Nothing,
}

/// Looks a request up in the table.
pub(super) fn find(method: &Method, path: &str) -> Found {
    let on_path: Vec<_> = ROUTES
        .iter()
        .filter_map(|route| matched(route.path, path).map(|names| (route, names)))
        .collect();
    if on_path.is_empty() {
        return Found::Nothing;
    }
    match on_path.iter().find(|(route, _)| route.method == *method) {
        Some((route, names)) => Found::Route(route, names.first().map(ToString::to_string)),
        None => Found::OtherMethod(
            on_path.iter().map(|(route, _)| route.method.as_str()).collect::<Vec<_>>(),
        ),
    }
}

/// `Some` if the path is of the template's form, with the facility's name if it has one.
fn matched<'a>(template: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut names = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(names),
            // A text that cannot be a name is a path we do not have, whatever it is.
            (Some("{f}"), Some(name)) if FacilityName::new(name).is_ok() => names.push(name),
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_and_methods_are_told_apart() {
        let Found::Route(route, facility) = find(&Method::GET, "/v1/facilities/main/keys/history")
        else {
            panic!("a path of the table")
        };
        assert_eq!((route.act, facility.as_deref()), (Act::History, Some("main")));
        let Found::OtherMethod(methods) = find(&Method::PUT, "/v1/freeze") else {
            panic!("another method")
        };
        assert_eq!(methods, ["GET", "POST", "DELETE"]);
        for path in ["/", "/v1/status/", "/v1/facilities/", "/v1/facilities/..", "/v1/facilities/A"]
        {
            assert!(matches!(find(&Method::GET, path), Found::Nothing), "{path}");
        }
    }

    #[test]
    fn whatever_changes_something_needs_more_than_a_viewer() {
        for route in ROUTES {
            assert_eq!(route.method == Method::GET, route.needs == Role::Viewer, "{}", route.path);
        }
    }
}
