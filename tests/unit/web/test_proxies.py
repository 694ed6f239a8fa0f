"""Which address is the client's, and which path is ours."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from surveyapp.web.proxies import Proxies, client_behind

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 10.0.0.2", "10.0.0.2"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("fd00::1", "[2001:db8::1]", "2001:db8::1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_first_address_from_the_right_that_is_not_ours_is_the_client(
    peer: str, forwarded: str, client: str
) -> None:
    assert client_behind(peer, forwarded, TRUSTED) == client


def _seen(prefix: str = "", **environ: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def app(given: dict[str, Any], _start: object) -> list[bytes]:
        seen.update(given)
        return []

    start: dict[str, Any] = {"wsgi.url_scheme": "http", "PATH_INFO": "/", **environ}
    Proxies(app, TRUSTED, prefix)(start, lambda *_: lambda _: None)
    return seen


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "https, http", "http"),
        ("10.0.0.1", "HTTPS", "https"),
        ("10.0.0.1", "gopher", "http"),
        ("10.0.0.1", "", "http"),
        ("203.0.113.7", "https", "http"),
    ],
)
def test_the_scheme_is_what_our_own_proxy_says(peer: str, proto: str, scheme: str) -> None:
    seen = _seen(REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO=proto)
    assert seen["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("/survey/r/X", "/r/X"),
        ("/survey", "/"),
        ("/survey/", "/"),
        ("/r/X", "/r/X"),
        ("/surveys/r/X", "/surveys/r/X"),
    ],
)
def test_the_prefix_may_be_stripped_by_the_proxy_or_not(path: str, inner: str) -> None:
    seen = _seen("/survey", PATH_INFO=path, HTTP_X_FORWARDED_PREFIX="/evil")
    assert (seen["PATH_INFO"], seen["SCRIPT_NAME"]) == (inner, "/survey")


def test_a_stranger_is_not_believed() -> None:
    seen = _seen(REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="127.0.0.1")
    assert seen["REMOTE_ADDR"] == "203.0.113.7"
    assert seen["surveyapp.direct"] is False
