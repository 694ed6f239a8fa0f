"""The examples in docs/api.md are programs that work."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from surveyapp.domain.tokens import Scope
from surveyapp.services.cases.outbox import signature_of
from tests.builders import CLERK, an_open_survey, review_document
from tests.support.assessed import an_assessment, score
from tests.web.conftest import Site

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "api.md"


def example(name: str) -> Any:
    """Run the example that defines a name, and return what it is."""
    found = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    (code,) = [one for one in found if re.search(rf"^(def|class) {name}\b", one, re.MULTILINE)]
    program: dict[str, Any] = {}
    exec(code, program)  # noqa: S102  # the document of this repository
    return program[name]


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Serve a site; yields its address."""
    server = make_server("127.0.0.1", 0, site.app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_example_makes_a_link(sqlite_site: Site) -> None:
    site = sqlite_site
    an_open_survey(site.services, review_document())
    token = site.services.tokens.add("example", Scope.INVITATIONS, 1, CLERK).text
    with served(site) as base:
        url = example("link_for")(base, token, "hall-review", "51-1", "食品经营许可")
    assert "食品经营许可" in site.browser().get("/i/" + url.rpartition("/")[2]).text


def test_the_example_reads_what_is_new_and_nothing_twice(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = sqlite_site.services
    first = an_assessment(services)
    token = services.tokens.add("example", Scope.SCORES, 1, CLERK).text
    with served(sqlite_site) as base:
        feed = example("Feed")(base, token)
        (found,) = feed.new_scores()
        assert (found["id"], found["units"][0]["score"]) == (str(first.id), "98")
        assert list(feed.new_scores(after=found["id"])) == []
        sqlite_site.clock.advance(hours=1)
        second = score(services)
        assert [one["id"] for one in feed.new_scores(after=found["id"])] == [str(second.id)]
        # The same again is not sent again: the copy is used.
        path = f"/scores/{first.id}"
        monkeypatch.setattr(json, "load", lambda _answer: pytest.fail("sent again"))
        assert feed.get(path) == found


def test_the_example_knows_a_genuine_notice() -> None:
    is_genuine = example("is_genuine")
    body = json.dumps({"id": "1", "topic": "snapshot.made"}).encode()
    signature = f"sha256={signature_of('secret', '1790000000', body)}"
    assert is_genuine("secret", "1790000000", signature, body)
    assert not is_genuine("secret", "1790000001", signature, body)
    assert not is_genuine("other", "1790000000", signature, body)
