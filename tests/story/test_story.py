"""The whole story on real processes; README shows a part of it and nothing else."""

from io import StringIO
from pathlib import Path

import pytest

from services.postgres import Postgres
from services.rabbitmq import Rabbit
from site_of_processes import Site
from tests.story.excerpt import excerpt, first_unlike
from tests.story.run import told
from tests.story.story import FRONTENDS, tell_story

pytestmark = pytest.mark.services


def test_every_report_of_the_story_is_what_it_should_be_and_readme_shows_a_part_of_it(
    tmp_path: Path, rabbitmq: Rabbit, postgres: Postgres
) -> None:
    site, out = Site(tmp_path, rabbitmq, postgres, FRONTENDS, user_prefix=""), StringIO()

    try:
        code = told(lambda out: tell_story(site, out), out)
    finally:
        site.close()

    assert code == 0, out.getvalue()
    assert first_unlike(excerpt(), out.getvalue()) == ""
