-- Where in the log the events of agents and registrations stand. With the diaries, found through call_ins, they make
-- an agent's timeline; its text is made from the log when it is read.
CREATE TABLE timeline{suffix} (
    stream   bytea NOT NULL,
    position bigint NOT NULL,
    version  bigint NOT NULL,
    PRIMARY KEY (stream, position)
);
