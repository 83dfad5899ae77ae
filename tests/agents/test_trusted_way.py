"""Who may lead the agent to an allowed folder by a link: root and the agent's own user, nobody else."""

import os
from collections.abc import Collection
from pathlib import Path

import pytest

from agents.enforcers.trusted_way import UntrustedLink, open_folder

SOMEBODY_ELSE = {os.geteuid() + 1}


def opened(path: Path | str, trusted: Collection[int] | None = None) -> Path:
    """Where a path leads."""
    folder = open_folder(str(path), trusted)
    try:
        return Path(f"/proc/self/fd/{folder}").readlink()
    finally:
        os.close(folder)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def real(tmp_path: Path) -> Path:
    (tmp_path / "real" / "below").mkdir(parents=True)
    return tmp_path / "real"


def test_a_plain_way_leads_where_it_says_whoever_owns_it(real: Path) -> None:
    assert opened(real / "below", SOMEBODY_ELSE) == real / "below"
    assert opened(f"{real}//below/", SOMEBODY_ELSE) == real / "below"
    assert opened("/", SOMEBODY_ELSE) == Path("/")


@pytest.mark.parametrize("target", ["real", "./real/../real", "{real}", "{real}/below/.."])
def test_links_of_the_agents_own_user_are_followed(real: Path, target: str) -> None:
    (real.parent / "alias").symlink_to(target.format(real=real))

    assert opened(real.parent / "alias" / "below") == real / "below"


def test_links_to_links_are_followed_and_a_circle_is_refused(real: Path) -> None:
    (real.parent / "one").symlink_to("two")
    (real.parent / "two").symlink_to(real)
    (real.parent / "round").symlink_to("round")

    assert opened(real.parent / "one") == real
    with pytest.raises(UntrustedLink, match="too many links"):
        opened(real.parent / "round")


@pytest.mark.parametrize("below", ["", "below"])
def test_a_link_of_somebody_else_is_followed_nowhere(real: Path, below: str) -> None:
    (real.parent / "alias").symlink_to(real)

    with pytest.raises(UntrustedLink, match="alias is a link of user"):
        opened(real.parent / "alias" / below, SOMEBODY_ELSE)


def test_a_way_that_ends_is_told(real: Path) -> None:
    (real / "file").write_text("")

    with pytest.raises(FileNotFoundError):
        opened(real / "missing" / "below")
    with pytest.raises(NotADirectoryError):
        opened(real / "file")


def test_no_descriptor_is_left_open(real: Path) -> None:
    (real.parent / "alias").symlink_to(real)
    before = open_descriptors()
    for path in (real, real / "missing", real.parent / "alias"):
        for trusted in (None, SOMEBODY_ELSE):
            try:
                opened(path, trusted)
            except (OSError, UntrustedLink):
                continue

    assert open_descriptors() == before
