"""Bodies may be zstd-compressed (flag bit 0); what they become in memory is capped."""

import zstandard

from wire.frames import BODY_LIMIT

SMALLEST_WORTH_COMPRESSING = 256


class BodyTooLarge(Exception):
    """A body is, or would become after decompression, larger than 4 MiB."""


class NotCompressed(Exception):
    """A body flagged as zstd is not exactly one zstd frame that states its content size."""


def compress(data: bytes) -> bytes:
    """One zstd frame that states its content size."""
    return zstandard.ZstdCompressor(level=3, write_content_size=True).compress(data)


def decompress(data: bytes, limit: int = BODY_LIMIT) -> bytes:
    """The content of exactly one zstd frame; BodyTooLarge over ``limit``, NotCompressed when it is none.

    The stated size is required: it is the only bound that holds before memory is spent.
    """
    try:
        size = zstandard.frame_content_size(data)
        if size < 0:
            raise NotCompressed("the zstd frame does not state its content size")
        if size > limit:
            raise BodyTooLarge(f"the body would unpack to {size} bytes, the limit is {limit}")
        unpacker = zstandard.ZstdDecompressor(max_window_size=max(limit, 1024))
        return unpacker.decompress(data, max_output_size=max(size, 1), allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise NotCompressed(f"the body is not one zstd frame: {error}") from error
