"""What all agents are told alike: server list, repository list, CA set, and how many hold the CA set by now."""

from typing import Any

from cryptography import x509

from projections.agents import AGENTS
from projections.database import Row
from projections.delivered import DELIVERED
from projections.lists import LISTS
from projections.reports.shown import from_json, hex_text, time_text
from projections.reports.view import View, Views
from wire.authorities import UntrustedAuthorities, read_statement
from wire.msgspec_codec import MsgspecCodec

_HOLDING = (
    "SELECT count(*) AS agents FROM {delivered} d JOIN {agents} a ON a.subject_id = d.subject_id"
    " WHERE a.status = 'Allowed' AND d.ca_version = ?"
)
_ALLOWED = "SELECT count(*) AS agents FROM {agents} WHERE status = 'Allowed' AND NOT merged"


class Lists:
    """Reads `lists`, with the counts from `delivered` and `agents`."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def servers(self) -> dict[str, Any]:
        """The server list; version 0 while agents have their bootstrap's alone."""
        return self._list("server_list", "servers")

    def repositories(self) -> dict[str, Any]:
        """The repository list; version 0 when none was ever set."""
        return self._list("repository_list", "repositories")

    def authorities(self) -> dict[str, Any]:
        """The CA set; ca_version 0 while agents have their bootstrap's."""

        def read(view: View) -> dict[str, Any]:
            rows = view.query("SELECT * FROM {ca_set}")
            row: Row = rows[0] if rows else dict(LISTS.tables["ca_set"].defaults)
            version = row["ca_version"]
            return {
                "ca_version": version,
                "version": row["version"],
                "certificates": _certificates(row["statement"]),
                "published_at": time_text(row.get("published_at_ms")),
                "published_by": row.get("published_by"),
                "signed": _signed(row),
                "request": hex_text(row["proposed"]) if row.get("proposed") else None,
                "agents": view.query(_HOLDING, (version,))[0]["agents"] if version else 0,
                "agents_in_all": view.query(_ALLOWED)[0]["agents"],
                "position": view.position,
            }

        return self._views.look([LISTS.name, DELIVERED.name, AGENTS.name], read)

    def _list(self, table: str, name: str) -> dict[str, Any]:
        def read(view: View) -> dict[str, Any]:
            rows = view.query(f"SELECT * FROM {{{table}}}")  # noqa: S608 - names of our own
            row: Row = rows[0] if rows else dict(LISTS.tables[table].defaults)
            return {
                name: from_json(row[name]),
                "version": row["version"],
                "decided_at": time_text(row.get("decided_at_ms")),
                "decided_by": row.get("decided_by"),
                "position": view.position,
            }

        return self._views.look([LISTS.name], read)


def _signed(row: Row) -> dict[str, str] | None:
    if not row.get("root_signature"):
        return None
    return {"statement": bytes(row["statement"]).hex(), "signature": bytes(row["root_signature"]).hex()}


def _certificates(statement: Any) -> list[dict[str, Any]]:
    try:
        found = read_statement(MsgspecCodec(), bytes(statement or b""))
    except UntrustedAuthorities:
        return []
    loaded = [x509.load_der_x509_certificate(each) for each in found.certificates]
    return [
        {
            "name": each.subject.rfc4514_string(),
            "until": time_text(int(each.not_valid_after_utc.timestamp() * 1000)),
            "serial": f"{each.serial_number:x}",
        }
        for each in loaded
    ]
