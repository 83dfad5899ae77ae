"""Debian packages for what is missing, when that is allowed; else the one command to run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SCRIPT = Path(__file__).with_name("install.sh")


class ServiceMissing(Exception):
    """A service that the tests need is not there and must not or cannot be installed by them."""


def install(package: str, environment: Mapping[str, str] = os.environ) -> None:
    """Install one Debian package without starting its daemon, or raise ServiceMissing with the command to run."""
    command = f"sudo bash {SCRIPT} {package}"
    if environment.get("MUSTER_NO_INSTALL") == "1":
        raise ServiceMissing(f"{package} is missing and MUSTER_NO_INSTALL=1 forbids installing it. Run: {command}")
    if os.geteuid() != 0:
        raise ServiceMissing(f"{package} is missing and only root may install it. Run: {command}")
    if shutil.which("apt-get") is None:
        raise ServiceMissing(f"{package} is missing and there is no apt-get here. Install it, then repeat.")
    print(f"Installing {package} with apt-get; its daemon is not started.", file=sys.stderr, flush=True)
    done = subprocess.run(
        ["bash", str(SCRIPT), package],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ServiceMissing(f"apt-get could not install {package}. Run: {command}\n{done.stdout[-2000:]}")
