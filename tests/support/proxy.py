"""A reverse proxy in front of the product, as operators run one: TLS, host name, path prefix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class ReverseProxy:
    """Pass requests on as plain http from another address, and say so in X-Forwarded headers.

    Parameters
    ----------
    app : WSGI application
        The product.
    prefix : str
        Path under which the product is published, removed before it is asked.
    address : str
        The proxy's own address, which the product sees as the peer.
    """

    def __init__(
        self, app: WSGIApplication, *, prefix: str = "", address: str = "127.0.0.1"
    ) -> None:
        self._app = app
        self._prefix = prefix
        self._address = address

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(self._prefix):
            return Response(f"{path} is not the product's", 404)(environ, start_response)
        forwarded = {
            **environ,
            "PATH_INFO": path.removeprefix(self._prefix) or "/",
            "wsgi.url_scheme": "http",
            "HTTP_HOST": "127.0.0.1:8000",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "HTTP_X_FORWARDED_FOR": environ.get("REMOTE_ADDR", "203.0.113.7"),
            "HTTP_X_FORWARDED_PROTO": environ["wsgi.url_scheme"],
            "HTTP_X_FORWARDED_HOST": environ["HTTP_HOST"],
            "REMOTE_ADDR": self._address,
        }
        if self._prefix:
            forwarded["HTTP_X_FORWARDED_PREFIX"] = self._prefix
        return self._app(forwarded, start_response)
