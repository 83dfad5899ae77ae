"""The story of a fleet from its first machine to a stolen one, told on a deployment of processes."""

import shutil
from pathlib import Path
from typing import TextIO

from site_of_processes import LOOPBACK, Site, bare_environment
from tests.story import arrival, governing, lasting
from tests.story.cast import Cast
from tests.story.stage import Stage
from tests.story.teller import Teller

FILES = Path(__file__).parent / "files"
FRONTENDS = ("site-a", "site-b")
CHAPTERS = (
    arrival.two_frontends,
    arrival.desired_state,
    arrival.install,
    arrival.allow,
    arrival.sort,
    governing.policy,
    governing.override,
    governing.break_inheritance,
    governing.lock,
    governing.drift,
    governing.task,
    lasting.server_list,
    lasting.frontend_killed,
    lasting.rollback,
    lasting.export,
    lasting.revoke,
    lasting.allow_again,
)


def tell_story(site: Site, out: TextIO) -> int:
    """Play every chapter; return the number of reports that were checked. Raise StepFailed at the first wrong one.

    The site has the two frontends and is not started yet; closing it remains the caller's.
    """
    folder = site.directory
    shutil.copytree(FILES, folder, dirs_exist_ok=True)
    cast = Cast(folder / "machines")
    try:
        site.start()
        tell = Teller(folder, bare_environment() | people(site), out)
        for chapter in CHAPTERS:
            chapter(Stage(tell, site, cast, folder))
        return tell.checked
    finally:
        cast.close()


def people(site: Site) -> dict[str, str]:
    """Where the command line of people finds the server, and by which token."""
    token = site.data / "admin-token"
    return {"MUSTER_API": f"http://{LOOPBACK}:{site.api_port}", "MUSTER_TOKEN_FILE": str(token)}
