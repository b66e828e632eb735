-- Instants are epoch milliseconds UTC (…_at_ms); identifiers are UUIDs as text; enums are words.

CREATE TABLE sleepers (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT,
    phone_number  TEXT    NOT NULL UNIQUE,
    language      TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

-- A standing rule. `zone_epoch` counts changes of zone: it is part of an occurrence's identity.
CREATE TABLE schedules (
    id            TEXT    NOT NULL PRIMARY KEY,
    sleeper_id    TEXT    NOT NULL REFERENCES sleepers (id),
    weekdays      INTEGER NOT NULL CHECK (weekdays BETWEEN 1 AND 127),
    local_time    TEXT    NOT NULL,
    zone          TEXT    NOT NULL,
    zone_epoch    INTEGER NOT NULL DEFAULT 0,
    slot          INTEGER NOT NULL DEFAULT 0,
    probability   REAL    CHECK (probability BETWEEN 0 AND 1),
    useful_for_ms INTEGER NOT NULL,
    enabled       INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    created_at_ms INTEGER NOT NULL
) STRICT;

-- One planned wake-up. Its identity is civil; the instant can be recomputed until the first call.
CREATE TABLE occurrences (
    id                TEXT    NOT NULL PRIMARY KEY,
    sleeper_id        TEXT    NOT NULL REFERENCES sleepers (id),
    schedule_id       TEXT    REFERENCES schedules (id),
    zone_epoch        INTEGER NOT NULL DEFAULT 0,
    civil_date        TEXT,
    slot              INTEGER NOT NULL DEFAULT 0,
    zone              TEXT    NOT NULL,
    tzdb_version      TEXT    NOT NULL,
    note              TEXT    NOT NULL,
    wished_mode       TEXT    CHECK (wished_mode IN ('realtime', 'traditional')),
    due_at_ms         INTEGER NOT NULL,
    useful_until_ms   INTEGER NOT NULL,
    phase             TEXT    NOT NULL CHECK (phase IN ('planned', 'calling', 'waiting', 'ended')),
    next_kind         TEXT,
    ended_how         TEXT,
    next_action_at_ms INTEGER,
    calls             INTEGER NOT NULL DEFAULT 0,
    calls_allowed     INTEGER NOT NULL,
    unanswered        INTEGER NOT NULL DEFAULT 0,
    snoozes           INTEGER NOT NULL DEFAULT 0,
    first_call_at_ms  INTEGER,
    ended_at_ms       INTEGER,
    fence             INTEGER NOT NULL DEFAULT 0,
    created_at_ms     INTEGER NOT NULL,
    CHECK ((phase = 'ended') = (ended_how IS NOT NULL)),
    CHECK ((phase = 'ended') = (next_action_at_ms IS NULL)),
    CHECK ((phase = 'waiting') = (next_kind IS NOT NULL))
) STRICT;

-- R1: the same civil morning of the same rule exists once, whatever the instant.
CREATE UNIQUE INDEX occurrences_by_civil_key
    ON occurrences (schedule_id, zone_epoch, civil_date, slot) WHERE schedule_id IS NOT NULL;
CREATE INDEX occurrences_to_act_on ON occurrences (next_action_at_ms) WHERE next_action_at_ms IS NOT NULL;
CREATE INDEX occurrences_by_due ON occurrences (due_at_ms);

-- One try to reach the sleeper; written before the carrier is asked.
CREATE TABLE attempts (
    id               TEXT    NOT NULL PRIMARY KEY,
    occurrence_id    TEXT    NOT NULL REFERENCES occurrences (id),
    sleeper_id       TEXT    NOT NULL REFERENCES sleepers (id),
    number           INTEGER NOT NULL,
    kind             TEXT    NOT NULL,
    to_number        TEXT    NOT NULL,
    nonce            TEXT    NOT NULL UNIQUE,
    lateness         TEXT    NOT NULL,
    mode             TEXT    NOT NULL CHECK (mode IN ('realtime', 'traditional')),
    mode_reason      TEXT    NOT NULL,
    probability      REAL    NOT NULL,
    draw             REAL,
    intent_at_ms     INTEGER NOT NULL,
    fence            INTEGER NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('intended', 'unknown', 'placed', 'answered', 'finished')),
    call_id          TEXT    UNIQUE,
    answered_at_ms   INTEGER,
    finished_at_ms   INTEGER,
    outcome          TEXT,
    ending           TEXT,
    verdict_proof    TEXT,
    verdict_evidence TEXT,
    fell_back_at_ms  INTEGER,
    fell_back_reason TEXT,
    ticket           TEXT    UNIQUE,
    ticket_used_at_ms INTEGER,
    turn             INTEGER NOT NULL DEFAULT 0,
    silences         INTEGER NOT NULL DEFAULT 0,
    document         TEXT,
    cost_micro_usd   INTEGER NOT NULL DEFAULT 0,
    first_audio_ms   INTEGER,
    barge_ins        INTEGER NOT NULL DEFAULT 0,
    reconnects       INTEGER NOT NULL DEFAULT 0,
    UNIQUE (occurrence_id, number),
    CHECK ((state = 'finished') = (outcome IS NOT NULL))
) STRICT;

-- One live call per telephone number, held by the database itself.
CREATE UNIQUE INDEX attempts_one_live_call ON attempts (to_number) WHERE state <> 'finished';

CREATE TABLE utterances (
    attempt_id  TEXT    NOT NULL REFERENCES attempts (id),
    number      INTEGER NOT NULL,
    speaker     TEXT    NOT NULL CHECK (speaker IN ('coach', 'sleeper')),
    text        TEXT    NOT NULL,
    said_at_ms  INTEGER NOT NULL,
    interrupted INTEGER NOT NULL CHECK (interrupted IN (0, 1)),
    PRIMARY KEY (attempt_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    name          TEXT    NOT NULL PRIMARY KEY,
    value         TEXT    NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Status callbacks already taken in: separate requests, repeated and in any order.
CREATE TABLE callbacks_seen (
    call_id    TEXT    NOT NULL,
    sequence   INTEGER NOT NULL,
    status     TEXT    NOT NULL,
    seen_at_ms INTEGER NOT NULL,
    PRIMARY KEY (call_id, sequence)
) STRICT, WITHOUT ROWID;

-- What happened to whom, in order; the history of an attempt as people read it.
CREATE TABLE audit (
    id            INTEGER NOT NULL PRIMARY KEY,
    at_ms         INTEGER NOT NULL,
    occurrence_id TEXT,
    attempt_id    TEXT,
    what          TEXT    NOT NULL,
    detail        TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by_attempt ON audit (attempt_id) WHERE attempt_id IS NOT NULL;
