-- Where in the log the events of agents and registrations stand. With the diaries, found through call_ins, they make
-- an agent's timeline; its text is made from the log when it is read.
CREATE TABLE timeline{suffix} (
    stream   bytea NOT NULL,
    position bigint NOT NULL,
    version  bigint NOT NULL,
    PRIMARY KEY (stream, position)
);

-- Wake-ups of agents: each has a stream of its own in the log, with one event.
CREATE TABLE wake_ups{suffix} (
    agent_id bytea NOT NULL,
    position bigint NOT NULL,
    stream   bytea NOT NULL,
    PRIMARY KEY (agent_id, position)
);

-- Where agents were put, by the stream of their places. Without a group: merged into another agent; `back`: that was
-- undone, and the agent is where it was before.
CREATE TABLE placed{suffix} (
    placement bytea NOT NULL,
    position  bigint NOT NULL,
    group_id  bytea,
    back      boolean NOT NULL,
    PRIMARY KEY (placement, position)
);

-- What became of each group: the name or the parent that it has from then on, or the heir of a deleted one; none of them
-- where it assigned something. With the places of an agent they tell which changes of the tree it has seen, and the
-- paths of its groups as they were.
CREATE TABLE group_changes{suffix} (
    group_id bytea NOT NULL,
    position bigint NOT NULL,
    version  bigint NOT NULL,
    name     text,
    parent   bytea,
    heir     bytea,
    PRIMARY KEY (group_id, position)
);
CREATE INDEX group_changes_by_parent{suffix} ON group_changes{suffix} (parent, group_id);
CREATE INDEX group_changes_by_heir{suffix} ON group_changes{suffix} (heir);
