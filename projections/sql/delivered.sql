-- What each key's agent said last that it holds.
CREATE TABLE delivered{suffix} (
    subject_id  bigint PRIMARY KEY,
    epoch       bigint NOT NULL DEFAULT 0,
    position    bigint NOT NULL DEFAULT 0,
    items       text NOT NULL DEFAULT '{}',   -- version by item id in hexadecimal
    ca_version  bigint NOT NULL DEFAULT 0,
    since_ms    bigint                        -- when it first said so
);
