-- One row per generation of the server key; the greatest turn is current.
CREATE TABLE server_keys{suffix} (
    stream          bytea PRIMARY KEY,
    version         bigint NOT NULL DEFAULT 0,
    algorithm       text NOT NULL DEFAULT '',
    public_key      bytea,
    origin          text NOT NULL DEFAULT '',
    statement       bytea,
    is_certified    boolean NOT NULL DEFAULT false,
    turn            bigint NOT NULL DEFAULT 0,
    created_at_ms   bigint,
    created_by      text,
    activated_at_ms bigint,
    retired_at_ms   bigint,
    deleted_at_ms   bigint,
    reason          text
);
CREATE TABLE key_policy{suffix} (
    stream        bytea PRIMARY KEY,
    minimum       text NOT NULL DEFAULT '',
    version       bigint NOT NULL DEFAULT 0,
    decided_at_ms bigint,
    decided_by    text
);
