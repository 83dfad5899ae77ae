"""The tables of the event store, one file per noun and database."""

from importlib.resources import files

SCHEMA_VERSION = 4
"""Grows with every change of these tables; a store of another version is refused."""


def ddl(name: str) -> str:
    """The statements that create the tables of `name`; each may be run again and changes nothing then."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
