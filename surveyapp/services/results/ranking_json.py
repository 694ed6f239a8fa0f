"""Rankings as JSON for programs."""

from __future__ import annotations

from typing import Any

from surveyapp.services.results.ranking import IndexRanking, RankedSubject


def ranking_json(ranking: IndexRanking) -> dict[str, Any]:
    """Return the ranking of one index; ``revision`` is there only where revisions differ."""
    document = {
        "key": ranking.key,
        "confidence": ranking.confidence,
        "correction": "holm",
        "comparisons": ranking.comparisons,
        "draws": ranking.draws,
        "subjects": [_subject_json(one) for one in ranking.subjects],
    }
    return document if ranking.revision is None else document | {"revision": ranking.revision}


def _subject_json(one: RankedSubject) -> dict[str, Any]:
    place = one.place
    return {
        "subject": one.subject.key,
        "rank": None if place is None else place.rank,
        "expected_rank": None if place is None else place.expected,
        "rank_low": None if place is None else place.possible_low,
        "rank_high": None if place is None else place.possible_high,
        "single_low": None if place is None else place.low,
        "single_high": None if place is None else place.high,
        "joint_low": None if place is None else place.joint_low,
        "joint_high": None if place is None else place.joint_high,
        "band": one.bands or None,
        "alike": list(one.alike),
        "probabilities": None if place is None else list(place.probabilities),
        "se": one.se,
        "se_bounded": one.is_bounded,
        "left_out": None if one.left_out is None else str(one.left_out),
        "favourable_low": None if one.share is None else one.share.low,
        "favourable_rank": one.share_rank,
    }
