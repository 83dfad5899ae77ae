"""What the worker sends to this frontend: answers to packages, hints and cuts for held connections."""

from collections.abc import Callable

from broker.messages import Answers, Cut, MalformedMessage, WakeHints, decode_reply
from frontend.connection import AgentConnection
from frontend.log_lines import LogLines
from frontend.pending import PendingPackages


class Replies:
    """Takes each reply to the connection it is for; one for a connection that is gone is dropped."""

    def __init__(
        self,
        pending: PendingPackages[AgentConnection],
        hint: Callable[[bytes], None],
        cut: Callable[[bytes], None],
        log: LogLines,
    ) -> None:
        """`hint` and `cut` are called with the key whose connection is to be told, or closed."""
        self._pending = pending
        self._hint = hint
        self._cut = cut
        self._log = log

    def received(self, body: bytes) -> None:
        """A message from our reply queue; a kind that only later versions know is dropped."""
        try:
            reply = decode_reply(body)
        except MalformedMessage as error:
            self._log.unreadable_reply(str(error))
            return
        match reply:
            case Answers():
                self._answered(reply)
            case WakeHints():
                for fingerprint in reply.fingerprints:
                    self._hint(fingerprint)
            case Cut():
                for fingerprint in reply.fingerprints:
                    self._cut(fingerprint)

    def _answered(self, reply: Answers) -> None:
        for answer in reply.answers:
            connection = self._pending.take(answer.connection)
            if connection is not None:
                connection.answered(answer)
