-- Which tables stand for which projection and how far they have got; the tables are called NAME_vVERSION_bBUILD.
CREATE TABLE IF NOT EXISTS builds (
    build         bigint PRIMARY KEY,
    name          text NOT NULL,
    version       bigint NOT NULL,      -- of the code that fills and reads these tables
    state         text NOT NULL,        -- 'building', then 'live'
    position      bigint NOT NULL,      -- every event up to here is in the rows or parked
    born          bigint NOT NULL,      -- head of the log when it was begun: an order given up to there is done by it
    started_at_ms bigint NOT NULL
);

-- Events that a build could not take, and the later ones of the same agent, which wait for them.
CREATE TABLE IF NOT EXISTS parked (
    build      bigint NOT NULL,
    position   bigint NOT NULL,
    topic      text NOT NULL,
    stream     bytea NOT NULL,
    subject_id bigint,
    agent_id   bytea,
    error      text NOT NULL,           -- '' when it waits for an earlier one
    PRIMARY KEY (build, position)
);
