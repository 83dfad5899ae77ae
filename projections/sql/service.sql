-- When agents could be served: one row.
CREATE TABLE service{suffix} (
    id           bigint PRIMARY KEY,
    proved_ms    bigint NOT NULL DEFAULT 0,                 -- newest moment at which they could, but for call-ins
    resumed_ms   bigint NOT NULL DEFAULT 0,                 -- end of the last outage
    down_from_ms bigint                                     -- its begin
);
