"""The tables of the projections, one file per projection, written once for both databases in PostgreSQL's words."""

from functools import cache
from importlib.resources import files


@cache
def ddl(name: str) -> str:
    """The statements that create the tables of `name`; `{suffix}` stands for the version and build they belong to."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
