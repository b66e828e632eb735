-- Whom to tell when a sleeper does not wake up: her back-up people.
CREATE TABLE contacts (
    id            TEXT    NOT NULL PRIMARY KEY,
    sleeper_id    TEXT    NOT NULL REFERENCES sleepers (id),
    name          TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    phone_number  TEXT,
    webhook_url   TEXT,
    ntfy_url      TEXT,
    created_at_ms INTEGER NOT NULL,
    CHECK (COALESCE(phone_number, webhook_url, ntfy_url) IS NOT NULL)
) STRICT;
CREATE INDEX contacts_by_sleeper ON contacts (sleeper_id);

-- The outbox: written in the transaction of the step that is told, delivered afterwards. `recipient` is
-- `owner` or a contact's identifier; what is said is made from the wake-up when it is sent.
CREATE TABLE notices (
    id                 TEXT    NOT NULL PRIMARY KEY,
    occurrence_id      TEXT    NOT NULL REFERENCES occurrences (id),
    news               TEXT    NOT NULL,
    recipient          TEXT    NOT NULL,
    channel            TEXT    NOT NULL CHECK (channel IN ('webhook', 'ntfy', 'phone')),
    state              TEXT    NOT NULL CHECK (state IN ('pending', 'sent', 'given_up', 'withdrawn')),
    tries              INTEGER NOT NULL DEFAULT 0,
    next_try_at_ms     INTEGER,
    created_at_ms      INTEGER NOT NULL,
    settled_at_ms      INTEGER,
    acknowledged_at_ms INTEGER,
    problem            TEXT,
    -- Each is told once.
    UNIQUE (occurrence_id, news, recipient, channel),
    CHECK ((state = 'pending') = (next_try_at_ms IS NOT NULL)),
    CHECK ((state = 'pending') = (settled_at_ms IS NULL))
) STRICT;
CREATE INDEX notices_to_send ON notices (next_try_at_ms) WHERE next_try_at_ms IS NOT NULL;

-- Telephone calls that bring a notice; written before the carrier is asked, like attempts.
CREATE TABLE notice_calls (
    nonce          TEXT    NOT NULL PRIMARY KEY,
    notice_id      TEXT    NOT NULL REFERENCES notices (id),
    to_number      TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('intended', 'unknown', 'placed', 'answered', 'finished')),
    call_id        TEXT    UNIQUE,
    intent_at_ms   INTEGER NOT NULL,
    answered_at_ms INTEGER,
    outcome        TEXT,
    CHECK ((state = 'finished') = (outcome IS NOT NULL))
) STRICT;
CREATE INDEX notice_calls_by_notice ON notice_calls (notice_id);
-- One live call per telephone number here too; across both tables the one writer sees to it.
CREATE UNIQUE INDEX notice_calls_one_live_call ON notice_calls (to_number) WHERE state <> 'finished';

-- When to look whether the back-up people must be told that she is slow to wake; set once, with the first
-- call, and emptied once they were.
ALTER TABLE occurrences ADD COLUMN warn_at_ms INTEGER;
ALTER TABLE occurrences ADD COLUMN warned_at_ms INTEGER;
CREATE INDEX occurrences_to_warn_of ON occurrences (warn_at_ms) WHERE warn_at_ms IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_by_occurrence ON audit (occurrence_id) WHERE occurrence_id IS NOT NULL;
