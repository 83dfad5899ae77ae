CREATE TABLE agent_handlers{suffix} (
    stream          bytea PRIMARY KEY,
    handler         text NOT NULL DEFAULT '',
    started_at_ms   bigint,
    announced_at_ms bigint,
    starts          bigint NOT NULL DEFAULT 0
);
