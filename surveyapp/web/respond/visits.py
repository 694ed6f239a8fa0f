"""How a form was sent, as far as that shows stuffing: how quick it came, and from what device.

No address leaves this module: the service keeps a hash of the text made here, under a key that is
another one every day. Forwarded addresses count only from trusted proxies: see
`surveyapp.web.proxies`.
"""

from __future__ import annotations

import time
from ipaddress import IPv4Address, ip_network

from flask import request
from itsdangerous import BadData, base64_decode
from itsdangerous.encoding import bytes_to_int

from surveyapp.services.collection.intake import Visit
from surveyapp.web.proxies import parse_address

_LONGEST_AGENT = 400
_PREFIX = {4: 24, 6: 48}


def visit() -> Visit:
    """Return what is known of the form that is being sent."""
    agent = request.headers.get("User-Agent", "")[:_LONGEST_AGENT]
    return Visit(device=f"{agent}|{prefix_of(request.remote_addr or '')}", seconds=_seconds())


def prefix_of(text: str) -> str:
    """Return the network of an address: all that may tell two devices apart."""
    address = parse_address(text)
    if address is None:
        return ""
    length = _PREFIX[4 if isinstance(address, IPv4Address) else 6]
    return str(ip_network(f"{address}/{length}", strict=False))


def _seconds() -> int | None:
    """Return the seconds since the page was sent: its signed token says when that was.

    The token was checked before; what cannot be read here is a token of another make.
    """
    parts = request.form.get("csrf_token", "").split(".")
    try:
        issued = bytes_to_int(base64_decode(parts[-2]))
    except (BadData, IndexError):
        return None
    seconds = int(time.time()) - issued
    return seconds if 0 <= seconds < 10**6 else None
