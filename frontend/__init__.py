"""The TLS listener agents talk to: Twisted bytes to wire sessions to broker verbs."""
