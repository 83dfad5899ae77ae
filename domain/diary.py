"""The diary of a key: every numbered package is exactly one lean event; its primary key is the command id.

Diary events are not an aggregate's: they are never rehydrated, only read by primary key.
"""

from enum import IntEnum


class Decision(IntEnum):
    """What the worker decided about a numbered package; stored in plain, read back to answer a repeat."""

    ACCEPTED = 1
    """Taken; the server holds the properties that the header's hash names."""
    PROPERTIES_WANTED = 2
    """Taken; but the server does not hold those properties and asked for the full set."""
    MALFORMED = 3
    """Refused for its content; the number is used, the body kept as evidence."""
    UNPROCESSABLE = 4
    """Failed twice alone; the number is used, the body kept as evidence."""
    UNSUPPORTED_TYPE = 5
    """Of a type this server does not know; the number is used."""
    TOO_LARGE = 6
    """Unpacks to more than a body may have; the number is used, the body kept as evidence."""


CALLED_IN = "Diary.CalledIn"
PROPERTIES_REPORTED = "Diary.PropertiesReported"
EVENTS_DELIVERED = "Diary.EventsDelivered"
CONTENT_REFUSED = "Diary.ContentRefused"

TOPICS = frozenset({CALLED_IN, PROPERTIES_REPORTED, EVENTS_DELIVERED, CONTENT_REFUSED})
