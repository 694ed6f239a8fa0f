"""The example in docs/api.md is a program that works."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from surveyapp.domain.tokens import Scope
from tests.builders import CLERK, an_open_survey, review_document
from tests.web.conftest import Site

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "api.md"


def test_the_example_makes_a_link(sqlite_site: Site) -> None:
    site = sqlite_site
    an_open_survey(site.services, review_document())
    token = site.services.tokens.add("example", Scope.INVITATIONS, 1, CLERK).text
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    program: dict[str, Any] = {}
    exec(example, program)  # noqa: S102  # the document of this repository
    server = make_server("127.0.0.1", 0, site.app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        base = f"http://127.0.0.1:{server.port}"
        url = program["link_for"](base, token, "hall-review", "51-1", "食品经营许可")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert "食品经营许可" in site.browser().get("/i/" + url.rpartition("/")[2]).text
