"""One measured number beside its target and the floor of the same run."""

from typing import Any, NamedTuple


class Target(NamedTuple):
    """What the number should reach: at most, or at least."""

    bound: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {shown(self.bound)}"


class Floor(NamedTuple):
    """The least that the same work costs on this machine now (for rates: the most it could do), and what that is."""

    value: float
    of: str


class Figure(NamedTuple):
    """`value` None: it could not be measured here; `note` says why, or under what conditions it was."""

    name: str
    value: float | None
    unit: str
    target: Target | None = None
    floor: Floor | None = None
    note: str = ""

    def line(self) -> str:
        """For people."""
        value = "-" if self.value is None else shown(self.value)
        parts = [f"  {self.name:<44} {value:>10} {self.unit:<5}"]
        if self.target is not None:
            verdict = "" if self.value is None else " met" if self.target.met(self.value) else " MISSED"
            parts.append(f"target {self.target}{verdict}")
        if self.floor is not None:
            parts.append(f"floor {shown(self.floor.value)} ({self.floor.of})")
        if self.note:
            parts.append(self.note)
        return "   ".join(parts)

    def document(self) -> dict[str, Any]:
        """For the JSON line."""
        plain: dict[str, Any] = {"value": _rounded(self.value), "unit": self.unit}
        if self.target is not None:
            plain["target"] = str(self.target)
            plain["met"] = None if self.value is None else self.target.met(self.value)
        if self.floor is not None:
            plain["floor"], plain["floor_of"] = _rounded(self.floor.value), self.floor.of
        if self.note:
            plain["note"] = self.note
        return plain


def shown(number: float) -> str:
    """Three digits that matter, thousands apart."""
    if number == int(number) or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.3f}" if abs(number) < 1 else f"{number:.2f}" if abs(number) < 10 else f"{number:.1f}"


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.5g}")
