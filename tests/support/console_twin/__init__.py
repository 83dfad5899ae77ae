"""A whole server behind the API, in memory: the worker's judgement on real aggregates, reports, a way in."""
