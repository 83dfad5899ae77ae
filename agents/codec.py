"""The agent's codec: msgpack, so that two independent implementations meet on the wire."""

from typing import Any

import msgpack

from wire.codec import MAX_ITEMS, MAX_STRING, MalformedBody, check_caps


class MsgpackCodec:
    """MessagePack by msgpack, with the protocol's caps."""

    def encode(self, value: Any) -> bytes:
        """Return the MessagePack form of ``value``."""
        packed: bytes = msgpack.packb(value, use_bin_type=True)
        return packed

    def decode(self, data: bytes) -> Any:
        """Return the value; raise MalformedBody for anything that is not exactly one value within the caps."""
        try:
            value = msgpack.unpackb(
                data,
                raw=False,
                use_list=True,
                strict_map_key=True,
                max_str_len=MAX_STRING * 4,  # bytes of UTF-8; check_caps counts characters
                max_bin_len=MAX_STRING,
                max_array_len=MAX_ITEMS,
                max_map_len=MAX_ITEMS,
                max_ext_len=0,
            )
        # Nearly all are ValueErrors; the pure Python build meets the others on hostile nesting and keys.
        except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException) as error:
            raise MalformedBody(f"not MessagePack within the limits: {error}") from error
        check_caps(value)
        return value
