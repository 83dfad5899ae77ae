"""What the worker sends to this frontend: answers to packages, hints for held connections."""

from collections.abc import Callable

from broker.messages import Answers, MalformedMessage, decode_reply
from frontend.connection import AgentConnection
from frontend.log_lines import LogLines
from frontend.pending import PendingPackages


class Replies:
    """Takes each reply to the connection it is for; one for a connection that is gone is dropped."""

    def __init__(self, pending: PendingPackages[AgentConnection], hint: Callable[[bytes], None], log: LogLines) -> None:
        self._pending = pending
        self._hint = hint
        self._log = log

    def received(self, body: bytes) -> None:
        """A message from our reply queue."""
        try:
            reply = decode_reply(body)
        except MalformedMessage as error:
            self._log.unreadable_reply(str(error))
            return
        if not isinstance(reply, Answers):
            self._hint(reply.fingerprint)
            return
        for answer in reply.answers:
            connection = self._pending.take(answer.connection)
            if connection is not None:
                connection.answered(answer)
