"""`make story`: a server, two frontends and six agents as processes live through what a fleet lives through."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TextIO

from services.postgres import running_postgres
from services.rabbitmq import running_rabbitmq
from site_of_processes import Site
from tests.story.story import FRONTENDS, tell_story
from tests.story.teller import StepFailed


def main() -> int:
    """Exit code 1, naming the step, when a report is not what it should be."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _ended)
    with TemporaryDirectory(prefix="muster-story-") as folder:
        return told(lambda out: _on_processes(Path(folder), out), sys.stdout)


def told(story: Callable[[TextIO], int], out: TextIO) -> int:
    """Tell a story to its end; the exit code."""
    began = time.monotonic()
    try:
        checked = story(out)
    except StepFailed as failed:
        out.write(f"\nThe story broke off.\n{failed}\n")
        return 1
    out.write(f"\nThe story is told: {checked} reports, each what it should be, in {time.monotonic() - began:.0f} s.\n")
    return 0


def _on_processes(folder: Path, out: TextIO) -> int:
    out.write("Starting a private RabbitMQ and PostgreSQL ...\n")
    with running_rabbitmq() as rabbit, running_postgres() as postgres:
        site = Site(folder, rabbit, postgres, FRONTENDS, user_prefix="")
        try:
            return tell_story(site, out)
        finally:
            site.close()


def _ended(number: int, _: FrameType | None) -> None:
    """All that was started ends on the way out."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
