"""The first events of a deployment: its server key, its registration policy, its first administrator's token."""

import hashlib
import secrets
from pathlib import Path
from uuid import uuid4

from bin.key_directory import KeyDirectory, write_private
from domain.errors import NothingKnown
from domain.operator_token import OperatorToken, Role
from domain.registration_policy import Otherwise, RegistrationPolicy
from domain.server_key import ServerKey
from handlers.batch import Batch, Cause
from handlers.deployment import Deployment
from handlers.memory import Memory
from handlers.records import Records
from store.leases import Leases
from store.log import KeyAlreadySealed
from wire import keys
from wire.certificates import ServerKeyCertificate, certify
from wire.keys import load_public_key, public_der
from wire.msgspec_codec import MsgspecCodec
from wire.private_keys import load_private_pem, private_pem

FIRST_VERSION = 1
SEALED_NAME = "server-key/1"
CERTIFIED_FOR_MS = 10 * 365 * 86_400_000
_SETUP = Cause(who="setup")


class AlreadyAtWork(Exception):
    """Another worker holds the lease of this deployment: it was founded before, and is running."""


def found(directory: KeyDirectory, records: Records, leases: Leases, deployment: Deployment, token_file: Path) -> None:
    """Record the deployment's first events when they are missing; a second call changes nothing.

    ``deployment`` needs no key here, only clock and randomness. The administrator's token is written to ``token_file``.
    """
    if _is_founded(records):
        return
    # A name of its own: a holder may always take its own lease again, two set-ups at once must not.
    fence = leases.acquire("worker", f"setup-{secrets.token_hex(8)}")
    if fence is None:
        raise AlreadyAtWork
    try:
        if _is_founded(records):
            return
        batch = Batch(deployment, records, Memory(records), records.last_recorded_ms())
        batch.stage(_server_key(directory, records, deployment), _SETUP)
        batch.stage(RegistrationPolicy.adopt(Otherwise.PENDING), _SETUP)
        batch.stage(_first_token(token_file), _SETUP)
        batch.commit(fence)
    finally:
        leases.release(fence)


def _is_founded(records: Records) -> bool:
    try:
        records.policy()
    except NothingKnown:
        return False
    return True


def _server_key(directory: KeyDirectory, records: Records, deployment: Deployment) -> ServerKey:
    """Make, seal and certify the first server key; one left sealed by a founding that was cut short is used."""
    vault = records.mapper.keyring.vault
    private = keys.generate_key(keys.ED25519)
    try:
        records.log.put_sealed_key(SEALED_NAME, vault.seal(SEALED_NAME, private_pem(private)))
    except KeyAlreadySealed:
        sealed = records.log.sealed_key(SEALED_NAME)
        assert sealed is not None
        private = load_private_pem(vault.unseal(SEALED_NAME, sealed))
    der = public_der(private.public_key())
    algorithm = load_public_key(der).algorithm
    until_ms = deployment.now_ms() + CERTIFIED_FOR_MS
    statement = ServerKeyCertificate(der, algorithm, "server", until_ms, FIRST_VERSION, FIRST_VERSION)
    root = directory.root()
    certificate = certify(MsgspecCodec(), statement, lambda message: keys.sign(root, message))
    return ServerKey.certify(FIRST_VERSION, algorithm, der, certificate)


def _first_token(token_file: Path) -> OperatorToken:
    secret = f"muster_{secrets.token_urlsafe(32)}"
    write_private(token_file, secret.encode() + b"\n")
    digest = hashlib.sha256(secret.encode()).digest()
    return OperatorToken.issue(str(uuid4()), digest, "admin", Role.ADMIN, None)
