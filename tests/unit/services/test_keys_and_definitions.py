from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from surveyapp.config import ConfigurationError
from surveyapp.services import definitions
from surveyapp.services.assembly import utc_now
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import Keyring
from surveyapp.storage.records import RevisionRecord
from tests.builders import a_place, an_open_survey, review_document, services_on, submit


def test_a_wrapped_key_opens_with_old_and_new_secret_and_no_other() -> None:
    survey, key = uuid4(), b"k" * 32
    wrapped = Keyring(("the old secret",)).wrap(key)
    assert key not in wrapped
    assert Keyring(("the new secret", "the old secret")).open(survey, wrapped) == key
    with pytest.raises(ConfigurationError, match="SURVEYAPP_SECRET_KEY"):
        Keyring(("the new secret",)).open(survey, wrapped)


def test_the_cache_of_definitions_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions, "CAPACITY", 2)
    cache = DefinitionCache()
    revisions = [RevisionRecord(id=uuid4(), definition=review_document()) for _ in range(3)]
    read = [cache.read(revision) for revision in revisions]
    assert cache.read(revisions[2]) is read[2]
    assert cache.find(revisions[0].id) is None


def test_a_process_that_never_saw_the_survey_can_count_it(sqlite_url: str, tmp_path: Path) -> None:
    collecting = services_on(sqlite_url, tmp_path)
    key = an_open_survey(collecting)
    submit(collecting, a_place(collecting, key), overall="satisfied")
    other = services_on(sqlite_url, tmp_path)
    assert other.counting.fold(key) == 1
    for services in (collecting, other):
        services.database.dispose()


def test_the_clock_is_aware() -> None:
    assert abs((utc_now() - datetime.now(UTC)).total_seconds()) < 60
