-- What is remembered of a sleeper from one morning to the next: one line each, few of them, never a transcript.
CREATE TABLE memories (
    id            INTEGER NOT NULL PRIMARY KEY,
    sleeper_id    TEXT    NOT NULL REFERENCES sleepers (id),
    kind          TEXT    NOT NULL CHECK (kind IN ('said', 'opening', 'weather', 'calendar')),
    text          TEXT    NOT NULL CHECK (length(text) BETWEEN 1 AND 200),
    at_ms         INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL CHECK (expires_at_ms > at_ms)
) STRICT;
CREATE INDEX memories_by_sleeper ON memories (sleeper_id, kind, at_ms);

-- Where a sleeper's weather and appointments are fetched before a call. The address may itself be a secret.
CREATE TABLE memory_sources (
    sleeper_id    TEXT    NOT NULL REFERENCES sleepers (id),
    kind          TEXT    NOT NULL CHECK (kind IN ('weather', 'calendar')),
    url           TEXT    NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    PRIMARY KEY (sleeper_id, kind)
) STRICT, WITHOUT ROWID;
