-- This order of columns wastes no byte on alignment.
CREATE TABLE IF NOT EXISTS events (
    notification_id    bigint GENERATED ALWAYS AS IDENTITY,
    originator_id      uuid NOT NULL,
    originator_version integer NOT NULL,
    topic              text NOT NULL,
    state              bytea NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
);
ALTER TABLE events ALTER COLUMN state SET STORAGE EXTERNAL;   -- sealed bytes do not compress
CREATE UNIQUE INDEX IF NOT EXISTS events_by_position ON events (notification_id) WITH (fillfactor = 100);

-- Positions are given out under this lock and it is held until the commit: the order of positions is the order
-- of commits for whoever inserts, and a reader never has to look back.
CREATE OR REPLACE FUNCTION one_appends_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(TG_RELID::bigint);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER one_appends_at_a_time BEFORE INSERT ON events
    FOR EACH STATEMENT EXECUTE FUNCTION one_appends_at_a_time();

CREATE TABLE IF NOT EXISTS subjects (
    subject_id  bigint PRIMARY KEY,
    fingerprint bytea NOT NULL UNIQUE,
    wrapped_key bytea NOT NULL
);

CREATE TABLE IF NOT EXISTS resource_keys (
    digest      bytea NOT NULL,
    fingerprint bytea NOT NULL,
    PRIMARY KEY (digest, fingerprint)
);

CREATE TABLE IF NOT EXISTS sealed_keys (
    name   text PRIMARY KEY,
    sealed bytea NOT NULL
);

-- Where agents are in the system tree: made from the events of their placements, kept in their transactions.
CREATE TABLE IF NOT EXISTS placements (
    agent_id   bytea PRIMARY KEY,
    group_id   bytea NOT NULL,
    overridden boolean NOT NULL,
    position   bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS placements_by_group ON placements (group_id);

-- What the agent of each key said last that it holds: from its diary, kept in the transaction of the package.
CREATE TABLE IF NOT EXISTS held (
    subject_id bigint PRIMARY KEY,
    lists_hash bytea NOT NULL,
    epoch      bigint NOT NULL,
    position   bigint NOT NULL
);

-- Aggregates as their events make them, sealed: a cache that may be emptied.
CREATE TABLE IF NOT EXISTS snapshots (
    originator_id      uuid PRIMARY KEY,
    originator_version integer NOT NULL,
    sealed             bytea NOT NULL
);
ALTER TABLE snapshots ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL);
INSERT INTO schema_version SELECT 4 WHERE NOT EXISTS (SELECT FROM schema_version);
-- Versions 2 to 4 each added a table, which is there by now.
UPDATE schema_version SET version = 4 WHERE version < 4;
