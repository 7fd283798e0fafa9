-- The book: what was done and what is remembered. Never a key's text.
-- Times are RFC 3339 text in UTC, so that a person with sqlite3 can read them.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE facility (
    name             TEXT PRIMARY KEY,
    adopted_at       TEXT,
    adopted_by       TEXT,
    community_code   TEXT,
    accepted         TEXT,
    intended         TEXT,
    pin_key          TEXT,
    pin_until        TEXT,
    pin_by           TEXT,
    pin_reason       TEXT,
    last_attempt_at  TEXT,
    last_success_at  TEXT,
    next_attempt_at  TEXT,
    failures         INTEGER NOT NULL,
    rehearsed_at     TEXT
) STRICT;

CREATE TABLE secret_key (
    facility      TEXT NOT NULL,
    fingerprint   TEXT NOT NULL,
    name          TEXT,
    expires_at    TEXT,
    state         TEXT NOT NULL,
    origin        TEXT NOT NULL,
    version       TEXT,
    proven_at     TEXT,
    seq           INTEGER NOT NULL,
    first_seen_at TEXT NOT NULL,
    leaked        INTEGER NOT NULL,
    PRIMARY KEY (facility, fingerprint)
) STRICT;

CREATE TABLE latest_key_call (
    facility TEXT NOT NULL,
    at       TEXT NOT NULL
) STRICT;
CREATE INDEX latest_key_call_by_facility ON latest_key_call (facility);

CREATE TABLE delivered (
    facility TEXT NOT NULL,
    target   TEXT NOT NULL,
    digest   TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (facility, target)
) STRICT;

CREATE TABLE history (
    seq         INTEGER PRIMARY KEY,
    facility    TEXT NOT NULL,
    at          TEXT NOT NULL,
    what        TEXT NOT NULL,
    fingerprint TEXT,
    from_state  TEXT,
    to_state    TEXT,
    actor       TEXT NOT NULL,
    reason      TEXT,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_facility ON history (facility, seq);

CREATE TABLE freeze (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    since  TEXT NOT NULL,
    until  TEXT,
    by     TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
