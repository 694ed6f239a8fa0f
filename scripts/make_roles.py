#!/usr/bin/env python3
"""Print docs/roles.md: which role may open which address of the console."""

from pathlib import Path
from tempfile import TemporaryDirectory

from surveyapp.config import Settings
from surveyapp.factory import create_app
from surveyapp.web.console.matrix import as_markdown

with TemporaryDirectory() as folder:
    app = create_app(Settings.from_environ({"SURVEYAPP_INSTANCE_DIR": str(Path(folder))}))
    print(as_markdown(app), end="")
