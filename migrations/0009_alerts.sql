-- What somebody should look at, each incident once. `subject` says what it is about (a wake-up, a carrier's
-- call), for good; where it is empty, the alert is about a condition that may come again once it is over.
CREATE TABLE alerts (
    id            TEXT    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    detail        TEXT    NOT NULL,
    raised_at_ms  INTEGER NOT NULL,
    closed_at_ms  INTEGER,
    closed_how    TEXT    CHECK (closed_how IN ('resolved', 'acknowledged')),
    CHECK ((closed_at_ms IS NULL) = (closed_how IS NULL))
) STRICT;
CREATE UNIQUE INDEX alerts_once ON alerts (kind, subject) WHERE subject <> '' OR closed_at_ms IS NULL;
CREATE INDEX alerts_open ON alerts (raised_at_ms) WHERE closed_at_ms IS NULL;

-- How the owner is told of them, a row for each way; an outbox like `notices`.
CREATE TABLE alert_notices (
    alert_id       TEXT    NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    channel        TEXT    NOT NULL CHECK (channel IN ('webhook', 'ntfy')),
    state          TEXT    NOT NULL CHECK (state IN ('pending', 'sent', 'given_up')),
    tries          INTEGER NOT NULL DEFAULT 0,
    next_try_at_ms INTEGER,
    problem        TEXT,
    PRIMARY KEY (alert_id, channel),
    CHECK ((state = 'pending') = (next_try_at_ms IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_notices_to_send ON alert_notices (next_try_at_ms) WHERE next_try_at_ms IS NOT NULL;
