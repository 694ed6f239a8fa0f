"""The page of a receipt: that a review arrived, how far it has come, and what can still be said.

Whoever holds a receipt is its citizen; nobody signs in. After the minutes for changes no page shows
the level any more, so nobody can be made to prove how they rated.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import uuid4

from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.wrappers import Response as WerkzeugResponse

from surveyapp.domain import codes
from surveyapp.domain.case import CITIZEN_NAMES, CallBack, CitizenStatus
from surveyapp.domain.errors import BadInput, Conflict, InvalidAnswers, NotFound, Unavailable
from surveyapp.domain.messages import Message, message
from surveyapp.services.collection.amending import Amending
from surveyapp.services.collection.intake import Besides
from surveyapp.services.collection.receipts import ReceiptForm, Receipts, ReceiptView
from surveyapp.services.places.printing import qr_svg
from surveyapp.web.assets import allow_own_pictures
from surveyapp.web.context import services, settings
from surveyapp.web.errors import status_of
from surveyapp.web.formpage import Hidden, Said, Target, render_form
from surveyapp.web.forms import Plans, bind
from surveyapp.web.look import current_look
from surveyapp.web.respond.doors import TOKEN_MISSING
from surveyapp.web.respond.guessing import UnknownCodes
from surveyapp.web.respond.posting import Posted, read_posted, require_form
from surveyapp.web.respond.replies import address, answered, kept
from surveyapp.web.respond.visits import visit

KIOSK_SECONDS = 45
"""A receipt at a kiosk gives way to an empty form after so many seconds."""
_KIOSK_ENDS = timedelta(minutes=3)
_SAVED = "receipt_saved"
"""In the session, so that the next page says what was stored: whether a number was among it."""
_NO_CHOICE = message("Please choose an answer.")


class ReceiptFace:
    """Everything behind a receipt."""

    def __init__(
        self, receipts: Receipts, amending: Amending, unknown: UnknownCodes, plans: Plans
    ) -> None:
        self._receipts = receipts
        self._amending = amending
        self._unknown = unknown
        self._plans = plans

    # --- the page ------------------------------------------------------------------------------

    def show(self, receipt: str) -> WerkzeugResponse:
        """Show how a review stands."""
        view = self._view(receipt)
        if current_look().is_kiosk and _now() - view.received_at > _KIOSK_ENDS:
            # Back at a tablet leads to nobody's receipt.
            return redirect(_home(), HTTPStatus.SEE_OTHER)
        return self._page(view, saved=session.pop(_SAVED, None))

    def change(self, receipt: str) -> WerkzeugResponse:
        """Change the level by one press."""
        require_form()
        levels = request.form.getlist("level")
        if len(levels) != 1:
            return self._page(self._view(receipt), _NO_CHOICE, HTTPStatus.BAD_REQUEST)
        try:
            self._amending.change(receipt, levels[0])
        except InvalidAnswers as refusal:
            status = HTTPStatus.BAD_REQUEST if refusal.forged else HTTPStatus.UNPROCESSABLE_ENTITY
            shown = self._receipts.form(receipt, further=False)
            typed = _listed(shown) | {self._view(receipt).rating: levels}
            posted = Posted(None, None, damaged=False, typed=typed, named=shown.named)
            return self._form(shown, posted, status, errors=refusal.problems)
        except Conflict as refusal:
            return self._page(self._view(receipt), refusal.message, HTTPStatus.CONFLICT)
        except NotFound:
            self._unknown.note()
            raise
        return redirect(self._back(receipt), HTTPStatus.SEE_OTHER)

    def word(self, receipt: str) -> WerkzeugResponse:
        """Take the answer to the call back: satisfied with the fix, or not."""
        require_form()
        satisfied = {"yes": True, "no": False}.get(request.form.get("satisfied", ""))
        if satisfied is None:
            return self._page(self._view(receipt), _NO_CHOICE, HTTPStatus.BAD_REQUEST)
        try:
            self._receipts.word(receipt, satisfied=satisfied)
        except Conflict as refusal:
            return self._page(self._view(receipt), refusal.message, HTTPStatus.CONFLICT)
        except NotFound:
            self._unknown.note()
            raise
        return redirect(self._back(receipt), HTTPStatus.SEE_OTHER)

    def picture(self, receipt: str) -> Response:
        """Draw the address of the receipt page, to be scanned by the citizen's own phone."""
        normal = codes.normalise(receipt, codes.RECEIPT_BITS)
        if normal is None:
            raise NotFound(message("There is no such receipt."))
        drawn = qr_svg(f"{settings().base_url}/receipt/{normal}")
        response = Response(drawn, mimetype="image/svg+xml")
        response.headers["Cache-Control"] = "no-store"
        return response

    def without_token(self, _error: CSRFError) -> WerkzeugResponse:
        """Show the page again, with a token that works, to a browser that sent none."""
        receipt = (request.view_args or {}).get("receipt", "")
        if request.endpoint in ("respond.details", "respond.further"):
            further = request.endpoint == "respond.further"
            shown = self._receipts.form(receipt, further=further)
            posted = read_posted()
            return self._form(shown, posted, HTTPStatus.BAD_REQUEST, notice=TOKEN_MISSING)
        return self._page(self._view(receipt), TOKEN_MISSING, HTTPStatus.BAD_REQUEST)

    # --- the two forms behind it ---------------------------------------------------------------

    def details(self, receipt: str) -> WerkzeugResponse:
        """Add reasons, words, a name or a number to a fresh review, or change any of them."""
        if request.method == "GET":
            return self._empty(receipt, further=False)
        return self._sent(receipt, further=False)

    def further(self, receipt: str) -> WerkzeugResponse:
        """Add the one further review."""
        if request.method == "GET":
            return self._empty(receipt, further=True)
        return self._sent(receipt, further=True)

    def _empty(self, receipt: str, *, further: bool) -> WerkzeugResponse:
        try:
            shown = self._receipts.form(receipt, further=further)
        except Conflict as refusal:
            return self._page(self._view(receipt), refusal.message, HTTPStatus.CONFLICT)
        except NotFound:
            self._unknown.note()
            raise
        posted = Posted(None, None, damaged=False, typed=_listed(shown), named=shown.named)
        return self._form(shown, posted, HTTPStatus.OK)

    def _sent(self, receipt: str, *, further: bool) -> WerkzeugResponse:
        posted = read_posted()
        besides = Besides(posted.named, posted.phone, visit())
        try:
            if further:
                self._amending.follow_up(receipt, posted.revision, posted.typed, besides)
            else:
                self._amending.complete(receipt, posted.typed, besides)
        except InvalidAnswers as refusal:
            status = HTTPStatus.BAD_REQUEST if refusal.forged else HTTPStatus.UNPROCESSABLE_ENTITY
            shown = self._receipts.form(receipt, further=further)
            return self._form(shown, posted, status, errors=refusal.problems)
        except Unavailable:
            return kept(posted, posted.key or uuid4())
        except (Conflict, BadInput) as refusal:
            return self._page(self._view(receipt), refusal.message, status_of(refusal))
        except NotFound:
            self._unknown.note()
            raise
        if not further:
            session[_SAVED] = bool(posted.phone.strip())
        return redirect(self._back(receipt), HTTPStatus.SEE_OTHER)

    def _form(
        self,
        shown: ReceiptForm,
        posted: Posted,
        status: int,
        *,
        notice: Message | None = None,
        errors: dict[str, Message] | None = None,
    ) -> Response:
        plan = self._plans.of(shown.revision_id, shown.definition)
        html = render_form(
            plan,
            shown.definition,
            bind(plan, key="", revision=shown.revision_number, typed=posted.typed),
            Hidden(generate_csrf(), str(uuid4()), str(shown.revision_number)),
            Target(
                shown.place_label,
                None,
                is_amending=not shown.is_further,
                review_number=2 if shown.is_further else 1,
            ),
            errors=errors,
            notice=notice,
            said=Said(
                posted.named,
                posted.phone,
                begun=True,
                kept_phone=None if current_look().is_kiosk else shown.phone,
            ),
            home=_home(),
        )
        return answered(html, status)

    # --- shared --------------------------------------------------------------------------------

    def _view(self, receipt: str) -> ReceiptView:
        try:
            return self._receipts.show(receipt)
        except NotFound:
            self._unknown.note()
            raise

    def _page(
        self,
        view: ReceiptView,
        notice: Message | None = None,
        status: int = HTTPStatus.OK,
        *,
        saved: bool | None = None,
    ) -> Response:
        look = current_look()
        if view.is_review:
            allow_own_pictures()
        html = render_template(
            "respond/receipt.html",
            receipt=view,
            parts=codes.grouped(view.receipt).split(),
            token=generate_csrf() if _has_form(view) else "",
            notice=notice,
            saved=saved is not None,
            no_number=bool(saved) and bool(view.levels) and view.phone is None,
            statuses=list(CitizenStatus),
            names=CITIZEN_NAMES,
            reached=dict(view.case.dates) if view.case else {},
            words=CallBack,
            link=lambda name: _link(name, view.receipt),
            home=_home(),
            idle=KIOSK_SECONDS,
        )
        response = make_response(html, status)
        if look.is_kiosk:
            # Also where no script runs.
            response.headers["Refresh"] = f"{KIOSK_SECONDS}; url={_home()}"
        return response

    def _back(self, receipt: str) -> str:
        return _link("receipt", codes.normalise(receipt, codes.RECEIPT_BITS) or "")


def _listed(shown: ReceiptForm) -> dict[str, list[str]]:
    return {name: list(values) for name, values in shown.typed.items()}


def _has_form(view: ReceiptView) -> bool:
    return bool(view.levels) or (view.case is not None and view.case.may_answer)


def _now() -> datetime:
    return services().intake.now()


def _link(name: str, receipt: str) -> str:
    """Return an address behind the receipt; at a kiosk it remembers where the kiosk stands."""
    place = codes.normalise(request.args.get("at", ""), codes.PLACE_BITS)
    if current_look().is_kiosk and place is not None:
        return address(f"respond.{name}", receipt=receipt, at=place)
    return address(f"respond.{name}", receipt=receipt)


def _home() -> str:
    """Return where a kiosk begins anew."""
    place = codes.normalise(request.args.get("at", ""), codes.PLACE_BITS)
    if place is None:
        return url_for("respond.landing")
    return address("respond.show", code=place)
