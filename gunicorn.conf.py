"""Settings for ``gunicorn wsgi:app``: the same as those of ``surveyapp demo``."""

from surveyapp.config import Settings
from surveyapp.server import options, prepare

_settings = Settings.from_environ()
prepare(_settings)
globals().update(options(_settings))
