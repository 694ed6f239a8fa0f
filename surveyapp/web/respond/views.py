"""The addresses of the public face: parse, call the use case, render.

A GET changes nothing, whoever follows the link. Whatever happens to a POST, what was typed comes
back with the answer.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID, uuid4

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response as WerkzeugResponse

from surveyapp.domain import codes
from surveyapp.domain.errors import (
    AnswersChanged,
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
from surveyapp.domain.text import LANGUAGES
from surveyapp.services.collecting import Collecting, OpenForm
from surveyapp.web.errors import RETRY_SECONDS, status_of
from surveyapp.web.formpage import Hidden, Target, render_form
from surveyapp.web.forms import Plans, bind
from surveyapp.web.health import Meter
from surveyapp.web.locale import current_language, text_of
from surveyapp.web.respond.guessing import UnknownCodes
from surveyapp.web.respond.posting import Posted, read_posted
from surveyapp.web.respond.shells import Recent, Shell, slot
from surveyapp.web.security import current_policy

_KEPT_PAGES = 128
_TOKEN_MISSING = message(
    "This page was open for a long time, or your browser keeps no cookies. Nothing was saved yet:"
    " please submit again."
)
_DAMAGED = message(
    "The form did not arrive as it was sent out. Nothing was saved yet: please check your answers"
    " and submit again."
)


class PublicFace:
    """Form, receipt and landing page."""

    def __init__(self, collecting: Collecting, meter: Meter) -> None:
        self._collecting = collecting
        self._unknown = UnknownCodes(meter.unknown_codes)
        self._plans = Plans()
        self._shells: Recent[tuple[UUID, str, bool], tuple[Shell, str]] = Recent(_KEPT_PAGES)

    def landing(self) -> str:
        """Say what this site is."""
        console = f"{url_for('respond.landing')}console/"
        return render_template("respond/landing.html", console_address=console)

    def find(self) -> WerkzeugResponse:
        """Lead from a code typed on the landing page to its form."""
        code = request.args.get("code", "")
        normal = codes.normalise(code, codes.PLACE_BITS)
        # A code that cannot be one leads to the same page as one that is not known.
        return redirect(_address("respond.show", code=normal or "0"), HTTPStatus.SEE_OTHER)

    # --- the form ------------------------------------------------------------------------------

    def show(self, code: str) -> Response:
        """Show the form of a place, or say when it opens or that it is closed."""
        opened = self._opened(code)
        if opened.accepting is not Accepting.OPEN:
            return _not_accepting(opened)
        return self._untouched(opened)

    def answer(self, code: str) -> WerkzeugResponse:
        """Take the answers of a form."""
        posted = read_posted()
        if posted.damaged or posted.key is None:
            return self._again(code, posted, HTTPStatus.BAD_REQUEST, notice=_DAMAGED, key=uuid4())
        try:
            submitted = self._collecting.submit(code, posted.key, posted.revision, posted.typed)
        except InvalidAnswers as refusal:
            status = HTTPStatus.BAD_REQUEST if refusal.forged else HTTPStatus.UNPROCESSABLE_ENTITY
            return self._again(code, posted, status, errors=refusal.problems)
        except AnswersChanged as refusal:
            return self._again(
                code, posted, HTTPStatus.CONFLICT, notice=refusal.message, key=uuid4()
            )
        except (Conflict, BadInput) as refusal:
            return self._again(code, posted, status_of(refusal), notice=refusal.message)
        except (SurveyClosed, SurveyNotOpen):
            return _not_accepting(self._opened(code))
        except Unavailable as refusal:
            return self._again(code, posted, HTTPStatus.SERVICE_UNAVAILABLE, notice=refusal.message)
        except NotFound:
            self._unknown.note()
            raise
        address = _address("respond.receipt", receipt=submitted.receipt)
        return redirect(address, HTTPStatus.SEE_OTHER)

    def without_token(self, _error: CSRFError) -> Response:
        """Show the form again, with a token that works, to a browser that sent none."""
        code = (request.view_args or {}).get("code", "")
        try:
            posted = read_posted()
            return self._again(code, posted, HTTPStatus.BAD_REQUEST, notice=_TOKEN_MISSING)
        except (Refusal, HTTPException) as refusal:
            # Flask does not look for the handler of what another handler raises.
            return make_response(current_app.handle_user_exception(refusal))

    def _opened(self, code: str) -> OpenForm:
        try:
            return self._collecting.open_form(code)
        except NotFound:
            self._unknown.note()
            raise

    def _untouched(self, opened: OpenForm) -> Response:
        """Send the page from its shell (see `shells`)."""
        subject = _subject(opened)
        with_subject = subject is not None
        shell, policy = self._shells.get(
            (opened.revision_id, current_language(), with_subject),
            lambda: self._shell_of(opened, with_subject=with_subject),
        )
        values = {
            "token": generate_csrf(),
            "key": str(uuid4()),
            "place": opened.place_label,
            "subject": subject or "",
        }
        if _accepts_gzip():
            response = make_response(shell.gzipped(values))
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = make_response(shell.plain(values))
        response.headers["Content-Security-Policy"] = policy
        response.vary.add("Accept-Encoding")
        return response

    def _again(
        self,
        code: str,
        posted: Posted,
        status: int,
        *,
        notice: Message | None = None,
        errors: dict[str, Message] | None = None,
        key: UUID | None = None,
    ) -> Response:
        """Show the form with everything typed; under the same submission key if none is given."""
        key = key or posted.key or uuid4()
        try:
            opened = self._opened(code)
        except Unavailable:
            return _kept(posted, key)
        if opened.accepting is not Accepting.OPEN:
            return _not_accepting(opened)
        plan = self._plans.of(opened.revision_id, opened.definition)
        form = bind(plan, key=key, revision=opened.revision_number, typed=posted.typed)
        html = render_form(
            plan,
            opened.definition,
            form,
            Hidden(generate_csrf(), str(key), str(opened.revision_number)),
            Target(opened.place_label, _subject(opened)),
            errors=errors,
            notice=notice,
        )
        return _answer(html, status)

    def _shell_of(self, opened: OpenForm, *, with_subject: bool) -> tuple[Shell, str]:
        plan = self._plans.of(opened.revision_id, opened.definition)
        html = render_form(
            plan,
            opened.definition,
            bind(plan, key="", revision="", typed={}),
            Hidden(slot("token"), slot("key"), str(opened.revision_number)),
            Target(slot("place"), slot("subject") if with_subject else None),
        )
        return Shell(html), current_policy()

    # --- the receipt ---------------------------------------------------------------------------

    def receipt(self, receipt: str) -> str:
        """Show that answers have arrived."""
        try:
            view = self._collecting.receipt(receipt)
        except NotFound:
            self._unknown.note()
            raise
        return render_template(
            "respond/receipt.html", receipt=view, parts=codes.grouped(view.receipt).split()
        )


def _address(endpoint: str, **values: str) -> str:
    """Return an address; a language chosen in the address of this page goes along."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        values["lang"] = asked
    return url_for(endpoint, **cast("dict[str, Any]", values))


def _subject(opened: OpenForm) -> str | None:
    """Return what is rated, unless the name of the place says the same."""
    title = text_of(opened.subject_title)
    return None if title in ("", opened.place_label) else title


def _accepts_gzip() -> bool:
    return _names_gzip(request.headers.get("Accept-Encoding", ""))


@lru_cache(maxsize=256)
def _names_gzip(header: str) -> bool:
    return parse_accept_header(header)["gzip"] > 0


def _answer(html: str, status: int) -> Response:
    """Make an answer that is compressed also where it is no success, as Flask-Compress does not."""
    response = make_response(html, status)
    if _accepts_gzip():
        response.set_data(gzip.compress(response.get_data(), 6))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _not_accepting(opened: OpenForm) -> Response:
    """Say kindly that answers are not taken yet, or no longer."""
    not_yet = opened.accepting is Accepting.NOT_YET
    html = render_template(
        "respond/closed.html",
        definition=opened.definition,
        heading=_("This survey is not open yet") if not_yet else _("This survey is closed"),
        not_yet=not_yet,
        opens_at=opened.opens_at,
    )
    return make_response(html, HTTPStatus.FORBIDDEN if not_yet else HTTPStatus.GONE)


def _kept(posted: Posted, key: UUID) -> Response:
    """Hold on to everything typed while the form itself cannot be read from the database."""
    fields = [(name, value) for name, values in posted.typed.items() for value in values]
    fields.append(("submission_key", str(key)))
    if posted.revision is not None:
        fields.append(("revision", str(posted.revision)))
    html = render_template("respond/again.html", token=generate_csrf(), fields=fields)
    return _answer(html, HTTPStatus.SERVICE_UNAVAILABLE)


def make_blueprint(collecting: Collecting, meter: Meter) -> Blueprint:
    """Make the blueprint of the public face."""
    face = PublicFace(collecting, meter)
    blueprint = Blueprint("respond", __name__)
    blueprint.add_url_rule("/", "landing", face.landing, methods=["GET"])
    blueprint.add_url_rule("/r/", "find", face.find, methods=["GET"])
    blueprint.add_url_rule("/r/<code>", "show", face.show, methods=["GET"])
    blueprint.add_url_rule("/r/<code>", "answer", face.answer, methods=["POST"])
    blueprint.add_url_rule("/receipt/<receipt>", "receipt", face.receipt, methods=["GET"])
    blueprint.register_error_handler(CSRFError, face.without_token)
    return blueprint
