"""RabbitMQ for one run: virtual hosts, users with their rights, queue lengths, restart."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx
import pika

from services.engine import docker_answers
from services.install import ServiceMissing, install
from services.ports import listens
from services.rabbit_node import ContainerNode, GivenNode, PrivateNode, RabbitNode, find_server


class Rabbit:
    """One running broker; a test takes a virtual host of its own."""

    def __init__(self, node: RabbitNode) -> None:
        self._node = node
        address = node.address
        self._api = httpx.Client(
            base_url=f"{address.api}/api", auth=(address.user, address.password), timeout=30, trust_env=False
        )
        self.host, self.port = address.host, address.port
        self.admin, self.admin_password = address.user, address.password

    def start(self) -> None:
        """Start the broker with the data it had; return when it serves."""
        self._node.start(self._serves)

    def stop(self) -> None:
        """Shut the broker down in order; durable data stays."""
        self._node.stop()

    def kill(self) -> None:
        """End the broker as a power cut would; durable data stays."""
        self._node.kill()

    def restart(self) -> None:
        """Shut down and start again on the same port with the same data."""
        self.stop()
        self.start()

    def new_vhost(self) -> str:
        """Make an empty virtual host and return its name; the administrator may do everything in it."""
        vhost = f"test-{secrets.token_hex(6)}"
        self._put(f"/vhosts/{vhost}", {})
        self._allow(vhost, self.admin, ".*", ".*", ".*")
        return vhost

    def drop_vhost(self, vhost: str) -> None:
        """Remove a virtual host with its queues and connections."""
        self._api.delete(f"/vhosts/{_path(vhost)}").raise_for_status()

    def add_user(self, vhost: str, user: str, password: str, configure: str, write: str, read: str) -> None:
        """Make or change a user without any tag, with these rights (regular expressions) in this virtual host."""
        self._put(f"/users/{_path(user)}", {"password": password, "tags": ""})
        self._allow(vhost, user, configure, write, read)

    def amqp_url(self, user: str, password: str, vhost: str) -> str:
        """Return the URL with which a client connects."""
        return f"amqp://{_path(user)}:{_path(password)}@{self.host}:{self.port}/{_path(vhost)}"

    def admin_url(self, vhost: str) -> str:
        """Return the administrator's URL for this virtual host."""
        return self.amqp_url(self.admin, self.admin_password, vhost)

    def queues(self, vhost: str) -> list[str]:
        """Return the names of all queues of the virtual host."""
        answer = self._api.get(f"/queues/{_path(vhost)}", params={"disable_stats": "true"}).raise_for_status()
        return [queue["name"] for queue in answer.json()]

    def queue_depth(self, vhost: str, queue: str) -> int:
        """Return how many messages wait in a queue right now; those delivered and not acknowledged do not count."""
        connection = pika.BlockingConnection(pika.URLParameters(self.admin_url(vhost)))
        try:
            return int(connection.channel().queue_declare(queue, passive=True).method.message_count)
        finally:
            connection.close()

    def close_connections(self, vhost: str) -> None:
        """Close every client connection of the virtual host, as an administrator would."""
        self._node.control("close_all_connections", "--vhost", vhost, "closed by a test")

    def block_publishers(self) -> None:
        """Raise the memory alarm: the whole broker sends connection.blocked to who publishes."""
        self._node.control("set_vm_memory_high_watermark", "0.000001")

    def unblock_publishers(self) -> None:
        """Clear the memory alarm."""
        self._node.control("set_vm_memory_high_watermark", "0.6")

    def import_definitions(self, definitions: Mapping[str, Any]) -> None:
        """Load users, rights, queues and bindings as an operator's definitions file would."""
        self._api.post("/definitions", json=dict(definitions)).raise_for_status()

    def close(self) -> None:
        """End the broker and forget its data, when it is ours."""
        self._api.close()
        self._node.close()

    def _serves(self) -> bool:
        if not listens(self.host, self.port):
            return False
        try:
            return self._api.get("/vhosts", timeout=2).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _allow(self, vhost: str, user: str, configure: str, write: str, read: str) -> None:
        rights = {"configure": configure, "write": write, "read": read}
        self._put(f"/permissions/{_path(vhost)}/{_path(user)}", rights)

    def _put(self, path: str, body: Mapping[str, Any]) -> None:
        self._api.put(path, json=dict(body)).raise_for_status()


@contextmanager
def running_rabbitmq(environment: Mapping[str, str] = os.environ) -> Iterator[Rabbit]:
    """Yield a broker: the one at MUSTER_TEST_RABBITMQ_URL, a container, or a private process; it is gone afterwards."""
    rabbit = Rabbit(_node(environment))
    try:
        rabbit.start()
        yield rabbit
    finally:
        rabbit.close()


def _node(environment: Mapping[str, str]) -> RabbitNode:
    url = environment.get("MUSTER_TEST_RABBITMQ_URL")
    if url:
        return GivenNode(url, environment.get("MUSTER_TEST_RABBITMQ_API"))
    user, password = "tests", secrets.token_hex(16)
    if docker_answers(environment):
        return ContainerNode(user, password)
    if find_server() is None:
        install("rabbitmq-server", environment)
    server = find_server()
    if server is None:
        raise ServiceMissing("rabbitmq-server is installed, but its script was not found below /usr/lib/rabbitmq/bin")
    return PrivateNode(server, user, password)


def _path(name: str) -> str:
    return quote(name, safe="")
