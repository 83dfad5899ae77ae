CREATE TABLE groups{suffix} (
    group_id      bytea PRIMARY KEY,
    parent        bytea,
    within        bytea,                         -- the group that has what is in it: the parent, or the heir
    name          text NOT NULL DEFAULT '',
    created_at_ms bigint,
    created_by    text,
    heir          bytea,                         -- once deleted: the group that took what was in it
    deleted_at_ms bigint,
    deleted_by    text
);
CREATE INDEX groups_by_within{suffix} ON groups{suffix} (within);
CREATE TABLE assignments{suffix} (
    assignment  text PRIMARY KEY,                -- group and category
    group_id    bytea,
    category    text NOT NULL DEFAULT '',
    choices     text NOT NULL DEFAULT '[]',
    locked      boolean NOT NULL DEFAULT false,
    since_ms    bigint,
    made_by     text,
    made_for    bytea,                           -- the order: its event has the reason
    ended       boolean NOT NULL DEFAULT false
);
CREATE TABLE policies{suffix} (
    policy_id      bytea PRIMARY KEY,
    kind           text NOT NULL DEFAULT '',
    category       text NOT NULL DEFAULT '',
    name           text NOT NULL DEFAULT '',
    policy_version bigint NOT NULL DEFAULT 0,
    content        bytea,
    note           text NOT NULL DEFAULT '',
    written_at_ms  bigint,
    written_by     text,
    deleted        boolean NOT NULL DEFAULT false
);
CREATE INDEX policies_by_name{suffix} ON policies{suffix} (category, name);
CREATE TABLE policy_versions{suffix} (
    policy_id      bytea NOT NULL,
    policy_version bigint NOT NULL,
    position       bigint NOT NULL,
    content        bytea,
    note           text NOT NULL,
    restores       bigint NOT NULL,
    written_at_ms  bigint,
    written_by     text,
    PRIMARY KEY (policy_id, policy_version)
);
CREATE TABLE policy_categories{suffix} (
    stream        bytea PRIMARY KEY,
    category      text NOT NULL DEFAULT '',
    definition    text NOT NULL DEFAULT '',
    defined_at_ms bigint,
    defined_by    text,
    deleted       boolean NOT NULL DEFAULT false
);
-- Where agents are; an agent that is not here is in the group above all.
CREATE TABLE places{suffix} (
    placement bytea PRIMARY KEY,                 -- the stream of its events
    agent_id  bytea,
    group_id  bytea,
    rule      text NOT NULL DEFAULT '',
    since_ms  bigint,                            -- none: since it was introduced
    placed_by text
);
CREATE INDEX places_by_group{suffix} ON places{suffix} (group_id, agent_id);
CREATE INDEX places_by_agent{suffix} ON places{suffix} (agent_id);
CREATE TABLE overrides{suffix} (
    override  text PRIMARY KEY,                  -- placement and category
    placement bytea,
    agent_id  bytea,
    category  text NOT NULL DEFAULT '',
    choices   text NOT NULL DEFAULT '[]',
    since_ms  bigint,
    made_by   text,
    made_for  bytea,
    ended     boolean NOT NULL DEFAULT false
);
CREATE INDEX overrides_by_agent{suffix} ON overrides{suffix} (agent_id);
CREATE TABLE sorting_rules{suffix} (
    stream        bytea PRIMARY KEY,
    rules         text NOT NULL DEFAULT '[]',
    decided_at_ms bigint,
    decided_by    text
);
-- The version of the whole desired state: one row.
CREATE TABLE desired_state{suffix} (
    stream        bytea PRIMARY KEY,
    revision      bigint NOT NULL DEFAULT 0,
    changed_at_ms bigint,
    changed_by    text
);
