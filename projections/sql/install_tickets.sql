-- Install tickets by their stream; the state follows from the times.
CREATE TABLE install_tickets{suffix} (
    stream        bytea PRIMARY KEY,
    ticket_id     text NOT NULL DEFAULT '',
    bound_to      bytea,
    issued_at_ms  bigint,
    issued_by     text,
    expires_at_ms bigint,
    used_at_ms    bigint,
    used_by       bytea,
    revoked_at_ms bigint
);
