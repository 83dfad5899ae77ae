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
