"""An agent so many server keys behind that their certificates do not fit beside one answer is told of them first."""

from broker.messages import Verdict
from handlers.batch import Batch
from handlers.incoming import Incoming, Reply
from wire.refusals import Reason
from wire.types import ServerType


def key_news(incoming: Incoming, batch: Batch) -> Reply | None:
    """The KeyUpdate in place of an answer to a verified package; None when an answer can bring what is missing.

    Nothing is stored of the package: its agent sends it once more, knowing the keys.
    """
    certificates = batch.deployment.key.news(incoming.header.server_key_version)
    if not certificates:
        return None
    content = {"reason": Reason.KEY_UPDATE_REQUIRED.value, "certificates": certificates}
    return Reply(incoming, ServerType.KEY_UPDATE, content, Verdict.REFUSED)
