"""What every chapter of the story plays on."""

from pathlib import Path
from typing import NamedTuple

from site_of_processes import Site
from tests.story.cast import Cast
from tests.story.teller import Teller


class Stage(NamedTuple):
    """The teller, the server's processes, the machines, and the folder that all commands run in."""

    tell: Teller
    site: Site
    cast: Cast
    folder: Path
