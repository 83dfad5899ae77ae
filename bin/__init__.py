"""One thin file per process, settings and wiring; the only place that reads the environment."""
