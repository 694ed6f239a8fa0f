"""What machines ask: alive, ready, how much."""

from __future__ import annotations

import pytest

from surveyapp.domain.errors import Unavailable
from surveyapp.storage.migrate import downgrade
from tests.web.conftest import MakeSite, Site


def test_alive_and_ready(site: Site) -> None:
    browser = site.browser()
    assert browser.get("/healthz").status == 200
    assert browser.get("/readyz").status == 200


def test_not_ready_without_a_database(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> None:
        raise Unavailable

    monkeypatch.setattr(sqlite_site.services.database, "check", lost)
    assert sqlite_site.browser().get("/readyz").status == 503
    assert sqlite_site.browser().get("/healthz").status == 200


def test_not_ready_on_an_old_schema(site: Site) -> None:
    downgrade(site.services.settings.database_url, "base")
    assert site.browser().get("/readyz").status == 503


def test_figures_name_no_survey_and_no_code(sqlite_site: Site) -> None:
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    browser.submit(browser.get(f"/r/{code}"), {"overall": "satisfied"})
    browser.get("/r/ZZZZZZZZ")
    browser.client.open("/healthz", method="BREW")
    client = sqlite_site.app.test_client()
    text = client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    assert 'route="respond.answer",status="303"' in text
    assert "surveyapp_unknown_codes_total 1.0" in text
    assert "BREW" not in text
    for secret in (code, "hall-review", "ZZZZZZZZ"):
        assert secret not in text


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        ("203.0.113.7", {}, 403),
        ("10.1.2.3", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("10.1.2.3", {"X-Forwarded-For": "10.9.9.9"}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
        ("unix", {}, 403),
    ],
)
def test_figures_are_for_this_machine_and_the_trusted_networks(
    make_site: MakeSite, sqlite_url: str, peer: str, headers: dict[str, str], status: int
) -> None:
    site = make_site(sqlite_url, SURVEYAPP_TRUSTED_PROXIES="10.0.0.0/8")
    answer = site.app.test_client().get(
        "/metrics", environ_base={"REMOTE_ADDR": peer}, headers=headers
    )
    assert answer.status_code == status
