CREATE TABLE IF NOT EXISTS leases (
    name          TEXT PRIMARY KEY,
    holder        TEXT NOT NULL,     -- '' once released
    fence         INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER IF NOT EXISTS fences_only_grow BEFORE UPDATE OF fence ON leases
WHEN NEW.fence <= OLD.fence
BEGIN SELECT RAISE(ABORT, 'a fence number only grows'); END;

CREATE TRIGGER IF NOT EXISTS leases_are_not_deleted BEFORE DELETE ON leases
BEGIN SELECT RAISE(ABORT, 'a lease is released, never deleted'); END;
