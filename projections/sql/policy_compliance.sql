-- Whose word a key's package is.
CREATE TABLE holders{suffix} (
    subject_id bigint PRIMARY KEY,
    agent_id   bytea
);
-- Of which agent a stream of places tells.
CREATE TABLE placements{suffix} (
    placement bytea PRIMARY KEY,
    agent_id  bytea
);
-- The versions there are of a policy: 1 to the newest.
CREATE TABLE policy_newest{suffix} (
    policy_id bytea PRIMARY KEY,
    category  text NOT NULL DEFAULT '',
    newest    bigint NOT NULL DEFAULT 0
);
CREATE TABLE compliance{suffix} (
    agent_id     bytea PRIMARY KEY,
    status       text NOT NULL DEFAULT 'Pending',
    merged       boolean NOT NULL DEFAULT false,
    group_id     bytea,                          -- none: the group above all
    overrides    text NOT NULL DEFAULT '[]',     -- categories of which it has something of its own
    held         text NOT NULL DEFAULT '[]',     -- [policy id, version] of what is complete on its disk
    held_position bigint,                        -- of the manifest it holds
    held_at_ms   bigint,
    enforced     text NOT NULL DEFAULT '[]'      -- [category, policy id, version, state, detail, ms] of each category
);
CREATE INDEX compliance_by_group{suffix} ON compliance{suffix} (group_id, merged);
-- How many agents are at one place and, as JSON, how many of them hold or enforce which version: a place is a group, or
-- an agent with policies of its own.
CREATE TABLE compliance_counts{suffix} (
    place  bytea PRIMARY KEY,
    agents bigint NOT NULL DEFAULT 0,
    counts text NOT NULL DEFAULT '{}'
);
