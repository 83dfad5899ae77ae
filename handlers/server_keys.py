"""Orders about server keys: made and sealed by the worker, certified by the root key, activated, retired, deleted."""

from domain import errors, orders
from domain.ids import server_key_stream
from domain.server_key import SIGNING, Origin, ServerKey, sealed_name_of
from domain.server_key_refusals import CertificateRefused, KeyKnown, RootKeyUnknown
from handlers.batch import Batch, Cause
from store.log import KeyAlreadySealed
from store.vault import WrongWrappingKey
from wire import keys
from wire.certificates import (
    PURPOSE_SERVER,
    ServerKeyCertificate,
    UntrustedCertificate,
    read_certificate,
    read_statement,
    root_signed_bytes,
    statement_of,
)
from wire.keys import UnusableKey, load_public_key, public_der
from wire.msgspec_codec import MsgspecCodec
from wire.private_keys import load_private_pem, private_pem

CERTIFIED_FOR_MS = 10 * 365 * 86_400_000
ORDERS = frozenset(
    {
        orders.CreateServerKey,
        orders.ImportServerKey,
        orders.CertifyServerKey,
        orders.ActivateServerKey,
        orders.RetireServerKey,
        orders.DeleteServerKey,
    }
)
"""After one of these the worker looks again which key it answers with."""
_codec = MsgspecCodec()
Decided = tuple[bool, int]


def create_server_key(order: orders.Order, batch: Batch) -> Decided:
    """Make a key pair, seal its private half outside the log, have it certified where the root key is at hand."""
    command = order.command
    assert isinstance(command, orders.CreateServerKey)
    if command.algorithm not in SIGNING:
        raise errors.MalformedOrder("A server key is ed25519, p256 or rsa2048.")
    private = keys.generate_key(command.algorithm)
    der = public_der(private.public_key())
    name = sealed_name_of(der)
    batch.records.log.put_sealed_key(name, batch.records.mapper.keyring.vault.seal(name, private_pem(private)))
    return _introduce(order, batch, der, Origin.CREATED, command.minimum_version)


def import_server_key(order: orders.Order, batch: Batch) -> Decided:
    """Take in a key made elsewhere; its private half comes sealed, and must be there when the key is to sign."""
    command = order.command
    assert isinstance(command, orders.ImportServerKey)
    try:
        algorithm = load_public_key(command.public_key).algorithm
    except UnusableKey as error:
        raise errors.MalformedOrder(str(error)) from error
    if any(key.public_key == command.public_key for key in _generations(batch)):
        raise KeyKnown
    if algorithm in SIGNING:
        _keep_sealed(command, batch)
    return _introduce(order, batch, command.public_key, Origin.IMPORTED, command.minimum_version)


def certify_server_key(order: orders.Order, batch: Batch) -> Decided:
    """Install a certificate that the root key signed elsewhere."""
    command = order.command
    assert isinstance(command, orders.CertifyServerKey)
    key = _key(batch, command.key_version)
    if batch.deployment.root is None:
        raise RootKeyUnknown
    pair = (command.statement, command.root_signature)
    try:
        certificate = read_certificate(_codec, pair, batch.deployment.root)
    except UntrustedCertificate as error:
        raise CertificateRefused(f"{CertificateRefused.__doc__} ({error})") from error
    if (certificate.key, certificate.version) != (key.public_key, key.key_version):
        raise CertificateRefused
    changed = key.install(pair)
    batch.stage(key, _by(order))
    return changed, key.version


def activate_server_key(order: orders.Order, batch: Batch) -> Decided:
    """Answer with this key from now on; an older one too, unless agents would refuse it."""
    command = order.command
    assert isinstance(command, orders.ActivateServerKey)
    key = _key(batch, command.key_version)
    known = _generations(batch)
    # A certificate that was never sent along has raised nobody's minimum: only keys that answered count.
    used = [each for each in known if each.turn >= 0 or each is key]
    minimum = max((_minimum(each) for each in used if each.root_signature), default=0)
    changed = key.activate(_newest_turn(batch), minimum, command.reason)
    batch.stage(key, _by(order))
    return changed, key.version


def retire_server_key(order: orders.Order, batch: Batch) -> Decided:
    """Use a key no more."""
    command = order.command
    assert isinstance(command, orders.RetireServerKey)
    key = _key(batch, command.key_version)
    changed = key.retire(_newest_turn(batch), command.reason, command.relying, command.force)
    batch.stage(key, _by(order))
    return changed, key.version


def delete_server_key(order: orders.Order, batch: Batch) -> Decided:
    """Destroy the private half of a retired key; what was recorded about it stays."""
    command = order.command
    assert isinstance(command, orders.DeleteServerKey)
    key = _key(batch, command.key_version)
    changed = key.delete(command.reason, command.relying, command.force)
    # Before the commit: should that fail, a retired key is gone that nobody could have used again.
    batch.records.log.drop_sealed_key(key.sealed_name)
    batch.stage(key, _by(order))
    return changed, key.version


def _introduce(order: orders.Order, batch: Batch, der: bytes, origin: Origin, minimum: int) -> Decided:
    known = _generations(batch)
    version = len(known) + 1
    if minimum > version:
        raise errors.MalformedOrder(f"The minimum version cannot be above the key's own, {version}.")
    algorithm = load_public_key(der).algorithm
    lowest = max([1, minimum, *(_minimum(each) for each in known if each.root_signature)])
    until_ms = batch.deployment.now_ms() + CERTIFIED_FOR_MS
    wanted = ServerKeyCertificate(der, algorithm, PURPOSE_SERVER, until_ms, version, lowest)
    statement = statement_of(_codec, wanted) if algorithm in SIGNING else b""
    key = ServerKey.create(version, algorithm, der, origin, statement)
    sign = batch.deployment.root_sign
    if statement and sign is not None:
        key.install((statement, sign(root_signed_bytes(statement))))
    batch.stage(key, _by(order))
    return True, key.version


def _keep_sealed(command: orders.ImportServerKey, batch: Batch) -> None:
    name, vault = sealed_name_of(command.public_key), batch.records.mapper.keyring.vault
    try:
        private = load_private_pem(vault.unseal(name, command.sealed))
    except (WrongWrappingKey, UnusableKey) as error:
        raise errors.MalformedOrder("The private half of a key that is to sign must come with it, sealed.") from error
    if public_der(private.public_key()) != command.public_key:
        raise errors.MalformedOrder("The private half is of another key.")
    try:
        batch.records.log.put_sealed_key(name, command.sealed)
    except KeyAlreadySealed:
        return  # Left by an import whose commit failed.


def _generations(batch: Batch) -> list[ServerKey]:
    found: list[ServerKey] = []
    while True:
        try:
            found.append(_key(batch, len(found) + 1))
        except errors.NothingKnown:
            return found


def _key(batch: Batch, version: int) -> ServerKey:
    return batch.loaded(server_key_stream(version), lambda: batch.records.server_key(version))


def _newest_turn(batch: Batch) -> int:
    return max((key.turn for key in _generations(batch)), default=-1)


def _minimum(key: ServerKey) -> int:
    return read_statement(_codec, key.statement).minimum_version


def _by(order: orders.Order) -> Cause:
    return Cause(who=f"operator:{order.operator}", cause=order.command_id)
