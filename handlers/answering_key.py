"""Which server key answers are signed with: the generation activated last, unsealed for the worker alone."""

from domain.errors import NothingKnown
from domain.server_key import ServerKey
from handlers.deployment import AnsweringKey
from handlers.records import Records
from wire.private_keys import load_private_pem


def generations(records: Records) -> list[ServerKey]:
    """Every server key there ever was, by version: they are numbered without gaps."""
    found: list[ServerKey] = []
    while True:
        try:
            found.append(records.server_key(len(found) + 1))
        except NothingKnown:
            return found


def answering_key(records: Records) -> AnsweringKey:
    """The current server key with the certificates of all that ever answered; NothingKnown before the founding.

    The certificate of a key that was not activated yet may raise the agents' minimum above the current key.
    """
    live = [key for key in generations(records) if key.signs and key.turn >= 0]
    if not live:
        raise NothingKnown
    current = max(live, key=lambda key: key.turn)
    sealed = records.log.sealed_key(current.sealed_name)
    if sealed is None:
        raise NothingKnown
    private = load_private_pem(records.mapper.keyring.vault.unseal(current.sealed_name, sealed))
    return AnsweringKey(current.key_version, private, tuple((key.key_version, key.certificate) for key in live))
