CREATE TABLE task_runs{suffix} (
    task_run    text PRIMARY KEY,               -- subject and the run's own name
    subject_id  bigint,
    policy_id   bytea,
    task        text NOT NULL DEFAULT '',
    run         text NOT NULL DEFAULT '',
    due_ms      bigint,
    started_ms  bigint,
    ended_ms    bigint,
    outcome     text NOT NULL DEFAULT 'running',
    exit_status bigint,
    output      text NOT NULL DEFAULT '',
    position    bigint NOT NULL DEFAULT 0       -- of the package that told of it first
);
CREATE INDEX task_runs_by_task{suffix} ON task_runs{suffix} (task, position, task_run);
CREATE INDEX task_runs_by_subject{suffix} ON task_runs{suffix} (subject_id, position, task_run);
