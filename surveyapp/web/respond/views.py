"""The addresses of the public face."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as WerkzeugResponse

from surveyapp.domain import codes
from surveyapp.domain.errors import Unavailable
from surveyapp.services.assembly import Services
from surveyapp.web.forms import Plans
from surveyapp.web.health import Meter
from surveyapp.web.respond.ballots import BallotFace
from surveyapp.web.respond.doors import InvitedDoor, PlaceDoor
from surveyapp.web.respond.guessing import UnknownCodes
from surveyapp.web.respond.receipts import ReceiptFace
from surveyapp.web.respond.replies import address


def landing() -> str:
    """Say what this site is."""
    console = f"{url_for('respond.landing')}console/"
    return render_template("respond/landing.html", console_address=console)


def find() -> WerkzeugResponse:
    """Lead from a code typed on the landing page to its form."""
    normal = codes.normalise(request.args.get("code", ""), codes.PLACE_BITS)
    # A code that cannot be one leads to the same page as one that is not known.
    return redirect(address("respond.show", code=normal or "0"), HTTPStatus.SEE_OTHER)


def make_blueprint(services: Services, meter: Meter) -> Blueprint:
    """Make the blueprint of the public face."""
    unknown, plans = UnknownCodes(meter.unknown_codes), Plans()
    place = PlaceDoor(unknown, plans, services.collecting, services.funnel)
    invited = InvitedDoor(unknown, plans, services.invited)
    ballot = BallotFace(services.balloting, services.ballot_closing, unknown)
    receipt = ReceiptFace(services.receipts, services.amending, unknown, plans)

    def without_token(error: CSRFError) -> WerkzeugResponse:
        """Show again what was sent without a token that works."""
        arguments = request.view_args or {}
        if request.endpoint in BallotFace.ENDPOINTS:
            return ballot.without_token(error)
        if request.endpoint == "respond.begun":
            return Response(status=HTTPStatus.BAD_REQUEST)
        if "receipt" in arguments:
            return receipt.without_token(error)
        if request.endpoint == "respond.answer_invited":
            return invited.without_token(error)
        return place.without_token(error)

    def flush() -> None:
        """Write the funnel down; while the database does not answer its counts keep waiting."""
        with suppress(Unavailable):
            services.funnel.flush()

    def write_down(response: Response) -> Response:
        """Write the funnel down now and then, when the answer has gone out."""
        if services.funnel.is_due():
            response.call_on_close(flush)
        return response

    blueprint = Blueprint("respond", __name__)
    blueprint.after_request(write_down)
    for rule, name, view, methods in (
        ("/", "landing", landing, ["GET"]),
        ("/r/", "find", find, ["GET"]),
        ("/r/<code>", "show", place.show, ["GET"]),
        ("/r/<code>", "answer", place.answer, ["POST"]),
        ("/r/<code>/begun", "begun", place.begun, ["POST"]),
        ("/i/<code>", "show_invited", invited.show, ["GET"]),
        ("/i/<code>", "answer_invited", invited.answer, ["POST"]),
        ("/b/", "ballot_find", ballot.find, ["GET", "POST"]),
        ("/b/<code>", "ballot", ballot.show, ["GET"]),
        ("/b/<code>", "ballot_cast", ballot.answer, ["POST"]),
        ("/verify/<key>", "verify", ballot.verify, ["GET", "POST"]),
        ("/receipt/<receipt>", "receipt", receipt.show, ["GET"]),
        ("/receipt/<receipt>/change", "change", receipt.change, ["POST"]),
        ("/receipt/<receipt>/details", "details", receipt.details, ["GET", "POST"]),
        ("/receipt/<receipt>/further", "further", receipt.further, ["GET", "POST"]),
        ("/receipt/<receipt>/word", "word", receipt.word, ["POST"]),
        ("/receipt/<receipt>/qr.svg", "picture", receipt.picture, ["GET"]),
    ):
        blueprint.add_url_rule(rule, name, view, methods=methods)
    blueprint.register_error_handler(CSRFError, without_token)
    return blueprint
