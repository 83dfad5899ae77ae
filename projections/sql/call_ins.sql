-- One row per numbered package. The agent, its name and the place in the log follow from subject and number.
CREATE TABLE call_ins{suffix} (
    position       bigint PRIMARY KEY,
    subject_id     bigint NOT NULL,
    number         bigint NOT NULL,
    recorded_at_ms bigint NOT NULL,
    agent_time_ms  bigint,
    type           bigint NOT NULL,
    decision       bigint NOT NULL,
    why            text,
    handler        text
);
CREATE INDEX call_ins_by_subject{suffix} ON call_ins{suffix} (subject_id, position);
