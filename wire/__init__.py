"""The agents' protocol, both roles: frames, packages, keys and the session state machine; no I/O."""
