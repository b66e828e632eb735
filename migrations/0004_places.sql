-- Where somebody has to walk to: a printed code (secret) or a device that tells by webhook.
CREATE TABLE places (
    name          TEXT    NOT NULL PRIMARY KEY,
    -- Whom it proves; NULL for everybody.
    sleeper_id    TEXT    REFERENCES sleepers (id),
    secret        TEXT    UNIQUE,
    device        TEXT    UNIQUE,
    created_at_ms INTEGER NOT NULL,
    renewed_at_ms INTEGER,
    CHECK ((secret IS NULL) <> (device IS NULL))
) STRICT, WITHOUT ROWID;

-- Requests that may come once only: digests of signed webhooks and of the forms of the proof page.
CREATE TABLE requests_seen (
    digest     TEXT    NOT NULL PRIMARY KEY,
    seen_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_seen_by_age ON requests_seen (seen_at_ms);
