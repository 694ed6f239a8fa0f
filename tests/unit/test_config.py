from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import pytest

from surveyapp.config import ConfigurationError, Settings


def settings(folder: Path, **environ: str) -> Settings:
    prefixed = {f"SURVEYAPP_{name}": value for name, value in environ.items()}
    return Settings.from_environ({"SURVEYAPP_INSTANCE_DIR": str(folder), **prefixed})


def test_without_any_variable_there_is_an_embedded_installation(tmp_path: Path) -> None:
    made = settings(tmp_path)
    assert made.database_url == f"sqlite:///{tmp_path / 'surveyapp.sqlite3'}"
    assert made.base_url == "http://127.0.0.1:8000"
    assert (made.host, made.path_prefix, made.is_https) == ("127.0.0.1", "", False)
    assert (made.language, str(made.timezone)) == ("zh", "Asia/Shanghai")
    assert made.key_dir == tmp_path / "keys"
    assert made.ratelimit_url == "memory://"
    assert made.trusted_proxies == ()


def test_the_environment_of_the_process_is_read_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURVEYAPP_INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("SURVEYAPP_LOCALE", "en")
    assert Settings.from_environ().language == "en"


def test_the_secret_is_made_once_and_kept_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: settings(folder).secret_keys, range(16)))
    assert len(secrets) == 1
    assert settings(folder).secret_keys in secrets
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_a_postgresql_server_needs_a_secret_that_every_process_shares(tmp_path: Path) -> None:
    url = "postgresql://localhost/surveyapp"
    with pytest.raises(ConfigurationError, match="SURVEYAPP_SECRET_KEY must be set"):
        settings(tmp_path, DATABASE_URL=url)
    made = settings(tmp_path, DATABASE_URL=url, SECRET_KEY="a new long secret, an older secret")
    assert made.secret_keys == ("a new long secret", "an older secret")
    assert made.database_url == "postgresql+psycopg://localhost/surveyapp"
    assert not (tmp_path / "secret_key").exists()


def test_a_base_address_may_have_a_prefix(tmp_path: Path) -> None:
    made = settings(tmp_path, BASE_URL="https://www.example.gov.cn/diaocha/")
    assert (made.base_url, made.path_prefix) == ("https://www.example.gov.cn/diaocha", "/diaocha")
    assert made.is_https


def test_proxies_are_networks(tmp_path: Path) -> None:
    made = settings(tmp_path, TRUSTED_PROXIES="10.0.0.0/8, ::1/128")
    assert made.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def test_notices_go_to_an_address_with_a_secret_or_to_a_file(tmp_path: Path) -> None:
    address = {"NOTICE_URL": "https://sms.example.gov.cn/in", "NOTICE_SECRET": "s" * 16}
    made = settings(tmp_path, **address)
    assert (made.notice_url, made.notice_secret) == (address["NOTICE_URL"], "s" * 16)
    assert made.notice_file is None
    made = settings(tmp_path, NOTICE_FILE=str(tmp_path / "out.jsonl"))
    assert (made.notice_url, made.notice_file) == (None, tmp_path / "out.jsonl")
    for wrong, sentence in (
        ({"NOTICE_URL": "ftp://example.gov.cn"}, "NOTICE_URL must be an address"),
        ({"NOTICE_SECRET": "short"}, "NOTICE_SECRET with at least"),
        ({"NOTICE_FILE": "out.jsonl"}, "not both"),
    ):
        with pytest.raises(ConfigurationError, match=sentence):
            settings(tmp_path, **(address | wrong))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/x"),
        ("SECRET_KEY", "short"),
        ("BASE_URL", "survey.example.gov.cn"),
        ("BASE_URL", "https://example.gov.cn/?x=1"),
        ("LOCALE", "fr"),
        ("TIMEZONE", "Mars/Olympus"),
        ("TIMEZONE", "../etc/passwd"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"SURVEYAPP_{name}"):
        settings(tmp_path, **{name: value})
