"""A deployment on the loopback interface: an authority, a tiny server, its bootstrap file and the command line."""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.agents.authority import DEPLOYMENT, Authority
from tests.agents.tiny_listener import TinyListener
from tests.agents.tiny_server import TinyServer


class Loopback:
    """What an operator has before the first agent is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority()
        self.server = TinyServer()

    def listener(
        self,
        name: str = "h1",
        *,
        until: datetime | None = None,
        authority: Authority | None = None,
        deployment: str = DEPLOYMENT,
        alpn: str = "muster/1",
    ) -> TinyListener:
        """A handler, to be entered."""
        issued = (authority or self.authority).handler(name, until=until, deployment=deployment)
        return TinyListener(self.server, issued, self.folder, alpn=alpn)

    def bootstrap(self, *listeners: TinyListener | int, **more: Any) -> Path:
        """The bootstrap file; handler 1 is asked first."""
        ports = [listener if isinstance(listener, int) else listener.port for listener in listeners]
        content = {
            "deployment": DEPLOYMENT,
            "root_key": base64.b64encode(self.server.root_key.der).decode(),
            "ca": [self.authority.pem],
            "handlers": [
                {"name": f"h{at}", "host": "127.0.0.1", "port": port, "priority": at}
                for at, port in enumerate(ports, start=1)
            ],
            **more,
        }
        path = self.folder / "bootstrap.json"
        path.write_text(json.dumps(content))
        return path
