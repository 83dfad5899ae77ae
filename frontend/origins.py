"""Which address connections are counted under, and what is known of each address."""

from ipaddress import IPv6Address, ip_address

from frontend.token_bucket import TokenBucket


class Origin:
    """An address that agents come from; a claim for the log, a fact only for the caps of this process."""

    __slots__ = ("bad", "connections", "handshakes", "host", "proven_until")

    def __init__(self, host: str, bad: TokenBucket) -> None:
        self.host = host
        self.bad = bad
        self.connections = 0
        self.handshakes = 0
        self.proven_until = float("-inf")


def counted_as(host: str) -> str:
    """The name caps are counted under: an IPv6 network of 64 bits is one customer, a mapped address is IPv4."""
    if ":" not in host:
        return host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))
