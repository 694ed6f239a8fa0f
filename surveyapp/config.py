"""Settings: read once from the environment, then frozen and passed on."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from surveyapp.domain.text import Language

_NOTICE_SECRET_LENGTH = 16
_LOCALES: dict[str, Language] = {"zh_Hans_CN": "zh", "zh": "zh", "zh_CN": "zh", "en": "en"}


class ConfigurationError(Exception):
    """An environment the product will not start in; the text says which variable and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides.

    Attributes
    ----------
    database_url : str
        SQLAlchemy address; ``SURVEYAPP_DATABASE_URL``.
    secret_keys : tuple of str
        Newest first; ``SURVEYAPP_SECRET_KEY``.
    instance_dir : Path
        Where an embedded database and its secret live.
    key_dir : Path
        ``SURVEYAPP_KEY_DIR``.
    base_url : str
        What QR codes point to, without a trailing slash; ``SURVEYAPP_BASE_URL``.
    ratelimit_url : str
        ``SURVEYAPP_RATELIMIT_URL``.
    language : {"zh", "en"}
        Used where neither address, cookie nor browser says otherwise; ``SURVEYAPP_LOCALE``.
    timezone : ZoneInfo
        Days, months, windows and deadlines; ``SURVEYAPP_TIMEZONE``.
    trusted_proxies : tuple of networks
        ``SURVEYAPP_TRUSTED_PROXIES``.
    notice_url, notice_secret : str or None
        Where notices of due cases are posted, and the secret that signs them;
        ``SURVEYAPP_NOTICE_URL`` and ``SURVEYAPP_NOTICE_SECRET``.
    notice_file : Path or None
        The file that takes notices instead; ``SURVEYAPP_NOTICE_FILE``.
    """

    database_url: str
    secret_keys: tuple[str, ...]
    instance_dir: Path
    key_dir: Path
    base_url: str
    ratelimit_url: str
    language: Language
    timezone: ZoneInfo
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    notice_url: str | None = None
    notice_secret: str | None = None
    notice_file: Path | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the environment.

        Raises
        ------
        ConfigurationError
            A variable cannot be used; one sentence that names it.
        """
        given = os.environ if environ is None else environ
        instance_dir = Path(given.get("SURVEYAPP_INSTANCE_DIR", "instance")).absolute()
        default_database = f"sqlite:///{instance_dir / 'surveyapp.sqlite3'}"
        database_url = given.get("SURVEYAPP_DATABASE_URL") or default_database
        return cls(
            database_url=_database_url(database_url),
            secret_keys=_secret_keys(given, instance_dir, database_url),
            instance_dir=instance_dir,
            key_dir=Path(given.get("SURVEYAPP_KEY_DIR") or instance_dir / "keys").absolute(),
            base_url=_base_url(given.get("SURVEYAPP_BASE_URL") or "http://127.0.0.1:8000"),
            ratelimit_url=given.get("SURVEYAPP_RATELIMIT_URL") or "memory://",
            language=_language(given.get("SURVEYAPP_LOCALE") or "zh_Hans_CN"),
            timezone=_timezone(given.get("SURVEYAPP_TIMEZONE") or "Asia/Shanghai"),
            trusted_proxies=_networks(given.get("SURVEYAPP_TRUSTED_PROXIES") or ""),
            notice_url=_notice_url(given),
            notice_secret=given.get("SURVEYAPP_NOTICE_SECRET") or None,
            notice_file=_notice_file(given),
        )

    @property
    def is_https(self) -> bool:
        """Whether people reach the product over https: cookies are Secure exactly then."""
        return self.base_url.startswith("https://")

    @property
    def path_prefix(self) -> str:
        """The path under which the product is reached, empty or like ``/survey``."""
        return urlsplit(self.base_url).path

    @property
    def host(self) -> str:
        """Host name of the base address."""
        return urlsplit(self.base_url).hostname or ""


def _database_url(url: str) -> str:
    """Name the driver where the operator left it to us."""
    for short in ("postgresql://", "postgres://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    if not url.startswith(("sqlite:", "postgresql+psycopg:")):
        raise ConfigurationError(
            "SURVEYAPP_DATABASE_URL must begin with sqlite: or postgresql: — other databases"
            " are not supported."
        )
    return url


def _secret_keys(
    given: Mapping[str, str], instance_dir: Path, database_url: str
) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in given.get("SURVEYAPP_SECRET_KEY", "").split(","))
    keys = tuple(key for key in keys if key)
    if any(len(key) < 8 for key in keys):
        raise ConfigurationError(
            "SURVEYAPP_SECRET_KEY: each key needs at least 8 characters; make one with"
            " `python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`."
        )
    if keys:
        return keys
    if not database_url.startswith("sqlite:"):
        raise ConfigurationError(
            "SURVEYAPP_SECRET_KEY must be set when SURVEYAPP_DATABASE_URL names a PostgreSQL"
            " server, so that every process shares it."
        )
    return (_embedded_secret(instance_dir / "secret_key"),)


def _embedded_secret(path: Path) -> str:
    """Make the secret once, however many processes start at the same moment.

    The text is written beside its final name and linked to it: like O_EXCL the link fails where a
    secret exists already, and no other process can read half of one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(
            "SURVEYAPP_BASE_URL must look like https://survey.example.gov.cn or"
            f" https://example.gov.cn/survey, not {url!r}."
        )
    return url.rstrip("/")


def _notice_url(given: Mapping[str, str]) -> str | None:
    url = given.get("SURVEYAPP_NOTICE_URL") or None
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            "SURVEYAPP_NOTICE_URL must be an address such as https://sms.example.gov.cn/notices,"
            f" not {url!r}."
        )
    if len(given.get("SURVEYAPP_NOTICE_SECRET", "")) < _NOTICE_SECRET_LENGTH:
        raise ConfigurationError(
            "SURVEYAPP_NOTICE_URL needs SURVEYAPP_NOTICE_SECRET with at least"
            f" {_NOTICE_SECRET_LENGTH} characters: it signs every notice."
        )
    if given.get("SURVEYAPP_NOTICE_FILE"):
        raise ConfigurationError(
            "Set either SURVEYAPP_NOTICE_URL or SURVEYAPP_NOTICE_FILE, not both."
        )
    return url


def _notice_file(given: Mapping[str, str]) -> Path | None:
    file = given.get("SURVEYAPP_NOTICE_FILE")
    return Path(file).absolute() if file else None


def _language(locale: str) -> Language:
    if locale not in _LOCALES:
        raise ConfigurationError(f"SURVEYAPP_LOCALE must be zh_Hans_CN or en, not {locale!r}.")
    return _LOCALES[locale]


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationError(
            f"SURVEYAPP_TIMEZONE must name a time zone such as Asia/Shanghai, not {name!r}."
        ) from None


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ConfigurationError(
            f"SURVEYAPP_TRUSTED_PROXIES must be networks such as 10.0.0.0/8: {error}."
        ) from None
