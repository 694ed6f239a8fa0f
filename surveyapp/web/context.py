"""What belongs to the running application: its services and its settings."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from surveyapp.config import Settings
from surveyapp.services.assembly import Services

_EXTENSION = "surveyapp"


def attach(app: Flask, services: Services) -> None:
    """Give an application its services."""
    app.extensions[_EXTENSION] = services


def services() -> Services:
    """Return the services of the application that answers the current request."""
    return cast(Services, current_app.extensions[_EXTENSION])


def settings() -> Settings:
    """Return the settings of the application that answers the current request."""
    return services().settings
