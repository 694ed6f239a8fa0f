"""The form behind a code, whatever kind of code: a place, or an invitation.

A GET changes nothing, whoever follows the link. Whatever happens to a POST, what was typed comes
back with the answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from http import HTTPStatus
from uuid import UUID, uuid4

from flask import (
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

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
from surveyapp.services.collection.collecting import Collecting, OpenForm, Submitted
from surveyapp.services.collection.funnel import Funnel
from surveyapp.services.collection.intake import Besides
from surveyapp.services.collection.invited import Invited
from surveyapp.web.errors import status_of
from surveyapp.web.formpage import Hidden, Said, Target, render_form
from surveyapp.web.forms import Plans, bind
from surveyapp.web.locale import current_language, text_of
from surveyapp.web.look import Look, current_look
from surveyapp.web.respond.guessing import UnknownCodes
from surveyapp.web.respond.posting import Posted, read_posted
from surveyapp.web.respond.replies import accepts_gzip, address, answered, kept, not_accepting
from surveyapp.web.respond.shells import Recent, Shell, slot
from surveyapp.web.respond.visits import visit
from surveyapp.web.security import current_policy

_KEPT_PAGES = 128
TOKEN_MISSING = message(
    "This page was open for a long time, or your browser keeps no cookies. Nothing was saved yet:"
    " please submit again."
)
DAMAGED = message(
    "The form did not arrive as it was sent out. Nothing was saved yet: please check your answers"
    " and submit again."
)
Shape = tuple[UUID, str, Look, bool, bool]


class Door(ABC):
    """A form that is opened by a code and answered once."""

    endpoint: str

    def __init__(self, unknown: UnknownCodes, plans: Plans) -> None:
        self._unknown = unknown
        self._plans = plans
        self._shells: Recent[Shape, tuple[Shell, str]] = Recent(_KEPT_PAGES)

    @abstractmethod
    def _find(self, code: str) -> OpenForm:
        """Return the form of a code."""

    @abstractmethod
    def _submit(self, code: str, posted: Posted, key: UUID, besides: Besides) -> Submitted:
        """Hand the answers in."""

    def _ticket(self, _opened: OpenForm, _key: UUID) -> str:
        """Return the ticket of a page, where its browser must do a sum before it may send."""
        return ""

    @abstractmethod
    def _sent_out(self, opened: OpenForm) -> None:
        """Take note that a form was sent out."""

    def show(self, code: str) -> Response:
        """Show the form, or say when it opens or that it is closed."""
        opened = self._opened(code)
        if opened.accepting is not Accepting.OPEN:
            return not_accepting(opened)
        if opened.is_used:
            return make_response(render_template("respond/used.html", opened=opened))
        if request.method == "GET":
            self._sent_out(opened)
        return self._untouched(opened)

    def answer(self, code: str) -> WerkzeugResponse:
        """Take the answers of a form."""
        posted = read_posted()
        if posted.damaged or posted.key is None:
            return self.again(code, posted, HTTPStatus.BAD_REQUEST, notice=DAMAGED, key=uuid4())
        besides = Besides(
            posted.named, posted.phone, visit(), posted.begun, posted.ticket, posted.solution
        )
        try:
            submitted = self._submit(code, posted, posted.key, besides)
        except InvalidAnswers as refusal:
            status = HTTPStatus.BAD_REQUEST if refusal.forged else HTTPStatus.UNPROCESSABLE_ENTITY
            return self.again(code, posted, status, errors=refusal.problems)
        except AnswersChanged as refusal:
            return self.again(
                code, posted, HTTPStatus.CONFLICT, notice=refusal.message, key=uuid4()
            )
        except (Conflict, BadInput) as refusal:
            return self.again(code, posted, status_of(refusal), notice=refusal.message)
        except (SurveyClosed, SurveyNotOpen):
            return not_accepting(self._opened(code))
        except Unavailable as refusal:
            return self.again(code, posted, HTTPStatus.SERVICE_UNAVAILABLE, notice=refusal.message)
        except NotFound:
            self._unknown.note()
            raise
        return redirect(self._thanks(code, submitted), HTTPStatus.SEE_OTHER)

    def _thanks(self, code: str, submitted: Submitted) -> str:
        if current_look().is_kiosk:
            return address("respond.receipt", receipt=submitted.receipt, at=code)
        return address("respond.receipt", receipt=submitted.receipt)

    def without_token(self, _error: CSRFError) -> Response:
        """Show the form again, with a token that works, to a browser that sent none."""
        code = (request.view_args or {}).get("code", "")
        try:
            posted = read_posted()
            return self.again(code, posted, HTTPStatus.BAD_REQUEST, notice=TOKEN_MISSING)
        except (Refusal, HTTPException) as refusal:
            # Flask does not look for the handler of what another handler raises.
            return make_response(current_app.handle_user_exception(refusal))

    def _opened(self, code: str) -> OpenForm:
        try:
            return self._find(code)
        except NotFound:
            self._unknown.note()
            raise

    def _untouched(self, opened: OpenForm) -> Response:
        """Send the page from its shell (see `shells`)."""
        look = current_look()
        subject = _subject(opened)
        shape = (
            opened.revision_id,
            current_language(),
            look,
            subject is not None,
            opened.place_label != "",
        )
        key = uuid4()
        values = {
            "token": generate_csrf(),
            "key": str(key),
            "ticket": self._ticket(opened, key),
            "place": opened.place_label,
            "subject": subject or "",
            "home": self._home(opened),
        }
        if opened.case_number is not None:
            # One page for one case: nothing would be gained by keeping it.
            return make_response(self._rendered(opened, values["token"], values["key"]))
        shell, policy = self._shells.get(shape, lambda: self._shell_of(opened, shape))
        if accepts_gzip():
            response = make_response(shell.gzipped(values))
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = make_response(shell.plain(values))
        response.headers["Content-Security-Policy"] = policy
        response.vary.add("Accept-Encoding")
        return response

    def _home(self, opened: OpenForm) -> str:
        return address(self.endpoint, code=opened.code)

    def again(
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
            return kept(posted, key)
        if opened.accepting is not Accepting.OPEN:
            return not_accepting(opened)
        plan = self._plans.of(opened.revision_id, opened.definition)
        html = render_form(
            plan,
            opened.definition,
            bind(plan, key=key, revision=opened.revision_number, typed=posted.typed),
            Hidden(
                generate_csrf(),
                str(key),
                str(opened.revision_number),
                self._ticket(opened, key),
            ),
            _target(opened),
            errors=errors,
            notice=notice,
            said=Said(posted.named, posted.phone, posted.begun),
            home=self._home(opened),
        )
        return answered(html, status)

    def _rendered(self, opened: OpenForm, token: str, key: str) -> str:
        plan = self._plans.of(opened.revision_id, opened.definition)
        return render_form(
            plan,
            opened.definition,
            bind(plan, key=key, revision="", typed={}),
            Hidden(token, key, str(opened.revision_number)),
            _target(opened),
            home=self._home(opened),
        )

    def _shell_of(self, opened: OpenForm, shape: Shape) -> tuple[Shell, str]:
        plan = self._plans.of(opened.revision_id, opened.definition)
        with_subject, with_place = shape[-2:]
        html = render_form(
            plan,
            opened.definition,
            bind(plan, key="", revision="", typed={}),
            Hidden(
                slot("token"),
                slot("key"),
                str(opened.revision_number),
                "" if opened.proof_key is None else slot("ticket"),
            ),
            Target(slot("place") if with_place else "", slot("subject") if with_subject else None),
            home=slot("home"),
        )
        return Shell(html), current_policy()


class PlaceDoor(Door):
    """The open form of a place."""

    endpoint = "respond.show"

    def __init__(
        self, unknown: UnknownCodes, plans: Plans, collecting: Collecting, funnel: Funnel
    ) -> None:
        super().__init__(unknown, plans)
        self._collecting = collecting
        self._funnel = funnel

    def begun(self, code: str) -> Response:
        """Count that somebody began to answer; the page's script says so, once."""
        opened = self._opened(code)
        if opened.place_id is not None:
            self._funnel.note(opened.place_id, "started")
        return Response(status=HTTPStatus.NO_CONTENT)

    def _find(self, code: str) -> OpenForm:
        return self._collecting.open_form(code)

    def _ticket(self, opened: OpenForm, key: UUID) -> str:
        return self._collecting.ticket(opened, key)

    def _submit(self, code: str, posted: Posted, key: UUID, besides: Besides) -> Submitted:
        return self._collecting.submit(code, key, posted.revision, posted.typed, besides)

    def _sent_out(self, opened: OpenForm) -> None:
        if opened.place_id is not None:
            self._funnel.note(opened.place_id, "opened")


class InvitedDoor(Door):
    """The form of a link for one service case or one person."""

    endpoint = "respond.show_invited"

    def __init__(self, unknown: UnknownCodes, plans: Plans, invited: Invited) -> None:
        super().__init__(unknown, plans)
        self._invited = invited

    def _find(self, code: str) -> OpenForm:
        return self._invited.open_form(code)

    def _submit(self, code: str, posted: Posted, key: UUID, besides: Besides) -> Submitted:
        return self._invited.submit(code, posted.review, posted.revision, posted.typed, besides)

    def _sent_out(self, opened: OpenForm) -> None:
        """Count nothing: a link belongs to one person."""


def _subject(opened: OpenForm) -> str | None:
    """Return what is rated, unless the name of the place says the same."""
    title = text_of(opened.subject_title)
    return None if title in ("", opened.place_label) else title


def _target(opened: OpenForm) -> Target:
    return Target(
        opened.place_label,
        _subject(opened),
        case_number=opened.case_number,
        review_number=opened.review_number,
    )
