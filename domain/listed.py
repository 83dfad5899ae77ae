"""Reading a list that a person wrote: every entry's fields checked, every fault told with its entry and field."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

SHOWN = frozenset({"version", "decided_at", "decided_by", "position", "stale"})
"""What `show` says besides the list; ignored when it is fed back."""

Check = Callable[[Any], str]
"""What is wrong with a value, "" for nothing."""


class Fault(NamedTuple):
    """What is wrong in a list: which entry (from 0, None for the whole), which field, why."""

    entry: int | None
    field: str
    problem: str


class BadList(Exception):
    """The list has faults; nothing of it was taken."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(_told(fault) for fault in faults))
        self.faults = list(faults)


class Shape(NamedTuple):
    """How a list looks: ``name`` of the list and of the file's one field, the fields of an entry, their defaults."""

    name: str
    most: int
    fields: Mapping[str, Check]
    defaults: Mapping[str, Any]


def read_entries(plain: object, shape: Shape) -> list[dict[str, Any]]:
    """The entries with defaults filled in; raise BadList naming every fault. The field ``name`` must be unique."""
    if not isinstance(plain, dict) or not isinstance(plain.get(shape.name), list):
        raise BadList([Fault(None, shape.name, f"is an object with a list of {shape.name}")])
    faults = [
        Fault(None, str(field), f"is not a field of this file; there is {shape.name}")
        for field in sorted(set(plain) - SHOWN - {shape.name})
    ]
    entries = plain[shape.name]
    if len(entries) > shape.most:
        faults.append(Fault(None, shape.name, f"has {len(entries)} entries; at most {shape.most} are allowed"))
    read = [_entry(at, each, shape, faults) for at, each in enumerate(entries[: shape.most])]
    names = [each.get("name") for each in read]
    faults += [Fault(at, "name", f"{name!r} stands twice") for at, name in enumerate(names) if name in names[:at]]
    if faults:
        raise BadList(faults)
    return read


def _entry(at: int, plain: object, shape: Shape, faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(plain, dict):
        faults.append(Fault(at, "", f"is an object with {', '.join(shape.fields)}"))
        return {}
    unknown = sorted(set(plain) - set(shape.fields))
    faults += [Fault(at, str(field), f"is not known; there are {', '.join(shape.fields)}") for field in unknown]
    entry = {field: plain.get(field, shape.defaults.get(field)) for field in shape.fields}
    found = {field: "is missing" if entry[field] is None else shape.fields[field](entry[field]) for field in entry}
    faults += [Fault(at, field, problem) for field, problem in found.items() if problem]
    return entry


def _told(fault: Fault) -> str:
    where = "" if fault.entry is None else f"entry {fault.entry + 1}, "
    return f"{where}{fault.field}: {fault.problem}" if fault.field else f"{where}{fault.problem}"
