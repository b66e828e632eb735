-- A rule as JSON of the program's own making: weekly, once, or a cron pattern.
ALTER TABLE schedules ADD COLUMN rule TEXT NOT NULL DEFAULT '{}';
UPDATE schedules SET rule = json_object('kind', 'weekly', 'weekdays', json('[' || rtrim(
    CASE WHEN weekdays &  1 THEN '"mon",' ELSE '' END || CASE WHEN weekdays &  2 THEN '"tue",' ELSE '' END ||
    CASE WHEN weekdays &  4 THEN '"wed",' ELSE '' END || CASE WHEN weekdays &  8 THEN '"thu",' ELSE '' END ||
    CASE WHEN weekdays & 16 THEN '"fri",' ELSE '' END || CASE WHEN weekdays & 32 THEN '"sat",' ELSE '' END ||
    CASE WHEN weekdays & 64 THEN '"sun",' ELSE '' END, ',') || ']'), 'at', local_time);
ALTER TABLE schedules DROP COLUMN weekdays;
ALTER TABLE schedules DROP COLUMN local_time;
-- The slot follows from the rule.
ALTER TABLE schedules DROP COLUMN slot;

ALTER TABLE schedules ADD COLUMN label TEXT;
ALTER TABLE schedules ADD COLUMN zone_mode TEXT NOT NULL DEFAULT 'home' CHECK (zone_mode IN ('home', 'follow'));
-- Up to and including this date she sleeps elsewhere, without what a proof of place needs.
ALTER TABLE schedules ADD COLUMN away_until TEXT;
-- What it says now it says since then: it never rings for an earlier instant.
ALTER TABLE schedules ADD COLUMN stands_since_ms INTEGER NOT NULL DEFAULT 0;
UPDATE schedules SET stands_since_ms = created_at_ms;
-- Kept for its history; it rings no more and is not listed.
ALTER TABLE schedules ADD COLUMN removed_at_ms INTEGER;

-- What single dates do otherwise. `what` is JSON of the program's own making.
CREATE TABLE schedule_exceptions (
    id            TEXT    NOT NULL PRIMARY KEY,
    schedule_id   TEXT    NOT NULL REFERENCES schedules (id),
    what          TEXT    NOT NULL,
    last_date     TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    UNIQUE (schedule_id, what)
) STRICT;

-- Where holidays come from, with the last text that could be read.
CREATE TABLE calendars (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    source        TEXT    NOT NULL,
    text          TEXT,
    fetched_at_ms INTEGER,
    tried_at_ms   INTEGER,
    problem       TEXT,
    created_at_ms INTEGER NOT NULL,
    CHECK ((text IS NULL) = (fetched_at_ms IS NULL))
) STRICT;

-- What that text says about the years around now.
CREATE TABLE calendar_days (
    calendar_id TEXT NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    date        TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (calendar_id, date)
) STRICT, WITHOUT ROWID;

-- Which schedules are silent on whose holidays.
CREATE TABLE schedule_calendars (
    schedule_id TEXT NOT NULL REFERENCES schedules (id),
    calendar_id TEXT NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    PRIMARY KEY (schedule_id, calendar_id)
) STRICT, WITHOUT ROWID;
