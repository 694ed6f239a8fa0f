"""Signs of life for the machines that watch: alive, ready, and how much is going on.

The figures name no survey, no place and no address of a visitor.
"""

from __future__ import annotations

import os
import time
from ipaddress import ip_network

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from werkzeug.exceptions import Forbidden

from surveyapp.domain.errors import Unavailable
from surveyapp.services.assembly import Services
from surveyapp.storage.migrate import is_current
from surveyapp.web.proxies import is_within, parse_address

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meter:
    """Counts requests by route and status, of all worker processes where they share a folder."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "surveyapp_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "surveyapp_request_seconds",
            "Seconds from the first line of a request to its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.unknown_codes = Counter(
            "surveyapp_unknown_codes",
            "Public addresses asked for whose code is unknown, revoked or malformed.",
            registry=self.registry,
        )

    def text(self) -> bytes:
        """Write all figures in the text format of Prometheus."""
        registry = self.registry
        if os.environ.get(_SHARED_FOLDER):
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # no types
        return generate_latest(registry)


def init_app(app: Flask, services: Services) -> Meter:
    """Add the three addresses and count every request."""
    meter = Meter()
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        """Say that the process answers."""
        return _plain("ok")

    @blueprint.get("/readyz")
    def readyz() -> Response:
        """Say whether the database answers and has the newest schema."""
        try:
            services.database.check()
            ready = is_current(services.database)
        except Unavailable:
            return _plain("the database does not answer", 503)
        return _plain("ready") if ready else _plain("the database needs `surveyapp init`", 503)

    @blueprint.get("/metrics")
    def metrics() -> Response:
        """Show the figures to this machine and to the trusted networks."""
        networks = (*LOOPBACK, *services.settings.trusted_proxies)
        direct = request.environ.get("surveyapp.direct", True)
        if not direct or not is_within(parse_address(request.remote_addr or ""), networks):
            raise Forbidden
        return Response(meter.text(), content_type=CONTENT_TYPE_LATEST)

    @app.before_request
    def _begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        route = request.endpoint or "none"
        meter.requests.labels(route, _method(), str(response.status_code)).inc()
        if "began" in g:
            meter.seconds.labels(route).observe(time.perf_counter() - g.began)
        return response

    app.register_blueprint(blueprint)
    return meter


def _method() -> str:
    """Return the method of the request; strangers may invent names, a figure must not."""
    return request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"


def _plain(text: str, status: int = 200) -> Response:
    return Response(
        f"{text}\n", status, mimetype="text/plain", headers={"Cache-Control": "no-store"}
    )
