"""What agents, keys and policies are and what may happen to them: aggregates, events, commands, rules; no I/O."""
