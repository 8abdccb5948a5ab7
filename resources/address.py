"""From which address this request comes, as far as addresses tell one client from another."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import request

# Who has one IPv6 address has 2^64 of them.
HOST_BITS = 64


def address() -> str:
    return f"address {_told_apart(request.environ.get('REMOTE_ADDR', ''))}"


@lru_cache(1024)
def _told_apart(text: str) -> str:
    try:
        found = unmapped(ip_address(text))
    except ValueError:
        return text
    if isinstance(found, IPv6Address):
        found = IPv6Address(int(found) >> HOST_BITS << HOST_BITS)
    return str(found)


def unmapped(found: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """IPv4, as a socket for both shows it (RFC 4291 section 2.5.5.2)."""
    return (found.version == 6 and found.ipv4_mapped) or found
