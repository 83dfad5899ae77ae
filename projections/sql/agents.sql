CREATE TABLE agents{suffix} (
    agent_id        bytea PRIMARY KEY,
    subject_id      bigint,                                 -- of its present key
    registration_id bytea,
    name            text NOT NULL DEFAULT '',
    name_key        text COLLATE "C" NOT NULL DEFAULT '',   -- the name as it is sorted and looked up
    domain          text NOT NULL DEFAULT '',
    os              text NOT NULL DEFAULT '',
    user_name       text NOT NULL DEFAULT '',
    address         text NOT NULL DEFAULT '',
    search          text COLLATE "C" NOT NULL DEFAULT '',   -- what people look for, in one short text
    status          text NOT NULL DEFAULT 'Pending',
    version         bigint NOT NULL DEFAULT 0,
    subject_ids     text NOT NULL DEFAULT '[]',             -- of its keys, the present one last
    merged          boolean NOT NULL DEFAULT false,
    merged_into     bytea,                                  -- the agent that has its keys now
    allowed_at_ms   bigint,                                 -- from then on it is expected to call in
    fork_of         bytea,                                  -- the agent it came out of
    fork_key        bytea,                                  -- by which of its keys
    forked_at       bigint                                  -- where in the log it was introduced, if it came out of one
);
-- Filtered lists are made from these two alone.
CREATE INDEX agents_by_name{suffix} ON agents{suffix} (name_key, agent_id, status, merged, search);
CREATE INDEX agents_by_status{suffix} ON agents{suffix} (status, name_key, agent_id, merged, search);

-- Which keys are an agent's: its timeline is the union of their diaries.
CREATE TABLE agent_keys{suffix} (
    subject_id      bigint PRIMARY KEY,
    registration_id bytea,
    agent_id        bytea,
    home_agent_id   bytea,                                  -- the agent it came with; differs while merged
    forked_at       bigint,                                 -- where in the log it is known that two machines used it
    claims          text NOT NULL DEFAULT '{}',             -- the columns of its agent while it is the present key
    name_key        text COLLATE "C" NOT NULL DEFAULT '',   -- the name it gave, as it is looked up
    used            boolean NOT NULL DEFAULT true,          -- false: offered by another key, not used yet
    replaced        boolean NOT NULL DEFAULT false          -- another key took its place
);
CREATE INDEX agent_keys_by_name{suffix} ON agent_keys{suffix} (name_key);
CREATE INDEX agent_keys_by_agent{suffix} ON agent_keys{suffix} (agent_id);
CREATE INDEX agent_keys_by_registration{suffix} ON agent_keys{suffix} (registration_id);

-- The last call-in of each key: narrow, since every call-in writes it.
CREATE TABLE contacts{suffix} (
    subject_id       bigint PRIMARY KEY,
    call_ins         bigint NOT NULL DEFAULT 0,
    events_delivered bigint NOT NULL DEFAULT 0,
    last_call_in_ms  bigint,
    last_number      bigint,
    clock_skew_ms    bigint,
    last_handler     text,
    last_why         text,
    server_key_version bigint,                              -- newest it held then
    address          text,
    interval_s       bigint,                                -- as the agent said it last
    mode             text
);

CREATE TABLE properties{suffix} (
    subject_id     bigint PRIMARY KEY,
    properties     text NOT NULL DEFAULT '{}',
    reported_at_ms bigint
);
