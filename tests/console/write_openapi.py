"""Renews docs/openapi.json: `python -m tests.console.write_openapi` with tests/support on PYTHONPATH."""

import asyncio
import tempfile
from pathlib import Path

from console.openapi import document_text
from tests.console.site import Site

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


def main() -> None:
    """Write the document of the present code."""
    with tempfile.TemporaryDirectory() as directory, asyncio.Runner() as runner:
        site = Site(Path(directory), runner)
        DOCUMENT.write_text(document_text(site.app))
        site.close()


if __name__ == "__main__":
    main()
