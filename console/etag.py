"""Versions of what operators decide about, as entity tags (RFC 9110, section 8.8.3)."""

import re

from console.problems import Problem

_TAG = re.compile(r'"?(\d{1,18})"?')
ANY_VERSION = "*"


def etag_of(version: int) -> str:
    """The tag of a version: the number in quotes."""
    return f'"{version}"'


def version_in(if_match: str | None) -> int | None:
    """The version in If-Match, None for `*`, which accepts any. Problems: 428 when missing, 412 when no version."""
    if if_match is None or not if_match.strip():
        raise Problem(428, "if_match_required", "Send If-Match with the ETag of the entry you decided about.")
    if if_match.strip() == ANY_VERSION:
        return None
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise Problem(412, "version_moved", "If-Match names no version of this entry: read it again and decide anew.")
    return int(found[1])
