"""The event log on SQLite and PostgreSQL: recorder, mapper, group commit, reading by position, leases."""
