CREATE TABLE IF NOT EXISTS leases (
    name       text PRIMARY KEY,
    holder     text NOT NULL,     -- '' once released
    fence      bigint NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);         -- renewed by every commit: room for updates within the page

CREATE OR REPLACE FUNCTION fences_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.fence <= OLD.fence THEN
        RAISE 'a fence number only grows';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER fences_only_grow BEFORE UPDATE OF fence ON leases
    FOR EACH ROW EXECUTE FUNCTION fences_only_grow();
