"""Handing reviews over to other platforms, as each of them writes them; without personal data."""

from __future__ import annotations

import codecs
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from pathlib import Path
from uuid import UUID

from surveyapp.content import exchange_bytes, exchange_names
from surveyapp.domain.channels import channel_name
from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition
from surveyapp.domain.exchange import Source, Target, parse_target
from surveyapp.domain.masking import masked, neutral
from surveyapp.domain.messages import Message, message
from surveyapp.domain.recorded_reviews import BEST_FIRST, code_of
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition, Standing, TagsQuestion, TextQuestion
from surveyapp.services.auditing import record_event
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.exports.files import csv_line
from surveyapp.services.reviews.figures import ReviewFigures, ReviewSurvey, rating_of
from surveyapp.services.yaml_documents import YamlDocument
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.review_tallies import PLACE_CHANNEL, ReviewTallyRepository, Whereabouts
from surveyapp.storage.surveys import SurveyRepository

FORMATS = ("csv", "json")
MAX_BYTES = 100_000
LEVELS = 5
OWN_SOURCE = "好差评"
LONGEST_REGION = 12


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A file for another platform.

    Attributes
    ----------
    rows : int
    left_out : mapping of Message to int
        Why reviews are not in it, and how many.
    direction : Message
        Which satisfaction code is the best level.
    """

    rows: int
    left_out: tuple[tuple[Message, int], ...]
    direction: Message


@dataclass(slots=True)
class _Outgoing:
    """What stays the same from row to row."""

    target: Target
    survey_id: UUID
    definitions: Mapping[UUID, Definition]
    units: Mapping[str, str]
    region: str
    timezone: tzinfo
    left_out: Counter[str] = field(default_factory=Counter)


class Exchanging:
    """Use cases around handing reviews over."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        figures: ReviewFigures,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._figures = figures
        self._now = now
        self._timezone = timezone

    def targets(self) -> tuple[Target, ...]:
        """Return the targets that the product knows."""
        return tuple(read_target(exchange_bytes(name)) for name in exchange_names())

    def target(self, name: str) -> Target:
        """Return a target by its key, or from a file of the office's own.

        Raises
        ------
        BadInput
            There is none, or the file cannot be used.
        """
        if name in exchange_names():
            return read_target(exchange_bytes(name))
        path = Path(name)
        if path.suffix in (".yaml", ".yml") and path.is_file():
            return read_target(path.read_bytes()[: MAX_BYTES + 1])
        raise BadInput(
            message(
                "There is no target “%(name)s”: name one of %(names)s, or a YAML file.",
                name=name[:80],
                names=", ".join(exchange_names()),
            )
        )

    def write(
        self,
        key: str,
        target: Target,
        path: Path,
        actor: Actor,
        *,
        file_format: str = "csv",
        region: str = "",
        since: date | None = None,
        until: date | None = None,
    ) -> HandedOver:
        """Write the reviews of a survey into a file for a target.

        Parameters
        ----------
        path : Path
            Replaced once the new file is complete.
        file_format : {"csv", "json"}
        region : str
            Code of the administrative division (行政区划), digits.
        since, until : date, optional
            First and last local day.

        Raises
        ------
        NotFound, Conflict
            No such survey, not one of reviews, a scale of other than five levels, or made-up data.
        BadInput
            An unknown format, or a region that is no code.
        """
        if file_format not in FORMATS:
            raise BadInput(message("Reviews are handed over as csv or json."))
        if region and not (region.isascii() and region.isdigit() and len(region) <= LONGEST_REGION):
            raise BadInput(message("The code of an administrative division has digits only."))
        survey = self._figures.survey(key)
        if self._database.is_simulated():
            raise Conflict(message("The data were made up: they are not handed over."))
        if len(survey.rating.levels) != LEVELS:
            raise Conflict(message("Only ratings of five levels can be handed over."))
        now = self._now()
        with self._database.reading() as work:
            outgoing = self._outgoing(work, survey, target, region)
            draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            try:
                rows = self._rows(work, outgoing, since, until)
                write = _write_csv if file_format == "csv" else _write_json
                n = write(draft, target, rows, now.astimezone(self._timezone))
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
        detail = {"target": target.key, "format": file_format, "rows": n}
        with self._database.writing() as work:
            record_event(work, actor, "responses.exchange", key, detail, now=now)
        left_out = tuple((_REASONS[name], count) for name, count in outgoing.left_out.items())
        return HandedOver(n, left_out, direction_of(target))

    def _outgoing(self, work: Work, survey: ReviewSurvey, target: Target, region: str) -> _Outgoing:
        surveys = SurveyRepository(work)
        return _Outgoing(
            target=target,
            survey_id=survey.id,
            definitions={
                one.id: self._definitions.read(one)
                for one in surveys.revisions(survey.id)
                if one.published_at is not None
            },
            units={one.key: one.unit_code for one in surveys.subjects(survey.id) if one.unit_code},
            region=region,
            timezone=self._timezone,
        )

    def _rows(
        self, work: Work, outgoing: _Outgoing, since: date | None, until: date | None
    ) -> Iterator[dict[str, str]]:
        tallies = ReviewTallyRepository(work)
        for response in ResponseRepository(work).each(outgoing.survey_id):
            day = response.observed_on or response.received_at.astimezone(self._timezone).date()
            if (since and day < since) or (until and day > until):
                continue
            if Standing(response.standing) not in outgoing.target.standings:
                continue
            where = tallies.whereabouts([response])[response.id]
            row = _row(outgoing, response, where, day)
            if row is not None:
                yield row


def read_target(data: bytes) -> Target:
    """Read a target from its file.

    Raises
    ------
    BadInput, InvalidDefinition
    """
    if len(data) > MAX_BYTES:
        raise BadInput(message("This file is too large for the description of a target."))
    try:
        document = YamlDocument(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadInput(message("The description of a target is text in UTF-8.")) from None
    if document.problems:
        raise InvalidDefinition(tuple(document.problems))
    return parse_target(document.content, document.line_of)


def direction_of(target: Target) -> Message:
    """Say which satisfaction code is the best level."""
    if target.best == BEST_FIRST:
        return message("Satisfaction codes: 1 is the best level, 5 the worst.")
    return message("Satisfaction codes: 5 is the best level, 1 the worst.")


_REASONS = {
    "case": message("without the number of a service case"),
    "default": message("entered by default, which the target has no column to say"),
    "channel": message("from a channel the target has no name for"),
    "level": message("without a rating"),
}


def _row(
    outgoing: _Outgoing, response: ResponseRecord, where: Whereabouts, day: date
) -> dict[str, str] | None:
    """Return one row by column name, or None for a review the target cannot take."""
    target = outgoing.target
    definition = outgoing.definitions[response.revision_id]
    rating = rating_of(definition)
    rules = definition.review
    chosen = response.answers.get(rules.rating) if rules else None
    level = next((one for one in rating.levels if one.key == chosen), None)
    own = PLACE_CHANNEL if response.batch_id is None else ""
    channel = target.channels.get(response.channel or own)
    is_told = any(column.source is Source.IS_DEFAULT for column in target.columns)
    refused = {
        "case": target.requires_case and not response.case_number,
        "default": response.is_default and not is_told,
        "channel": channel is None and not response.is_default,
        "level": level is None,
    }
    reason = next((name for name, is_so in refused.items() if is_so), None)
    if reason is not None or level is None:
        outgoing.left_out[reason or "level"] += 1
        return None
    flags = {True: target.yes, False: target.no}
    values: dict[Source, str | None] = {
        Source.CASE_NUMBER: response.case_number,
        Source.CHANNEL: channel,
        Source.CHANNEL_NUMBER: response.channel_number,
        Source.REVIEWER: "实名用户" if response.is_named else "匿名用户",
        Source.TIME: _moment(outgoing, response, day).strftime(target.time),
        Source.REVIEW_NUMBER: str(response.review_number),
        Source.REVIEW_ID: response.id.hex,
        Source.SATISFACTION: level.label.zh,
        Source.SATISFACTION_CODE: code_of(level, rating.levels, target.best),
        Source.REASONS: _reasons(definition, response),
        Source.COMMENT: _comment(definition, response),
        Source.REGION: outgoing.region,
        Source.UNIT_CODE: outgoing.units.get(response.subject_key or ""),
        Source.ITEM_CODE: where.item_code,
        Source.ITEM_NAME: response.item_name,
        Source.WINDOW: where.window,
        Source.VISITOR: _VISITORS.get(response.attributes.get("visitor", "")),
        Source.ANONYMOUS: flags[not response.is_named],
        Source.IS_DEFAULT: flags[response.is_default],
        Source.IS_VALID: flags[response.standing == Standing.COUNTED],
        Source.SOURCE: OWN_SOURCE if response.batch_id is None else channel_source(response),
    }
    return {
        column.name: column.constant if column.source is None else values[column.source] or ""
        for column in target.columns
    }


_VISITORS = {"individual": "1", "enterprise": "2"}


def channel_source(response: ResponseRecord) -> str:
    """Name the channel a recorded review came from."""
    return channel_name(response.channel).zh if response.channel else "其他渠道"


def _moment(outgoing: _Outgoing, response: ResponseRecord, day: date) -> datetime:
    """Return when a named review came in; of all others the day is known, or told."""
    if response.is_named and response.observed_on is None:
        return response.received_at.astimezone(outgoing.timezone)
    return datetime.combine(day, time.min, tzinfo=outgoing.timezone)


def _reasons(definition: Definition, response: ResponseRecord) -> str:
    """Return the codes of the reasons, as platforms join them."""
    codes = []
    for question in definition.questions:
        if isinstance(question, TagsQuestion):
            known = {tag.key: tag.code for tag in question.options}
            codes += [known[key] for key in response.answers.get(question.key, ())]
    return ",".join(codes)


def _comment(definition: Definition, response: ResponseRecord) -> str:
    """Return what was written, without numbers that name a person."""
    texts = [
        response.answers[question.key]
        for question in definition.questions
        if isinstance(question, TextQuestion) and question.key in response.answers
    ]
    return masked("；".join(texts))


def _heading(target: Target, name: str, source: Source | None) -> str:
    """Name a column of a CSV file; a code says its direction."""
    if source is not Source.SATISFACTION_CODE:
        return name
    return f"{name}（{target.best}=非常满意）"


def _write_csv(path: Path, target: Target, rows: Iterator[dict[str, str]], _now: datetime) -> int:
    n = 0
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)
        headings = (_heading(target, one.name, one.source) for one in target.columns)
        file.write(csv_line(neutral(heading) for heading in headings))
        for row in rows:
            file.write(csv_line(neutral(cell) for cell in row.values()))
            n += 1
    return n


def _write_json(path: Path, target: Target, rows: Iterator[dict[str, str]], now: datetime) -> int:
    n = 0
    head = {
        "target": target.key,
        "written_at": now.isoformat(timespec="seconds"),
        "satisfaction_code": {"best": int(target.best), "worst": LEVELS + 1 - int(target.best)},
        "channels": dict(target.channels),
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1])
        file.write(', "reviews": [')
        for row in rows:
            file.write((",\n" if n else "\n") + json.dumps(row, ensure_ascii=False))
            n += 1
        file.write("\n]}\n")
    return n
