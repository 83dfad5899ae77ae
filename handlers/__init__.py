"""From command to staged events: verify, load, decide, stage; the worker's batch loop."""
