"""A 32-byte secret as settings give it: hex."""

from bin.settings import BadSettings


def secret_of(name: str, text: str) -> bytes:
    """The secret's bytes; raise BadSettings naming the setting, never its value."""
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        raise BadSettings(f"{name} is not hex") from None
    if len(secret) != 32:
        raise BadSettings(f"{name} has {len(secret)} bytes, a secret has 32")
    return secret
