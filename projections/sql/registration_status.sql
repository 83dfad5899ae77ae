-- One row per key that ever asked for registration.
CREATE TABLE registrations{suffix} (
    subject_id       bigint PRIMARY KEY,
    registration_id  bytea,
    agent_id         bytea,
    name             text NOT NULL DEFAULT '',
    name_key         text COLLATE "C" NOT NULL DEFAULT '',   -- the name as it is sorted and looked up
    domain           text NOT NULL DEFAULT '',
    os               text NOT NULL DEFAULT '',
    user_name        text NOT NULL DEFAULT '',
    addresses        text NOT NULL DEFAULT '[]',
    address          text NOT NULL DEFAULT '',
    resource_keys    text NOT NULL DEFAULT '{}',
    domain_key       text COLLATE "C" NOT NULL DEFAULT '',   -- as it is looked up, cut to fit an index
    decided_key      text COLLATE "C" NOT NULL DEFAULT '',
    ignored_keys     text NOT NULL DEFAULT '[]',             -- kinds of those that many machines share
    duplicate_of     text NOT NULL DEFAULT '[]',             -- earlier registrations with one of its resource keys
    duplicate        boolean NOT NULL DEFAULT false,
    used             boolean NOT NULL DEFAULT true,          -- false: offered by another key, not used yet
    merged           boolean NOT NULL DEFAULT false,         -- no entry of its own: merged, or a key not in use
    merged_into      bytea,                                  -- that entry's registration
    home_agent_id    bytea,                                  -- the agent it came with
    search           text COLLATE "C" NOT NULL DEFAULT '',   -- what people look for, in one short text
    algorithm        text NOT NULL DEFAULT '',
    status           text NOT NULL DEFAULT 'Pending',
    trusted          boolean NOT NULL DEFAULT false,
    version          bigint NOT NULL DEFAULT 0,
    decided_at_ms    bigint,
    decided_by       text,
    reason           text,
    first_request_ms bigint,
    last_request_ms  bigint,
    requests         bigint NOT NULL DEFAULT 0,
    was_revoked      boolean NOT NULL DEFAULT false,
    apart            boolean NOT NULL DEFAULT false,         -- a person said that it is a machine of its own
    quiet_since_ms   bigint NOT NULL DEFAULT 9223372036854775807,   -- of Blocked ones that may leave the list
    refused_reason   text,
    refused_at_ms    bigint,
    replaces         bytea,                                  -- the key that named this one as its successor
    replaced_by      bytea,
    migrated         boolean NOT NULL DEFAULT false,
    forked_at_ms     bigint,                                 -- since when two machines are known to use its key
    fork_number      bigint,                                 -- the number under which both signed
    fork_of          bytea                                   -- the agent it came out of
);
CREATE UNIQUE INDEX registrations_by_id{suffix} ON registrations{suffix} (registration_id);
CREATE INDEX registrations_by_agent{suffix} ON registrations{suffix} (agent_id);
CREATE INDEX registrations_by_fork{suffix} ON registrations{suffix} (fork_of) WHERE fork_of IS NOT NULL;
-- Filtered lists are made from these two alone; their longest entry fits a page of either database.
CREATE INDEX registrations_by_name{suffix} ON registrations{suffix} (
    name_key, registration_id, status, quiet_since_ms, merged, duplicate, domain_key, address, algorithm, decided_key,
    first_request_ms, last_request_ms, search
);
CREATE INDEX registrations_by_status{suffix} ON registrations{suffix} (
    status, name_key, registration_id, quiet_since_ms, merged, duplicate, domain_key, address, algorithm, decided_key,
    first_request_ms, last_request_ms, search
);

-- Which resource keys a registration names now, for looking them up; one it named before has an empty value.
CREATE TABLE named_keys{suffix} (
    place           text COLLATE "C" PRIMARY KEY,
    registration_id bytea,
    value_key       text COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX named_keys_by_value{suffix} ON named_keys{suffix} (value_key, registration_id);

-- What was decided about an agent, and for which keys.
CREATE TABLE decisions{suffix} (
    agent_id        bytea PRIMARY KEY,
    registration_id bytea,
    subject_ids   text NOT NULL DEFAULT '[]',
    status        text NOT NULL DEFAULT 'Pending',
    trusted       boolean NOT NULL DEFAULT false,
    version       bigint NOT NULL DEFAULT 0,
    decided_at_ms bigint,
    decided_by    text,
    reason        text,
    was_revoked   boolean NOT NULL DEFAULT false,
    apart         boolean NOT NULL DEFAULT false
);
