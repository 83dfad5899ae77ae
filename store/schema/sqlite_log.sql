-- The position is the rowid: without deletes it is always the greatest one plus one.
CREATE TABLE IF NOT EXISTS events (
    notification_id    INTEGER PRIMARY KEY,
    originator_id      BLOB NOT NULL,     -- the 16 bytes of the UUID
    originator_version INTEGER NOT NULL,
    topic              TEXT NOT NULL,
    state              BLOB NOT NULL,
    UNIQUE (originator_id, originator_version)
) STRICT;

CREATE TRIGGER IF NOT EXISTS events_are_not_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;

CREATE TRIGGER IF NOT EXISTS events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;

-- INSERT OR REPLACE deletes the row in its way without asking the trigger above.
CREATE TRIGGER IF NOT EXISTS events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events
             WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version)
  OR EXISTS (SELECT 1 FROM events WHERE notification_id = NEW.notification_id)
BEGIN SELECT RAISE(ABORT, 'this event is already recorded'); END;

CREATE TABLE IF NOT EXISTS subjects (
    subject_id  INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,
    wrapped_key BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS resource_keys (
    digest      BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (digest, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS sealed_keys (
    name   TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;

CREATE TRIGGER IF NOT EXISTS sealed_keys_are_not_updated BEFORE UPDATE ON sealed_keys
BEGIN SELECT RAISE(ABORT, 'a sealed key is never overwritten'); END;

CREATE TRIGGER IF NOT EXISTS sealed_keys_are_not_replaced BEFORE INSERT ON sealed_keys
WHEN EXISTS (SELECT 1 FROM sealed_keys WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'a sealed key is never overwritten'); END;

-- Where agents are in the system tree: made from the events of their placements, kept in their transactions.
CREATE TABLE IF NOT EXISTS placements (
    agent_id   BLOB PRIMARY KEY,
    group_id   BLOB NOT NULL,
    overridden INTEGER NOT NULL,
    position   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS placements_by_group ON placements (group_id);

-- What the agent of each key said last that it holds: from its diary, kept in the transaction of the package.
CREATE TABLE IF NOT EXISTS held (
    subject_id INTEGER PRIMARY KEY,
    lists_hash BLOB NOT NULL,
    epoch      INTEGER NOT NULL,
    position   INTEGER NOT NULL
) STRICT;

-- Aggregates as their events make them, sealed: a cache that may be emptied.
CREATE TABLE IF NOT EXISTS snapshots (
    originator_id      BLOB PRIMARY KEY,
    originator_version INTEGER NOT NULL,
    sealed             BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT;
INSERT INTO schema_version SELECT 4 WHERE NOT EXISTS (SELECT 1 FROM schema_version);
-- Versions 2 to 4 each added a table, which is there by now.
UPDATE schema_version SET version = 4 WHERE version < 4;
