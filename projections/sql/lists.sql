-- One row each: the list in force.
CREATE TABLE server_list{suffix} (
    stream        bytea PRIMARY KEY,
    servers       text NOT NULL DEFAULT '[]',
    version       bigint NOT NULL DEFAULT 0,
    decided_at_ms bigint,
    decided_by    text
);
CREATE TABLE repository_list{suffix} (
    stream        bytea PRIMARY KEY,
    repositories  text NOT NULL DEFAULT '[]',
    version       bigint NOT NULL DEFAULT 0,
    decided_at_ms bigint,
    decided_by    text
);
-- The CA set that agents are told, and the one that waits for the root key.
CREATE TABLE ca_set{suffix} (
    stream          bytea PRIMARY KEY,
    version         bigint NOT NULL DEFAULT 0,
    ca_version      bigint NOT NULL DEFAULT 0,
    statement       bytea,
    root_signature  bytea,
    published_at_ms bigint,
    published_by    text,
    proposed        bytea
);
