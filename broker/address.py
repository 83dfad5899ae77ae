"""Where RabbitMQ is and who we are there: `amqp://USER:PASSWORD@HOST:PORT/VHOST`, or `amqps://...?cafile=FILE`."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pika

HEARTBEAT_S = 5


class BrokerAddress:
    """A parsed broker URL; raises ValueError on one that has no user."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("amqp", "amqps") or not parts.username or not parts.hostname:
            raise ValueError("the broker's URL must look like amqp://USER:PASSWORD@HOST:PORT/VHOST")
        self._url = parts._replace(query="").geturl()
        self.cafile = parse_qs(parts.query).get("cafile", [None])[0]
        self.tls = parts.scheme == "amqps"
        plain = pika.URLParameters(self._url)
        self.user: str = plain.credentials.username
        self.host: str = plain.host
        self.port: int = plain.port

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}"

    def parameters(self, purpose: str) -> Any:
        """Fresh pika parameters; `purpose` names the connection in RabbitMQ's console."""
        parameters = pika.URLParameters(self._url)
        parameters.heartbeat = HEARTBEAT_S
        parameters.connection_attempts = 1
        parameters.socket_timeout = 5
        parameters.stack_timeout = 10
        parameters.client_properties = {"connection_name": f"muster {purpose}"}
        if self.tls:
            parameters.ssl_options = pika.SSLOptions(ssl.create_default_context(cafile=self.cafile), self.host)
        return parameters
