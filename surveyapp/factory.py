"""Making the Flask application: the only module that knows every layer."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from flask import Flask
from flask_compress import Compress

from surveyapp.config import Settings
from surveyapp.domain.errors import Refusal
from surveyapp.services.assembly import Services, assemble
from surveyapp.web import charts, context, errors, health, locale, look, public, security
from surveyapp.web.api import make_blueprint as make_api
from surveyapp.web.assets import (
    BALLOT_SCRIPT,
    BALLOT_STYLE,
    PUBLIC_STYLE,
    allow_script,
    allow_style,
)
from surveyapp.web.console import make_blueprint as make_console
from surveyapp.web.proxies import Proxies
from surveyapp.web.respond.views import make_blueprint as make_public

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
_MONTH_SECONDS = 30 * 24 * 3600


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """Make an application that is ready to serve.

    Parameters
    ----------
    settings : Settings
        Read from the environment once.
    services : Services, optional
        The use cases; assembled from the settings if not given.
    """
    services = services or assemble(settings)
    app = errors.QuietFlask("surveyapp", template_folder=str(TEMPLATES), static_folder="web/static")
    app.config.update(
        SEND_FILE_MAX_AGE_DEFAULT=_MONTH_SECONDS,
        COMPRESS_ALGORITHM=["gzip"],
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    context.attach(app, services)
    security.init_app(app, settings)
    locale.init_app(app, settings)
    look.init_app(app, settings)
    errors.init_app(app)
    charts.init_app(app)
    meter = health.init_app(app, services)
    Compress(app)
    _Frame(services).add_to(app)
    app.register_blueprint(make_public(services, meter))
    app.register_blueprint(make_console(services))
    app.register_blueprint(public.make_blueprint())
    app.register_blueprint(make_api())
    app.wsgi_app = Proxies(  # type: ignore[method-assign]  # as Flask documents it
        app.wsgi_app, settings.trusted_proxies, settings.path_prefix
    )
    with suppress(Refusal):
        # A database that is not ready yet has no closing that was interrupted.
        services.ballot_closing.resume()
    return app


class _Frame:
    """What the frame of every page shows."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._simulated: bool | None = None

    def add_to(self, app: Flask) -> None:
        """Let every template use it."""
        app.jinja_env.globals.update(
            public_style=lambda: allow_style(PUBLIC_STYLE),
            ballot_style=lambda: allow_style(BALLOT_STYLE),
            ballot_script=lambda: allow_script(BALLOT_SCRIPT),
        )
        app.context_processor(lambda: {"simulated": self.is_simulated()})

    def is_simulated(self) -> bool:
        """Whether the data were made up: asked once, because a database never changes its mind.

        While the database does not answer, pages that say so need no answer either.
        """
        if self._simulated is None:
            try:
                self._simulated = self._services.database.is_simulated()
            except Refusal:
                return False
        return self._simulated
