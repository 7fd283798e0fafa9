//! The statuses that the bank's documents name, in our words.

/// One HTTP status of the bank's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The status.
    pub code: u16,
    /// The status as text, for labels.
    pub label: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What the bank means by it.
    pub meaning: &'static str,
    /// What a person can do, ending in a command.
    pub remedy: &'static str,
}

const fn status(
    code: u16,
    label: &'static str,
    name: &'static str,
    meaning: &'static str,
    remedy: &'static str,
) -> Status {
    Status { code, label, name, meaning, remedy }
}

/// What to type when nothing better is known.
pub(super) const REMEDY: &str = "To see what happened: quaymaster key history";
const NOTHING: &str = "Nothing to do. To see the keys: quaymaster key status";
const AGAIN: &str =
    "Nothing to do here: it is tried again by itself. To try at once: quaymaster key renew";
const REPORT: &str = "Most likely a mistake of ours. To see what happened: quaymaster key history";

/// Every status that the documents name, in order.
#[rustfmt::skip]
pub const STATUSES: &[Status] = &[
    status(200, "200", "OK", "It was done.", NOTHING),
    status(201, "201", "Created", "It was created. A declined payment is created, too.", NOTHING),
    status(202, "202", "Accepted", "It was taken; the outcome is still open.", NOTHING),
    status(204, "204", "No Content", "It was done; there is nothing to answer.", NOTHING),
    status(301, "301", "Moved Permanently", "The base URL is wrong. The key is not sent on.",
        "Put base_url right, then: quaymaster config check --live"),
    status(400, "400", "Bad Request", "The bank cannot make sense of the request.", REPORT),
    status(401, "401", "Unauthorized", "The key is unknown or has expired, or this address is not on the facility's white-list; on some resources also: the key is of the wrong kind. A 401 alone never says which.",
        "quaymaster asks with another key to find out and says so in: quaymaster key status"),
    status(403, "403", "Forbidden", "The key is of the wrong kind, or the facility is not set up, or it is not live.",
        "See which in: quaymaster key status"),
    status(404, "404", "Not Found", "There is no such thing, or the key is restricted to a business that may not see it. Below a wrong base URL every answer is a 404.",
        "Check base_url, then: quaymaster config check --live"),
    status(405, "405", "Method Not Allowed", "The resource does not know the method.", REPORT),
    status(406, "406", "Not Acceptable", "The request did not ask for JSON.", REPORT),
    status(407, "407", "Proxy Authentication Required", "A proxy between here and the bank asks for credentials.",
        "Give the proxy what it asks for, or take it out of the way, then: quaymaster key renew"),
    status(409, "409", "Conflict", "It clashed with another request.", AGAIN),
    status(415, "415", "Unsupported Media Type", "The body was not marked as JSON.", REPORT),
    status(422, "422", "Unprocessable Entity", "The bank refuses the value of a field, or the key is restricted to another business.", REMEDY),
    status(429, "429", "Too Many Requests", "More than 10 requests at once, or a first copy of the same request is still being worked on.", AGAIN),
    status(500, "500", "Internal Server Error", "The bank met a condition it did not expect; what was asked may be partly done.",
        "If it stays, give the bank's support the trace code from: quaymaster key history"),
    status(501, "501", "Not Implemented", "The bank does not know the method.", REPORT),
    status(502, "502", "Bad Gateway", "A system behind the bank's answered with nonsense.", AGAIN),
    status(503, "503", "Service Unavailable", "The bank is overloaded or being maintained.", AGAIN),
    status(504, "504", "Gateway Timeout", "A system behind the bank's did not answer in time.", AGAIN),
];
