-- Events that agents kept and delivered.
CREATE TABLE agent_events{suffix} (
    position       bigint NOT NULL,
    ordinal        bigint NOT NULL,      -- within the package
    subject_id     bigint NOT NULL,
    recorded_at_ms bigint NOT NULL,
    event_id       bytea,
    type           text NOT NULL,
    time_ms        bigint,
    data           text NOT NULL,
    PRIMARY KEY (position, ordinal)
);
CREATE INDEX agent_events_by_subject{suffix} ON agent_events{suffix} (subject_id, position, ordinal);
