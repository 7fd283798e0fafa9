//! The rows. The bank's rules are followed where they are clear; where they leave a doubt, or where
//! they could do a thing twice, a row is stricter than the documents and says why.

use std::time::Duration;

use crate::domain::class::Class::{self, Broken, OurMistake, TheirRefusal, TryLater, Unclear};
use crate::domain::product::Grade::{self, Documented, Inferred, Unknown};
use crate::domain::retry::Action::{
    Accept, Confirm, FixAddress, FixProxy, FreshKey, NextTime, Poll, QueryOnly,
    QueryThenAsCommandSays, QueryThenSendAgain, SendAgain, Stop,
};
use crate::domain::retry::Failure::{LostReply, NotSent, OtherReply, Unreadable};
use crate::domain::retry::Method::{Get, Patch, PostWithKey};
use crate::domain::retry::{
    Action, Earlier, Failure, Method, QUIET, Replies, Rule, WAIT, WAIT_AFTER_504,
};

const NO_WAIT: Duration = Duration::ZERO;

const ANY: &[Earlier] = Earlier::ALL;
const FIRST: &[Earlier] = &[Earlier::None];
const LATER: &[Earlier] = &[Earlier::MayHaveArrived];

const GET: &[Method] = &[Get];
const POST: &[Method] = &[PostWithKey];
const PATCH: &[Method] = &[Patch];
const CHANGE: &[Method] = &[PostWithKey, Patch];

/// Statuses that say that the request itself was wrong.
const MALFORMED: &[(u16, u16)] = &[(400, 400), (405, 406), (415, 415), (501, 501)];
const REFUSED: &[(u16, u16)] = &[(404, 404), (422, 422)];
const REDIRECT: &[(u16, u16)] = &[(300, 399)];
/// Errors that the documents do not name.
const UNNAMED: &[(u16, u16)] =
    &[(402, 402), (408, 408), (410, 414), (416, 421), (423, 428), (430, 499), (505, 599)];

const fn on(
    statuses: &'static [(u16, u16)],
    methods: &'static [Method],
    earlier: &'static [Earlier],
) -> (Replies, &'static [Method], &'static [Earlier]) {
    (Replies::Statuses(statuses), methods, earlier)
}

const fn failing(
    failures: &'static [Failure],
    methods: &'static [Method],
    earlier: &'static [Earlier],
) -> (Replies, &'static [Method], &'static [Earlier]) {
    (Replies::Failures(failures), methods, earlier)
}

const fn rule(
    when: (Replies, &'static [Method], &'static [Earlier]),
    action: Action,
    wait: Duration,
    class: Option<Class>,
    grade: Grade,
    sentence: &'static str,
) -> Rule {
    let (replies, methods, earlier) = when;
    Rule { replies, methods, earlier, action, wait, class, sentence, grade }
}

/// What a status outside every table means for a reading.
pub(super) const UNKNOWN_READING: Rule = rule(
    on(UNNAMED, GET, ANY),
    NextTime,
    NO_WAIT,
    Some(Broken),
    Unknown,
    "The documents do not name this status, so nothing is built on it.",
);

/// What a status outside every table means for a request that changes something.
pub(super) const UNKNOWN_CHANGE: Rule = rule(
    on(UNNAMED, CHANGE, ANY),
    QueryOnly,
    QUIET,
    Some(Unclear),
    Unknown,
    "The documents do not name this status, so it may have been done.",
);

/// The table: for each reply, each kind of request and each past there is exactly one row.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    // Success.
    rule(on(&[(200, 200)], Method::ALL, ANY), Accept, NO_WAIT, None, Documented,
        "It was done, if the answer belongs to the request."),
    rule(on(&[(201, 201)], POST, ANY), Accept, NO_WAIT, None, Documented,
        "It was created; a declined payment is a 201, too, so its status decides."),
    rule(on(&[(202, 202)], CHANGE, ANY), Poll, NO_WAIT, None, Documented,
        "It was taken, and the outcome is still open."),
    rule(on(&[(204, 204)], PATCH, ANY), Confirm, NO_WAIT, None, Documented,
        "It was done, and the answer has no body."),
    rule(on(&[(100, 199), (201, 299)], GET, ANY), NextTime, NO_WAIT, Some(Broken), Unknown,
        "A reading is answered with 200; nothing else is believed."),
    rule(on(&[(100, 199), (203, 299)], POST, ANY), QueryOnly, QUIET, Some(Unclear), Unknown,
        "The documents do not name this answer to a POST, so it may have been done."),
    rule(on(&[(100, 199), (201, 201), (203, 203), (205, 299)], PATCH, ANY), QueryOnly, QUIET, Some(Unclear), Unknown,
        "The documents do not name this answer to a PATCH, so it may have been done."),

    // Something here is wrong.
    rule(on(REDIRECT, GET, ANY), FixAddress, NO_WAIT, Some(OurMistake), Documented,
        "The bank redirects when the base URL is wrong; the key is not sent on."),
    rule(on(REDIRECT, CHANGE, FIRST), FixAddress, NO_WAIT, Some(OurMistake), Documented,
        "The bank redirects when the base URL is wrong; the key is not sent on."),
    rule(on(REDIRECT, CHANGE, LATER), FixAddress, NO_WAIT, Some(Unclear), Inferred,
        "This copy had no effect, but an earlier one may have; read once the base URL is right."),
    rule(on(MALFORMED, GET, ANY), Stop, NO_WAIT, Some(OurMistake), Documented,
        "The bank cannot make sense of the request; sent again it makes no more."),
    rule(on(MALFORMED, CHANGE, FIRST), Stop, NO_WAIT, Some(OurMistake), Documented,
        "The bank cannot make sense of the request; nothing was done."),
    rule(on(&[(401, 401)], GET, ANY), FreshKey, NO_WAIT, Some(OurMistake), Documented,
        "The key is not accepted, or not from this address; another key tells which."),
    rule(on(&[(401, 401)], CHANGE, FIRST), FreshKey, NO_WAIT, Some(OurMistake), Documented,
        "The key is not accepted, or not from this address; nothing was done."),
    rule(on(&[(403, 403)], GET, ANY), Stop, NO_WAIT, Some(OurMistake), Documented,
        "The key is of the wrong kind, or the facility is not set up or not live."),
    rule(on(&[(403, 403)], CHANGE, FIRST), Stop, NO_WAIT, Some(OurMistake), Documented,
        "The key is of the wrong kind, or the facility is not set up or not live; nothing was done."),
    rule(on(&[(407, 407)], GET, ANY), FixProxy, NO_WAIT, Some(OurMistake), Documented,
        "The proxy answered, not the bank."),
    rule(on(&[(407, 407)], CHANGE, FIRST), FixProxy, NO_WAIT, Some(OurMistake), Documented,
        "The proxy answered, not the bank; nothing was done."),
    rule(on(&[(407, 407)], CHANGE, LATER), FixProxy, NO_WAIT, Some(Unclear), Inferred,
        "This copy had no effect, but an earlier one may have; read once the proxy lets us through."),

    // The bank says no.
    rule(on(REFUSED, GET, ANY), Stop, NO_WAIT, Some(TheirRefusal), Documented,
        "There is no such thing, or the key is restricted to a business that may not see it."),
    rule(on(REFUSED, CHANGE, FIRST), Stop, NO_WAIT, Some(TheirRefusal), Documented,
        "The bank refuses it; nothing was done. Put right what its message names."),
    rule(on(&[(400, 401), (403, 406), (415, 415), (422, 422), (501, 501)], CHANGE, LATER), QueryOnly, QUIET, Some(Unclear), Inferred,
        "This copy was refused, but an earlier one may have had its effect."),
    rule(on(&[(409, 409)], GET, ANY), SendAgain, WAIT, Some(TheirRefusal), Inferred,
        "It clashed with another request."),
    rule(on(&[(409, 409)], POST, ANY), QueryThenSendAgain, QUIET, Some(Unclear), Inferred,
        "It clashed with another request, which may have been an earlier copy of this one."),
    rule(on(&[(409, 409)], PATCH, ANY), QueryThenAsCommandSays, QUIET, Some(Unclear), Inferred,
        "It clashed with another request, which may have been an earlier copy of this one."),

    // Later.
    rule(on(&[(429, 429), (503, 503)], GET, ANY), SendAgain, WAIT, Some(TryLater), Documented,
        "The bank asks to wait 20 seconds."),
    rule(on(&[(429, 429)], POST, FIRST), SendAgain, WAIT, Some(TryLater), Documented,
        "This copy was turned away; the bank asks to wait 20 seconds and to use the same key."),
    rule(on(&[(429, 429)], POST, LATER), QueryThenSendAgain, QUIET, Some(Unclear), Inferred,
        "This copy was turned away, perhaps because an earlier one is still being worked on."),
    rule(on(&[(429, 429)], PATCH, FIRST), SendAgain, WAIT, Some(TryLater), Documented,
        "This copy was turned away; the bank asks to wait 20 seconds."),
    rule(on(&[(429, 429)], PATCH, LATER), QueryThenAsCommandSays, QUIET, Some(Unclear), Inferred,
        "This copy was turned away, but an earlier one may have had its effect."),
    // One page of the documents says to use the same key after a 503, an older one a new key. With a
    // reading in between the same key is right under both; a new key could do it twice.
    rule(on(&[(503, 503)], POST, FIRST), QueryThenSendAgain, QUIET, Some(TryLater), Inferred,
        "The documents disagree whether to use the same key or a new one; after a reading the same is safe, a new one never."),
    rule(on(&[(503, 503)], POST, LATER), QueryThenSendAgain, QUIET, Some(Unclear), Inferred,
        "An earlier copy may have had its effect; a new key is never used."),
    rule(on(&[(503, 503)], PATCH, FIRST), QueryThenAsCommandSays, QUIET, Some(TryLater), Inferred,
        "A PATCH has no idempotency key, so it is read before anything is sent again."),
    rule(on(&[(503, 503)], PATCH, LATER), QueryThenAsCommandSays, QUIET, Some(Unclear), Inferred,
        "An earlier copy may have had its effect, and a PATCH has no idempotency key."),

    // It may have been done.
    rule(on(&[(500, 500)], GET, ANY), NextTime, NO_WAIT, Some(TryLater), Documented,
        "The bank asks not to send it again and to tell its support."),
    rule(on(&[(500, 500)], CHANGE, ANY), QueryOnly, QUIET, Some(Unclear), Documented,
        "It may be partly done; the bank asks never to send it again and to tell its support."),
    rule(on(&[(502, 502)], GET, ANY), SendAgain, WAIT, Some(TryLater), Documented,
        "A system behind the bank's answered with nonsense; a reading may be repeated."),
    rule(on(&[(504, 504)], GET, ANY), SendAgain, WAIT_AFTER_504, Some(TryLater), Documented,
        "A system behind the bank's did not answer; the bank asks to wait a minute."),
    rule(on(&[(502, 502), (504, 504)], POST, ANY), QueryThenSendAgain, QUIET, Some(Unclear), Documented,
        "It may have been done; the bank asks to read first."),
    rule(on(&[(502, 502), (504, 504)], PATCH, ANY), QueryThenAsCommandSays, QUIET, Some(Unclear), Documented,
        "It may have been done; the bank asks to read first."),
    UNKNOWN_READING,
    UNKNOWN_CHANGE,

    // No answer to go by.
    rule(failing(&[NotSent, LostReply], GET, ANY), SendAgain, WAIT, Some(TryLater), Documented,
        "A reading may be repeated; the bank asks to wait 20 seconds."),
    rule(failing(&[NotSent], CHANGE, FIRST), SendAgain, WAIT, Some(TryLater), Documented,
        "Nothing was sent, so nothing was done."),
    rule(failing(&[NotSent], POST, LATER), QueryThenSendAgain, QUIET, Some(Unclear), Inferred,
        "This copy was not sent, but an earlier one may have had its effect."),
    rule(failing(&[NotSent], PATCH, LATER), QueryThenAsCommandSays, QUIET, Some(Unclear), Inferred,
        "This copy was not sent, but an earlier one may have had its effect."),
    // The documents say to send it again at once with the same key. They do not say that a 500 is
    // kept under the key, and if that 500 is what was lost, this would do it twice.
    rule(failing(&[LostReply], POST, ANY), QueryThenSendAgain, QUIET, Some(Unclear), Inferred,
        "It may have been done; what was lost may have been a 500, after which nothing may be sent again."),
    rule(failing(&[LostReply], PATCH, ANY), QueryThenAsCommandSays, QUIET, Some(Unclear), Inferred,
        "It may have been done, and a PATCH has no idempotency key."),
    rule(failing(&[Unreadable, OtherReply], GET, ANY), NextTime, NO_WAIT, Some(Broken), Inferred,
        "What cannot be read is not believed, and asked at once it is seldom better."),
    rule(failing(&[Unreadable], CHANGE, ANY), QueryOnly, QUIET, Some(Unclear), Inferred,
        "Whatever the status says, it may have been done."),
    rule(failing(&[OtherReply], CHANGE, ANY), QueryOnly, QUIET, Some(Unclear), Documented,
        "The bank looks at nothing but the idempotency key, so another request used the same one. A person should look."),
];
