-- The one policy in force.
CREATE TABLE registration_policy{suffix} (
    stream        bytea PRIMARY KEY,
    otherwise     text NOT NULL DEFAULT 'pending',
    duplicates    text NOT NULL DEFAULT 'pending',
    rules         text NOT NULL DEFAULT '[]',
    version       bigint NOT NULL DEFAULT 0,
    decided_at_ms bigint,
    decided_by    text
);
