"""Who asks, and how, where a proxy is between: by the word of those proxies that are named."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from wsgiref.types import WSGIEnvironment

from resources.address import unmapped

FOR, PROTO = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"
HEARSAY = (
    "HTTP_FORWARDED",
    FOR,
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    PROTO,
    "HTTP_X_REAL_IP",
)
SCHEMES = ("http", "https")
WITH_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}|\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?")
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def proxies(text: str) -> "Proxies":
    return Proxies(tuple(_network(one) for one in text.replace(",", " ").split()))


def _network(text: str) -> Network:
    try:
        found = ip_network(text)
    except ValueError:
        raise ValueError(
            "must be addresses and networks, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8; and "
            f"{text[:100]!r} is none"
        ) from None
    first = unmapped(found.network_address)
    if isinstance(first, IPv4Address) and found.version == 6 and found.prefixlen >= 96:
        return IPv4Network((first, found.prefixlen - 96))
    return found


@dataclass(frozen=True)
class Proxies:
    networks: tuple[Network, ...] = ()

    def heed(self, environ: WSGIEnvironment) -> None:
        """Sets ``REMOTE_ADDR`` and ``wsgi.url_scheme``; leaves none of such fields, but whether
        there were any, as ``pennyworth.forwarded``."""
        said = {name: environ.pop(name) for name in HEARSAY if name in environ}
        environ["pennyworth.forwarded"] = bool(said)
        if not said:
            return
        nearest = _read(environ.get("REMOTE_ADDR", ""))
        if nearest is None or not self._trust(nearest):
            return
        if FOR in said:
            environ["REMOTE_ADDR"] = str(self._farthest(nearest, said[FOR]))
        if said.get(PROTO) in SCHEMES:
            environ["wsgi.url_scheme"] = said[PROTO]

    def _farthest(self, nearest: Address, said: str) -> Address:
        """Each proxy adds at the end whom it heard it from: so the last that is no proxy of ours
        is who asks, and what stands before it is only what he says."""
        for one in _from_the_right(said):
            if one is None:
                break
            nearest = one
            if not self._trust(one):
                break
        return nearest

    def _trust(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def _from_the_right(said: str) -> Iterator[Address | None]:
    return (_read(entry.strip(" \t")) for entry in reversed(said.split(",")))


def _read(text: str) -> Address | None:
    """None for what is no address, such as ``unknown``."""
    if match := WITH_PORT.fullmatch(text):
        text = match[1] or match[2]
    try:
        return None if "%" in text else unmapped(ip_address(text))
    except ValueError:
        return None
