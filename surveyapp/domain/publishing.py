"""What of single reviews may stand on the public page, and why something is withheld."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from surveyapp.domain.text import Text


class Choice(StrEnum):
    """What the supervising office chooses for the public page; never the unit reviewed."""

    COMMENT = "comment"
    CASE = "case"


class Withheld(StrEnum):
    """Why a comment is not published."""

    PERSONAL = "personal"
    RECOGNISABLE = "recognisable"
    ABUSIVE = "abusive"
    OFF_TOPIC = "off_topic"


WITHHELD_NAMES: Final[Mapping[Withheld, Text]] = {
    Withheld.PERSONAL: Text("涉及个人信息", "Names people or personal matters"),
    Withheld.RECOGNISABLE: Text("可能认出评价人", "Would let people recognise who wrote it"),
    Withheld.ABUSIVE: Text("含辱骂、歧视等违法违规内容", "Abusive or unlawful"),
    Withheld.OFF_TOPIC: Text("与所评事项无关", "Not about what was reviewed"),
}
