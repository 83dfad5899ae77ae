"""Both ends of TLS as frontend and agents set it up, joined in memory: bytes and the server's processor time."""

import time
from pathlib import Path

from OpenSSL import SSL

from agents.bootstrap import read_bootstrap
from agents.swarm.tls import ClientTls
from frontend.tls import ServerTls

_RECORD = 16_384
_ANY = 1 << 20


class TlsPair:
    """One connection after its handshake; `server_s` is what the server's end has cost so far."""

    def __init__(self, tls: "PairedTls", session: SSL.Session | None = None) -> None:
        self.server_s = 0.0
        self.carried = 0
        self._server = tls.server.serverConnectionForTLS(self)
        self._client = tls.client.connection(session)
        self._server.set_accept_state()
        self._client.set_connect_state()
        self._shake()

    @property
    def session(self) -> SSL.Session | None:
        """What the next connection can resume."""
        return self._client.get_session()

    def exchange(self, request: bytes, answer: bytes) -> None:
        """One message each way."""
        self._client.send(request)
        self._to_server()
        began = time.process_time()
        self._server.recv(_RECORD)
        self._server.send(answer)
        self.server_s += time.process_time() - began
        self._to_client()
        self._client.recv(_RECORD)

    def _shake(self) -> None:
        self._client_step()
        self._to_server()
        self._server_step()
        self._to_client()
        self._client_step()
        self._to_server()
        self._server_step()  # makes the tickets
        self._to_client()
        try:
            self._client.recv(_RECORD)
        except SSL.WantReadError:
            return

    def _client_step(self) -> None:
        try:
            self._client.do_handshake()
        except SSL.WantReadError:
            return

    def _server_step(self) -> None:
        began = time.process_time()
        try:
            self._server.do_handshake()
        except SSL.WantReadError:
            return
        finally:
            self.server_s += time.process_time() - began

    def _to_server(self) -> None:
        data = self._client.bio_read(_ANY)
        began = time.process_time()
        self._server.bio_write(data)
        self.server_s += time.process_time() - began
        self.carried += len(data)

    def _to_client(self) -> None:
        began = time.process_time()
        data = self._server.bio_read(_ANY)
        self.server_s += time.process_time() - began
        self._client.bio_write(data)
        self.carried += len(data)


class PairedTls:
    """The settings of both ends in one deployment."""

    def __init__(self, data: Path, handler: str = "site-a") -> None:
        """`data` is the deployment's directory."""
        keys = data / "keys"
        certificate, key = (keys / f"handler-{handler}{end}" for end in (".pem", ".key"))
        self.server = ServerTls(certificate.read_bytes(), key.read_bytes())
        self.client = ClientTls(read_bootstrap((data / "bootstrap.json").read_text()))
