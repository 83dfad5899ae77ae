"""A fleet and its model side by side, and the comparison of everything that people are shown."""

import copy
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from memory_directory import memory_directory
from projections.reports.registration_filter import Where
from tests.identity.entries import has_left, listed, row, stands
from tests.identity.fleet import Fleet
from tests.identity.model import SHARED, Claims, Model
from tests.identity.shown import Shown

MOST_KEYS = 10
ONE = st.integers(0, MOST_KEYS - 1)
"""Which of the keys there are; counted round the end."""
HOUR_MS = 3_600_000


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Any]:
    """What a machine says of itself; few values, so that they meet."""
    serial = draw(st.sampled_from(["S1", "S1", "S2", SHARED, None]))
    mac = draw(st.sampled_from(["02:00:00:00:00:01", "02:00:00:00:00:02", None, None]))
    resources = {kind: value for kind, value in (("serial", serial), ("mac", mac)) if value}
    return {"name": draw(st.sampled_from(["office-1", "lab-1"])), "resources": resources}


class Life(RuleBasedStateMachine):
    """What the rules of agents, people and misfortunes have in common."""

    def __init__(self) -> None:
        super().__init__()
        self._opened = ExitStack()
        self._directory = Path(tempfile.mkdtemp(prefix="muster-identity-", dir=memory_directory()))
        self._opened.callback(shutil.rmtree, self._directory)
        self.fleet = Fleet(self._directory)
        self._opened.callback(self.fleet.close)
        self.model = Model()
        self.model.tick(self.fleet.clock_ms)
        self.shown = Shown(self.fleet)
        self._opened.callback(lambda: self.shown.close())
        self.made = 0
        self._ids: dict[str, UUID] = {}
        self._backup: tuple[Path, Model, dict[str, UUID]] | None = None

    def teardown(self) -> None:
        """At the end the reports are built anew as well, a few events at a time; side tables say what the log says."""
        with self._opened, closing(Shown(self.fleet, page_events=7)) as afresh:
            assert self.fleet.room.side_table_differences() == []
            self.compare(self.shown)
            self.compare(afresh)

    def key(self, one: int) -> str:
        names = list(self.fleet.agents)
        return names[one % len(names)]

    def fingerprint(self, one: int) -> bytes:
        return self.fleet.agents[self.key(one)].fingerprint

    def new_key(self) -> str:
        self.made += 1
        return f"k{self.made}"

    def claims_of(self, key: str) -> Claims:
        """What the machine said last."""
        known = self.model.keys.get(key)
        return known["claims"] if known else {"name": "lab-1", "resources": {}}

    def forward(self, ms: int) -> None:
        self.fleet.forward(ms)
        self.model.tick(self.fleet.clock_ms)

    def back_up(self) -> None:
        """Keep the log, and the model, as they are."""
        path = self._directory / "backup.db"
        path.unlink(missing_ok=True)
        self.fleet.backup(path)
        self._backup = path, copy.deepcopy(self.model), dict(self._ids)

    def restore(self) -> None:
        """Back to the backup, if there is one; reports are built anew."""
        if self._backup is not None:
            path, model, self._ids = self._backup[0], self._backup[1], dict(self._backup[2])
            self.fleet.restore(path)
            self.model = copy.deepcopy(model)
            self.model.tick(self.fleet.clock_ms)
            self.shown.close()
            self.shown = Shown(self.fleet)

    @invariant()
    def every_key_is_answered_what_it_should_be(self) -> None:
        names = list(self.fleet.agents)
        answered = self.fleet.hello(names)
        assert {name: word for name, (word, _) in answered.items()} == {
            name: self.model.verdict(name) for name in names
        }
        numbers = {name: number for name, (_, number) in answered.items() if name in self.model.keys}
        assert numbers == {name: known["next"] for name, known in self.model.keys.items()}

    def compare(self, shown: Shown) -> None:
        """Every report says what the model says."""
        shown.catch_up()
        rows = shown.rows()
        self._compare_ids(rows)
        expected = {key: row(self.model, key) for key in self.model.keys}
        for entry in rows.values():
            if entry["merged_into"]:
                entry["merged_into"] = self.model.keys[entry["merged_into"]]["home"]
            del entry["agent"]  # An id; compared above.
        versions = {(self.model.owner(key), entry.pop("version")) for key, entry in rows.items()}
        assert rows == expected
        assert len(versions) == len({owner for owner, _ in versions})
        self._compare_lists(shown)
        self._compare_agents(shown)

    def _compare_ids(self, rows: dict[str, dict[str, Any]]) -> None:
        """Everybody has an id of its own, for ever: merged into another, and back."""
        assert sorted(rows) == sorted(self.model.keys)
        for key, entry in rows.items():
            assert self._ids.setdefault(self.model.owner(key), entry["agent"]) == entry["agent"]
        assert len(set(self._ids.values())) == len(self._ids)

    def _compare_lists(self, shown: Shown) -> None:
        model = self.model
        assert sorted(shown.listed()) == sorted(listed(model))
        status = Counter(model.agents[model.owner(key)]["status"] for key in listed(model))
        assert {name: many for name, many in shown.reports.registration_counts().items() if many} == status
        lists: list[tuple[dict[str, Any], Callable[[str], bool]]] = [
            ({"status": "Allowed"}, lambda key: model.agents[model.owner(key)]["status"] == "Allowed"),
            ({"name": "office-*"}, lambda key: model.keys[key]["claims"]["name"].startswith("office")),
            ({"duplicate": True}, lambda key: bool(model.keys[key]["duplicate_of"])),
            ({"where": Where(resource_key="S1")}, lambda key: "S1" in model.keys[key]["claims"]["resources"].values()),
            (
                {"where": Where(decided_by="rule:*")},
                lambda key: (model.agents[model.owner(key)]["decided_by"] or "").startswith("rule:"),
            ),
        ]
        for wanted, belongs in lists:
            assert sorted(shown.listed(**wanted)) == sorted(filter(belongs, listed(model))), wanted
        others = [key for key in model.keys if not stands(model, key) and not has_left(model, key)]
        assert sorted(shown.listed(merged=True)) == sorted(others)

    def _compare_agents(self, shown: Shown) -> None:
        model, agents = self.model, shown.agents()
        standing = {self._ids[name]: name for name in model.agents if model.end_of(name) == name}
        assert set(agents) == set(standing)
        for agent_id, name in standing.items():
            entry, keys = agents[agent_id], {key: model.keys[key] for key in model.keys_of(name)}
            offers = {known["offer"] for known in keys.values()}
            packages = sum(known["next"] - 1 for known in keys.values())
            assert (entry["status"], entry["call_ins"]) == (model.agents[name]["status"], packages)
            assert entry["key"] in {key for key in keys if key not in offers and not keys[key]["replaced_by"]}
            timeline = [each for each in shown.timeline(entry["key"]) if not each["shared_from"]]
            topics = Counter(each["topic"] for each in timeline)
            assert (topics["Diary.CalledIn"], topics["Registration.Requested"]) == (packages, len(keys))
            assert [each["position"] for each in timeline] == sorted({each["position"] for each in timeline})
