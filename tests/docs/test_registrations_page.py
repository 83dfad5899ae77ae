"""The administrator's page on registrations: its policy is one, its tables are the code's."""

import json
import re
from pathlib import Path

from console.commands.registration_filter import FIELDS
from domain.registration_policy import Otherwise, Terms
from domain.registration_rules import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "registrations.md").read_text()


def test_the_policy_on_the_page_is_one() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    terms = Terms.read(json.loads(block))

    assert terms.otherwise is Otherwise.PENDING
    assert {kind for rule in terms.rules for kind in rule.kinds} == set(KINDS) - {"user"}


def test_the_page_names_every_kind_and_every_filter() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))

    assert set(KINDS) <= named
    assert set(FIELDS) <= named
