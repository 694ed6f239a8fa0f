"""One row for every table of closed ballots."""

from __future__ import annotations

from tests.migrations.values import SHA256, STAFF, SURVEY, Rows, an_id

BALLOT_ROWS: Rows = {
    "ballot_box": {
        "survey_id": SURVEY,
        "stage": "sealed",
        "public_key": b"\x01" * 32,
        "wrapped_private_key": b"\x02" * 72,
        "salt": None,
        "unreadable": 0,
        "away": False,
        "root": None,
    },
    "ballot_class": {
        "survey_id": SURVEY,
        "key": "A",
        "position": 0,
        "roll": 12,
        "issued": 12,
        "spent": None,
        "merged_into": None,
        "pace_fast": None,
        "pace_usual": None,
        "pace_slow": None,
        "paper_issued": 0,
        "paper_returned": None,
        "paper_void": None,
    },
    "credential": {"survey_id": SURVEY, "digest": SHA256, "class_key": "A", "spent": False},
    "rehearsal_credential": {
        "survey_id": SURVEY,
        "digest": SHA256,
        "class_key": "A",
        "spent": True,
    },
    "urn": {"survey_id": SURVEY, "id": an_id(61), "box": b"\x03" * 512},
    "ballot": {
        "survey_id": SURVEY,
        "id": an_id(62),
        "class_key": "A",
        "grades": {"s1": {"overall": "excellent"}},
    },
    "signed_ballot": {
        "survey_id": SURVEY,
        "id": an_id(63),
        "class_key": "L",
        "signed_by": "王芳",
        "grades": {"s1": {"overall": "excellent"}},
    },
    "ballot_remark": {
        "survey_id": SURVEY,
        "id": an_id(64),
        "subject_key": None,
        "remark": "多下基层",
    },
    "receipt_list": {"survey_id": SURVEY, "receipt": "0" * 16},
    "paper_keying": {
        "survey_id": SURVEY,
        "number": 1,
        "turn": 1,
        "clerk_id": STAFF,
        "class_key": "A",
        "void": False,
        "marks": {"s1": {"overall": "excellent"}},
        "words": {},
    },
    "paper_confirmation": {"survey_id": SURVEY, "staff_id": STAFF},
}
