"""Queueing the case of a bad review with the review itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from surveyapp.domain.survey import Definition
from surveyapp.storage.cases import CaseRepository
from surveyapp.storage.database import Work


def queue_case(work: Work, definition: Definition, values: Mapping[str, Any]) -> None:
    """Let a case open for a review, if its level is bad, once the level can no longer change.

    Called in the transaction that stores the review, for every way a citizen has: submitting,
    changing the level, the follow-up. Reviews imported from another channel open no case here:
    that channel handles them.

    Parameters
    ----------
    values : mapping of str to object
        The row of the response: id, survey_id, received_at, answers, review_number.
    """
    rules = definition.review
    if rules is None or not rules.is_bad(values["answers"].get(rules.rating)):
        return
    changeable = 0 if values.get("review_number", 1) > 1 else rules.change_minutes
    open_at = values["received_at"] + timedelta(minutes=changeable)
    CaseRepository(work).queue(values["id"], values["survey_id"], open_at)
