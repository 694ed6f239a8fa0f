"""The ballot behind a slip, and the page where a receipt is looked for.

A GET never uses a slip up, whoever follows the link. The page carries its receipt from the start:
it is shown before anything is submitted, travels inside the sealed box and is stored nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus

from flask import Response, current_app, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from surveyapp.domain import codes
from surveyapp.domain.ballot import (
    ABSTAIN,
    ABSTAIN_LABEL,
    DONT_KNOW,
    DONT_KNOW_LABEL,
    MYSELF,
    MYSELF_LABEL,
    OVERALL,
    BallotRules,
    BallotSubject,
    Sheet,
    Treatment,
    VotingClass,
)
from surveyapp.domain.ballot_paper import (
    MAX_REASON,
    MAX_SIGNATURE,
    QUOTA,
    REASON,
    REMARK,
    SIGNATURE,
    WHOLE_CARD,
    Paper,
    field_name,
    quota_of,
)
from surveyapp.domain.errors import (
    BadInput,
    Conflict,
    InvalidAnswers,
    NotFound,
    Refusal,
    SurveyClosed,
    SurveyNotOpen,
    Unavailable,
)
from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import Accepting
from surveyapp.domain.text import Text
from surveyapp.services.ballots.casting import Balloting, Cast, OpenBallot, Receipt
from surveyapp.services.ballots.closing import BallotClosing, Verification
from surveyapp.web.locale import text_of
from surveyapp.web.respond.doors import TOKEN_MISSING
from surveyapp.web.respond.guessing import UnknownCodes
from surveyapp.web.respond.posting import require_form
from surveyapp.web.respond.replies import address, answered

_OWN = ("csrf_token", "_receipt", "_proof", "_review", "_edit")
Fields = dict[str, list[str]]

_BESIDE = 6
"""Titles of items up to this many characters stand before their grades on a phone, in Chinese."""


class BallotFace:
    """Everything behind a slip."""

    ENDPOINTS = ("respond.ballot_find", "respond.ballot_cast", "respond.verify")

    def __init__(self, balloting: Balloting, closing: BallotClosing, unknown: UnknownCodes) -> None:
        self._balloting = balloting
        self._closing = closing
        self._unknown = unknown

    def find(self) -> WerkzeugResponse:
        """Lead from a typed code to its ballot; posted, so that no address holds it twice."""
        if request.method == "GET":
            return _find_page()
        require_form()
        normal = codes.normalise(request.form.get("code", ""), codes.CREDENTIAL_BITS)
        return redirect(address("respond.ballot", code=normal or "0"), HTTPStatus.SEE_OTHER)

    def show(self, code: str) -> WerkzeugResponse:
        """Show an empty ballot; or, for a code that opens none, the field to type it again."""
        try:
            ballot = self._opened(code)
        except NotFound as refusal:
            return _find_page(HTTPStatus.NOT_FOUND, refusal.message)
        if ballot.accepting is not Accepting.OPEN:
            return _not_accepting(ballot)
        return self._form(ballot, {}, self._balloting.mint(code))

    def answer(self, code: str) -> WerkzeugResponse:
        """Cast a ballot; or show it once more, for a look or for a change, as its button says."""
        require_form()
        fields, own = _posted()
        receipt = Receipt(own["_receipt"], own["_proof"])
        try:
            if own["_edit"]:
                return self._form(self._opened(code), fields, receipt)
            if own["_review"]:
                ballot, paper = self._balloting.read(code, fields)
                if paper is None:
                    return _thanks(Cast(ballot, None))
                return self._review(ballot, fields, paper, receipt)
            return _thanks(self._balloting.cast(code, fields, receipt))
        except InvalidAnswers as refusal:
            status = HTTPStatus.BAD_REQUEST if refusal.forged else HTTPStatus.UNPROCESSABLE_ENTITY
            return self._again(code, fields, status, receipt=receipt, errors=refusal.problems)
        except BadInput as refusal:
            return self._again(code, fields, HTTPStatus.BAD_REQUEST, notice=refusal.message)
        except (SurveyClosed, SurveyNotOpen):
            return _not_accepting(self._opened(code))
        except Unavailable:
            return _kept(fields, own)
        except NotFound as refusal:
            self._unknown.note()
            return _find_page(HTTPStatus.NOT_FOUND, refusal.message)

    def without_token(self, _error: CSRFError) -> WerkzeugResponse:
        """Show the ballot again, with a token that works, to a browser that sent none."""
        if request.endpoint == "respond.ballot_find":
            return _find_page(HTTPStatus.BAD_REQUEST)
        if request.endpoint == "respond.verify":
            return _verify_page(None, TOKEN_MISSING, HTTPStatus.BAD_REQUEST)
        code = (request.view_args or {}).get("code", "")
        try:
            fields, own = _posted()
            receipt = Receipt(own["_receipt"], own["_proof"])
            return self._again(
                code, fields, HTTPStatus.BAD_REQUEST, receipt=receipt, notice=TOKEN_MISSING
            )
        except (Refusal, HTTPException) as refusal:
            # Flask does not look for the handler of what another handler raises.
            return make_response(current_app.handle_user_exception(refusal))

    def _opened(self, code: str) -> OpenBallot:
        try:
            return self._balloting.open(code)
        except NotFound:
            self._unknown.note()
            raise

    def _again(
        self,
        code: str,
        fields: Fields,
        status: int,
        *,
        receipt: Receipt | None = None,
        errors: Mapping[str, Message] | None = None,
        notice: Message | None = None,
    ) -> Response:
        ballot = self._opened(code)
        if ballot.accepting is not Accepting.OPEN:
            return _not_accepting(ballot)
        receipt = receipt or self._balloting.mint(code)
        return self._form(ballot, fields, receipt, status, errors=errors, notice=notice)

    def _form(
        self,
        ballot: OpenBallot,
        fields: Fields,
        receipt: Receipt,
        status: int = HTTPStatus.OK,
        *,
        errors: Mapping[str, Message] | None = None,
        notice: Message | None = None,
    ) -> Response:
        typed = {name: values[0] for name, values in fields.items() if values}
        html = render_template(
            "respond/ballot.html",
            **_words(ballot),
            receipt=receipt,
            token=generate_csrf(),
            typed=typed,
            unfolded=_unfolded(ballot, typed),
            errors=errors or {},
            spots=_spots(ballot, errors or {}),
            notice=notice,
        )
        return answered(html, status)

    def _review(
        self, ballot: OpenBallot, fields: Fields, paper: Paper, receipt: Receipt
    ) -> Response:
        html = render_template(
            "respond/ballot_review.html",
            **_words(ballot),
            receipt=receipt,
            code_parts=_parts(receipt.code),
            token=generate_csrf(),
            fields=[(name, value) for name, values in fields.items() for value in values],
            paper=paper,
            blanks=_blanks(ballot, paper),
            n_blank=len(paper.blanks(ballot.rules, ballot.voting_class)),
            void=_left_void(ballot, paper),
            top={sheet.key: paper.top_grades(ballot.rules, sheet) for sheet in ballot.rules.sheets},
        )
        return answered(html, HTTPStatus.OK)

    # --- receipts ------------------------------------------------------------------------------

    def verify(self, key: str) -> Response:
        """Show receipts and hashes to whoever holds a receipt of this vote."""
        found, notice = None, None
        if request.method == "POST":
            require_form()
            given = request.form.get("receipt", "")
            try:
                found = self._closing.has_receipt(key, given)
                if found is None:
                    self._unknown.note()
                    notice = message(
                        "This receipt is not in the list. Check it letter by letter; if it is"
                        " right, tell the scrutineers."
                    )
            except Conflict as refusal:
                notice = refusal.message
        else:
            self._closing.require_receipts_page(key)
        return _verify_page(found, notice)


def _find_page(status: int = HTTPStatus.OK, notice: Message | None = None) -> Response:
    html = render_template("respond/ballot_find.html", token=generate_csrf(), notice=notice)
    return answered(html, status)


def _verify_page(
    found: Verification | None, notice: Message | None, status: int = HTTPStatus.OK
) -> Response:
    html = render_template(
        "respond/ballot_verify.html", token=generate_csrf(), found=found, notice=notice
    )
    return answered(html, status)


def _posted() -> tuple[Fields, dict[str, str]]:
    """Set the page's own fields apart from the grades."""
    fields = {name: list(values) for name, values in request.form.lists()}
    own = {name: (fields.pop(name, None) or [""])[0] for name in _OWN}
    return fields, own


def _words(ballot: OpenBallot) -> dict[str, object]:
    """Return what every page of a ballot shows."""
    rules, voting_class = ballot.rules, ballot.voting_class
    return {
        "ballot": ballot,
        "definition": ballot.definition,
        "rules": rules,
        "voting_class": voting_class,
        "sheets": [_sheet(rules, sheet, voting_class) for sheet in rules.sheets_of(voting_class)],
        "place": {one.key: n for n, one in enumerate(rules.rated_by(voting_class), start=1)},
        "field": field_name,
        "WHOLE_CARD": WHOLE_CARD,
        "OVERALL": OVERALL,
        "REASON": REASON,
        "MAX_REASON": MAX_REASON,
        "REMARK": REMARK,
        "SIGNATURE": SIGNATURE,
        "MAX_SIGNATURE": MAX_SIGNATURE,
    }


def _sheet(rules: BallotRules, sheet: Sheet, voting_class: VotingClass) -> dict[str, object]:
    """Return what the pages show of one sheet to a class."""
    grades = [(level.key, text_of(level.label)) for level in sheet.levels]
    asides = [(ABSTAIN, text_of(ABSTAIN_LABEL)), (DONT_KNOW, text_of(DONT_KNOW_LABEL))]
    return {
        "rules": sheet,
        "groups": [
            (group, rules.of_group(group.key))
            for group in sheet.groups
            if group.key in voting_class.rates
        ],
        "n": len(rules.rated_by(voting_class, sheet)),
        "beside": max(len(text_of(one.title)) for one in sheet.graded) <= _BESIDE,
        "grades": grades,
        "asides": asides,
        "own": [(MYSELF, text_of(MYSELF_LABEL))] if sheet.people else [],
        "labels": dict([*grades, *asides]),
        "quota": quota_of(rules, sheet, voting_class),
    }


def _unfolded(ballot: OpenBallot, typed: Mapping[str, str]) -> set[str]:
    """Return the subjects some of whose items differ from the grade of the whole card."""
    found = set()
    for sheet in ballot.rules.sheets_of(ballot.voting_class):
        for subject in ballot.rules.rated_by(ballot.voting_class, sheet):
            names = [field_name(subject.key, one.key) for one in sheet.graded]
            given = {typed[name] for name in names if name in typed}
            if given and given != {typed.get(field_name(subject.key, WHOLE_CARD))}:
                found.add(subject.key)
    return found


def _spots(ballot: OpenBallot, errors: Collection[str]) -> dict[str, str]:
    """Return where on the page each problem is."""
    spots = {SIGNATURE: "signature", REMARK: "remark"}
    for n, sheet in enumerate(ballot.rules.sheets_of(ballot.voting_class), start=1):
        spots[f"{QUOTA}.{sheet.key}"] = f"part{n}"
    for n, subject in enumerate(ballot.rules.rated_by(ballot.voting_class), start=1):
        spots |= {name: f"card{n}" for name in errors if name.rpartition(".")[0] == subject.key}
    return spots


def _blanks(ballot: OpenBallot, paper: Paper) -> list[tuple[BallotSubject, list[Text]]]:
    """Return whom the ballot leaves blank, with the items; no items where all of them are."""
    found = []
    for sheet in ballot.rules.sheets_of(ballot.voting_class):
        for subject in ballot.rules.rated_by(ballot.voting_class, sheet):
            given = paper.grades.get(subject.key, {})
            missing = [one.title for one in sheet.graded if one.key not in given]
            if missing:
                found.append((subject, missing if given else []))
    return found


def _left_void(ballot: OpenBallot, paper: Paper) -> list[Text]:
    """Return the titles of the sheets that are void because nothing on them was filled in."""
    return [
        sheet.title
        for sheet in ballot.rules.sheets_of(ballot.voting_class)
        if sheet.validity.blank is Treatment.VOID
        and not any(
            paper.grades.get(one.key) for one in ballot.rules.rated_by(ballot.voting_class, sheet)
        )
    ]


def _parts(receipt: str) -> list[str]:
    return codes.grouped(receipt).split()


def _thanks(cast: Cast) -> Response:
    """Answer 200 with the receipt, or that the slip was used before."""
    html = render_template(
        "respond/ballot_done.html",
        ballot=cast.ballot,
        definition=cast.ballot.definition,
        parts=None if cast.receipt is None else _parts(cast.receipt),
    )
    return answered(html, HTTPStatus.OK)


def _not_accepting(ballot: OpenBallot) -> Response:
    not_yet = ballot.accepting is Accepting.NOT_YET
    html = render_template("respond/ballot_closed.html", ballot=ballot, not_yet=not_yet)
    return make_response(html, HTTPStatus.FORBIDDEN if not_yet else HTTPStatus.GONE)


def _kept(fields: Fields, own: Mapping[str, str]) -> Response:
    """Hold on to everything chosen while the database does not answer."""
    kept = [(name, value) for name, values in fields.items() for value in values]
    kept += [(name, own[name]) for name in ("_receipt", "_proof", "_review") if own[name]]
    html = render_template("respond/again.html", token=generate_csrf(), fields=kept)
    return answered(html, HTTPStatus.SERVICE_UNAVAILABLE)
