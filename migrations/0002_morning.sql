-- What a morning asks for: JSON of the program's own making, kept with the rule and copied to each wake-up.
ALTER TABLE schedules ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
ALTER TABLE occurrences ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
UPDATE occurrences SET policy = json_object('calls_allowed', MAX(calls_allowed, 1), 'check', 'off');
ALTER TABLE occurrences DROP COLUMN calls_allowed;

ALTER TABLE occurrences ADD COLUMN cost_micro_usd INTEGER NOT NULL DEFAULT 0;
ALTER TABLE occurrences ADD COLUMN checking INTEGER NOT NULL DEFAULT 0 CHECK (checking IN (0, 1));
ALTER TABLE occurrences ADD COLUMN checks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE occurrences ADD COLUMN proven_at_ms INTEGER;
ALTER TABLE occurrences ADD COLUMN chance INTEGER NOT NULL DEFAULT 0 CHECK (chance BETWEEN 0 AND 4294967295);

-- How far a call has come with its proofs, so that any turn, and the other mode, can go on from there.
ALTER TABLE attempts ADD COLUMN proving TEXT;

-- What was seen of her from outside a call (a doorbell, a code scanned), and in it.
CREATE TABLE proofs (
    id             INTEGER NOT NULL PRIMARY KEY,
    occurrence_id  TEXT    NOT NULL REFERENCES occurrences (id),
    attempt_id     TEXT    REFERENCES attempts (id),
    proof          TEXT    NOT NULL,
    source         TEXT    NOT NULL,
    evidence       TEXT    NOT NULL,
    seen_at_ms     INTEGER NOT NULL,
    valid_until_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX proofs_by_occurrence ON proofs (occurrence_id);

-- How long she takes to answer a sum once she is up: her own measure, for each mode.
CREATE TABLE answer_times (
    id          INTEGER NOT NULL PRIMARY KEY,
    sleeper_id  TEXT    NOT NULL REFERENCES sleepers (id),
    mode        TEXT    NOT NULL CHECK (mode IN ('realtime', 'traditional')),
    took_ms     INTEGER NOT NULL CHECK (took_ms >= 0),
    answered_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX answer_times_by_sleeper ON answer_times (sleeper_id, mode, id);
