-- Tokens that may do a part of what the owner may; only their digests are kept.
CREATE TABLE tokens (
    id              TEXT    NOT NULL PRIMARY KEY,
    name            TEXT    NOT NULL UNIQUE,
    digest          TEXT    NOT NULL UNIQUE,
    scopes          TEXT    NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    last_used_at_ms INTEGER
) STRICT;

-- For those who read: a morning's history, and what is one sleeper's.
CREATE INDEX IF NOT EXISTS audit_by_occurrence ON audit (occurrence_id) WHERE occurrence_id IS NOT NULL;
CREATE INDEX occurrences_by_sleeper ON occurrences (sleeper_id, due_at_ms);
CREATE INDEX attempts_by_sleeper ON attempts (sleeper_id, intent_at_ms);
