CREATE TABLE tokens{suffix} (
    stream        bytea PRIMARY KEY,
    token_id      text NOT NULL DEFAULT '',
    token_hash    bytea,
    name          text NOT NULL DEFAULT '',
    role          text NOT NULL DEFAULT '',
    issued_at_ms  bigint,
    issued_by     text,
    expires_at_ms bigint,
    used_at_ms    bigint,
    revoked_at_ms bigint
);
CREATE UNIQUE INDEX tokens_by_hash{suffix} ON tokens{suffix} (token_hash);
