"""From command to staged events: one table, plain functions, and the worker's batch loop."""
