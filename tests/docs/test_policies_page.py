"""The administrator's page on policies: its file is one, its words are the code's."""

import re
import tomllib
from pathlib import Path

from domain.builtin_categories import AGENT, BUILT_IN
from domain.read_document import read_document
from projections.reports.progress import State

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text()


def test_the_file_on_the_page_is_one() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

    document = read_document(tomllib.loads(block), lambda _: [])

    assert set(document.groups) == {"/Servers", "/Servers/Linux", "/Desks"}
    assert len(document.policies) == 5
    assert len(document.assignments) == 4


def test_the_page_names_every_category_setting_and_state() -> None:
    named = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)))

    assert set(BUILT_IN) <= named
    assert set(AGENT["properties"]) <= named
    assert {each.value for each in State} <= named
