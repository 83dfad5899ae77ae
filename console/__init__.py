"""The people's side: HTTP API and the command line, which is a client of the API."""
