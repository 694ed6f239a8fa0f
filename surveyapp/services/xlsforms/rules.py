"""What of XLSForm is understood: the columns of each sheet, and the reason for every refusal."""

from __future__ import annotations

from typing import Final

from surveyapp.domain.messages import Message, message
from surveyapp.services.xlsforms.sheets import SheetRules

_NOT_PRESELECTED: Final = message("Nothing may be filled in or chosen beforehand: empty this cell.")
_NO_FORMULAS: Final = message("Calculated and hidden values are not supported.")
_NO_MEDIA: Final = message("Pictures, sound and video are not supported.")
_NO_REPEATS: Final = message("Repeated groups are not supported.")
_COLLECTS: Final = message(
    "This records the person's device, place or time, which this product does not collect."
)

SURVEY: Final = SheetRules(
    known=frozenset(
        {"type", "name", "required", "relevant", "constraint", "appearance"}
        | {"attribute", "decimals", "relevance"}
    ),
    texts=frozenset({"label", "hint", "unit", "short_name"}),
    ignored=frozenset({"constraint_message", "required_message", "guidance_hint"}),
    refused={
        "default": _NOT_PRESELECTED,
        "calculation": _NO_FORMULAS,
        "trigger": _NO_FORMULAS,
        "choice_filter": message(
            "Choices that depend on an earlier answer are not supported here."
        ),
        "repeat_count": _NO_REPEATS,
        "parameters": message("Parameters of a question are not supported."),
        "readonly": message("Questions that cannot be answered are not supported."),
        "read_only": message("Questions that cannot be answered are not supported."),
        "media": _NO_MEDIA,
        "image": _NO_MEDIA,
        "audio": _NO_MEDIA,
        "video": _NO_MEDIA,
    },
)

CHOICES: Final = SheetRules(
    known=frozenset({"list_name", "name", "code", "points", "favourable", "unscored"}),
    texts=frozenset({"label"}),
    refused={"media": _NO_MEDIA, "image": _NO_MEDIA, "audio": _NO_MEDIA, "video": _NO_MEDIA},
)

SETTING_TEXTS: Final = {
    "form_title": "title",
    "office": "office",
    "purpose": "purpose",
    "retention": "retention",
    "contact": "contact",
    "source": "source",
    "adapt": "adapt",
    "notes": "notes",
}
"""Column of `settings` -> key of the definition, for texts."""

WINDOW: Final = ("opens_at", "closes_at")
LEGAL_HEAD: Final = (
    "form_number",
    "issued_by",
    "document",
    "approved_by",
    "approval_number",
    "valid_until",
)

SETTINGS: Final = SheetRules(
    known=frozenset(
        {"form_id", "kind", "minutes", "minimum_group", "statistical_project"}
        | {*WINDOW, *LEGAL_HEAD}
    ),
    texts=frozenset(SETTING_TEXTS),
    ignored=frozenset({"version", "default_language", "style"}),
    refused={
        "instance_name": _NO_FORMULAS,
        "public_key": message("Encrypted forms are not supported."),
        "submission_url": message("Answers are sent to this server only; empty this cell."),
    },
)

INDICES: Final = SheetRules(
    known=frozenset({"name", "of", "minimum_items"}), texts=frozenset({"label"})
)

_METADATA: Final = (
    "start",
    "end",
    "today",
    "deviceid",
    "phonenumber",
    "username",
    "email",
    "audit",
)
_LOCATION: Final = ("geopoint", "geotrace", "geoshape", "start-geopoint")

REFUSED_TYPES: Final[dict[str, Message]] = {
    **dict.fromkeys((*_METADATA, *_LOCATION), _COLLECTS),
    **dict.fromkeys(
        ("image", "audio", "video", "file", "background-audio"),
        message("Pictures, sound, signatures and files cannot be answers."),
    ),
    **dict.fromkeys(("calculate", "hidden", "xml-external", "csv-external"), _NO_FORMULAS),
    **dict.fromkeys(("begin_repeat", "end_repeat"), _NO_REPEATS),
    **dict.fromkeys(
        ("date", "time", "datetime", "barcode", "range", "rank", "acknowledge"),
        message("Questions of this type are not supported; ask for a choice or a text instead."),
    ),
}

MATRIX_LOOKS: Final = frozenset({"table-list"})
YES: Final = frozenset({"yes", "true", "true()", "1", "是"})
NO: Final = frozenset({"", "no", "false", "false()", "0", "否"})
