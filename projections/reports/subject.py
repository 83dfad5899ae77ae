"""Which machine is meant: by registration id, agent id or an unambiguous name."""

import re
from uuid import UUID

from domain.status import Status
from projections.claims import sort_key
from projections.database import Row
from projections.reports.page import Ambiguous, NotFound
from projections.reports.shown import hex_text
from projections.reports.view import View

_FINGERPRINT = re.compile(r"[0-9a-fA-F]{64}")
MAX_CANDIDATES = 20
_OF_KEY = (
    "SELECT a.* FROM {agents} a JOIN {agent_keys} k ON k.agent_id = a.agent_id"
    " WHERE k.registration_id = ? ORDER BY a.registration_id LIMIT ?"
)
"""An agent by any of its keys, replaced ones too."""
_OF_NAME = (
    "SELECT * FROM {agents} WHERE agent_id IN (SELECT agent_id FROM {agents} WHERE name_key = ?"
    " UNION SELECT agent_id FROM {agent_keys} WHERE name_key = ? AND used AND NOT replaced"
    " AND forked_at IS NULL)"
    " ORDER BY registration_id LIMIT ?"
)
"""An agent by its name, or by that of any of its keys: the list of registrations shows the name of the first."""
_OF_MERGED = (
    "SELECT r.* FROM {registrations} r JOIN {agents} a ON a.registration_id = r.registration_id"
    " WHERE a.agent_id = ? AND a.merged"
)
"""A registration by the agent id it had before it was merged; needs a view of both."""


def find(view: View, table: str, ref: str) -> Row:
    """The one row of `registrations` or `agents` that is meant. Raises NotFound, Ambiguous."""
    ref = ref.strip()
    for column, value in _ids(ref):
        if found := _rows(view, table, column, value):
            # An agent with several keys: the one in use, of the entry that the others were merged into.
            return _present(view, (_in_use(found) or found)[0])
        if (table, column) == ("registrations", "agent_id") and (found := view.query(_OF_MERGED, (value,))):
            return found[0]
    found = _named(view, table, sort_key(ref)) if ref else []
    found = _in_use(found) or found
    if not found:
        raise NotFound(f"There is no {table.removesuffix('s')} {ref!r}: nothing has that id or name.")
    if len(found) > 1:
        raise Ambiguous([hex_text(row["registration_id"]) or "" for row in found])
    return _present(view, found[0])


def _named(view: View, table: str, name: str) -> list[Row]:
    if table == "agents":
        return view.query(_OF_NAME, (name, name, MAX_CANDIDATES))
    return _rows(view, table, "name_key", name)


def _in_use(rows: list[Row]) -> list[Row]:
    """Without those merged into other entries, closed ones, keys replaced, and keys that are only offered yet."""
    standing = [row for row in rows if not row["merged"] and not row.get("replaced_by")]
    standing = [row for row in standing if row["status"] != Status.FORKED]
    present = {bytes(row["registration_id"]) for row in standing}
    return [row for row in standing if not row.get("replaces") or bytes(row["replaces"]) not in present]


def _present(view: View, row: Row) -> Row:
    """The agent itself, or the one that has its keys now. A registration stays what it is."""
    while "subject_ids" in row and row["merged"]:
        [row] = _rows(view, "agents", "agent_id", bytes(row["merged_into"]))
    return row


def _ids(ref: str) -> list[tuple[str, bytes]]:
    if _FINGERPRINT.fullmatch(ref):
        return [("registration_id", bytes.fromhex(ref))]
    try:
        return [("agent_id", UUID(ref).bytes)]
    except ValueError:
        return []


def _rows(view: View, table: str, column: str, value: str | bytes) -> list[Row]:
    sql = f"SELECT * FROM {{{table}}} WHERE {column} = ? ORDER BY registration_id LIMIT ?"  # noqa: S608 - names of our own
    if (table, column) == ("agents", "registration_id"):
        sql = _OF_KEY
    return view.query(sql, (value, MAX_CANDIDATES))
