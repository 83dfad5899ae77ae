"""When agents could be served at all, as the worker records it: nobody is called lost while nobody could call in."""

CONTINUED = "Service.Continued"
"""Agents could be served all the time since the last such event or call-in; recorded while nobody calls in."""
RESUMED = "Service.Resumed"
"""Agents can be served again; they could not since ``down_from_ms``."""
