"""Who is asking and under which address, when proxies stand in between.

Forwarded headers are believed only from the networks of ``SURVEYAPP_TRUSTED_PROXIES``: anybody
else could write them. The path prefix comes from ``SURVEYAPP_BASE_URL``, never from a header, and
it does not matter whether the proxy strips it.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


def parse_address(text: str) -> Address | None:
    """Return an address, an IPv4 one also where it is wrapped in IPv6; None where it is none."""
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def is_within(address: Address | None, networks: Networks) -> bool:
    """Whether an address belongs to one of the networks."""
    return address is not None and any(
        address.version == network.version and address in network for network in networks
    )


def client_behind(peer: str, forwarded_for: str, trusted: Networks) -> str:
    """Return the address of the client.

    The list is read from the right, where our own proxies write: the first address that is not
    one of theirs is the client. Anything left of it was written by strangers.

    Parameters
    ----------
    peer : str
        Address of the other end of the connection.
    forwarded_for : str
        ``X-Forwarded-For``, comma-separated, the newest hop last.
    trusted : tuple of networks
        Our own proxies.
    """
    client = peer
    if not is_within(parse_address(peer), trusted):
        return client
    for hop in reversed(forwarded_for.split(",")):
        address = parse_address(hop)
        if address is None:
            return client
        client = str(address)
        if not is_within(address, trusted):
            return client
    return client


class Proxies:
    """WSGI middleware: sets client address, scheme and path prefix before Flask sees them."""

    def __init__(self, app: WSGIApplication, trusted: Networks, prefix: str) -> None:
        self.app = app
        self.trusted = trusted
        self.prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Rewrite the environment and pass the request on."""
        peer = environ.get("REMOTE_ADDR", "")
        known = is_within(parse_address(peer), self.trusted)
        # /metrics must not take an unknown proxy on this machine for a visitor from this machine.
        environ["surveyapp.direct"] = known or not any(name in environ for name in FORWARDED)
        if known:
            environ["REMOTE_ADDR"] = client_behind(
                peer, environ.get("HTTP_X_FORWARDED_FOR", ""), self.trusted
            )
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        if self.prefix:
            path = environ.get("PATH_INFO", "")
            if path == self.prefix or path.startswith(f"{self.prefix}/"):
                environ["PATH_INFO"] = path[len(self.prefix) :] or "/"
            environ["SCRIPT_NAME"] = self.prefix
        return self.app(environ, start_response)
