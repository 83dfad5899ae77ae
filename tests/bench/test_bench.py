"""The benchmark runs and tells what it should: the parts that follow the product's code most closely."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from site_of_processes import bare_environment

pytestmark = pytest.mark.services
HOUSE = Path(__file__).parents[2]


def test_a_part_of_the_benchmark_ends_with_its_figures_on_one_json_line() -> None:
    environment = bare_environment() | {"PYTHONPATH": f"{HOUSE}:{HOUSE / 'tests' / 'support'}"}
    argv = [sys.executable, str(HOUSE / "tests" / "bench" / "run.py"), "--quick"]

    done = subprocess.run(
        [*argv, "--only", "stored", "--only", "committer"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told) == {"machine", "quick", "figures", "others"}
    assert all(figure["value"] > 0 for part in told["figures"].values() for figure in part.values())
    assert "committer / raw unnest" in told["figures"]["committer"]
