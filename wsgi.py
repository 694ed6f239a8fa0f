"""For application servers: ``gunicorn --config gunicorn.conf.py wsgi:app``."""

from surveyapp.config import Settings
from surveyapp.factory import create_app

app = create_app(Settings.from_environ())
