-- The one migration window; until_ms is NULL when a person closed it.
CREATE TABLE migration_window{suffix} (
    stream        bytea PRIMARY KEY,
    until_ms      bigint,
    reason        text NOT NULL DEFAULT '',
    version       bigint NOT NULL DEFAULT 0,
    decided_at_ms bigint,
    decided_by    text
);
