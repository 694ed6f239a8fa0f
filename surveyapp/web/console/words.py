"""The words of the console for what the domain names by keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from surveyapp.domain.accounts import ROLE_NAMES
from surveyapp.domain.roles import Role
from surveyapp.services.auditing import LogEvent
from surveyapp.web.locale import text_of

DUTIES: dict[Role, LazyString] = {
    Role.ADMIN: _l("Accounts and units; sees no results"),
    Role.EDITOR: _l("Makes surveys and places, sees results, exports"),
    Role.REVIEWER: _l("Puts surveys in use and releases results; never their own surveys"),
    Role.ANALYST: _l("Sees results and exports de-identified data"),
    Role.UNIT: _l("Bad reviews and released results of their own unit and those below it"),
    Role.EXAMINER: _l("Their own assessment meeting"),
    Role.SCRUTINEER: _l("Watches over closed ballots"),
    Role.LEADER: _l("Released results, read only"),
    Role.AUDITOR: _l("The log and nothing else"),
}


def role_text(role: Role) -> str:
    """Name a role."""
    return text_of(ROLE_NAMES[role])


def duty_text(role: Role) -> LazyString:
    """Say in one line what a role is for."""
    return DUTIES[role]


# What the log calls the things that are done; one that is missing here shows its key.
ACTIONS: dict[str, LazyString] = {
    "account.add": _l("Account made"),
    "account.change": _l("Account changed"),
    "account.disable": _l("Account disabled"),
    "account.enable": _l("Account enabled"),
    "account.password": _l("Password chosen"),
    "account.reset_password": _l("One-time password made"),
    "ballot.archive": _l("Archive of a vote made"),
    "ballot.carry_home": _l("Vote carried home"),
    "ballot.carry_out": _l("Vote carried out to its meeting"),
    "ballot.recall": _l("Vote held here again, its laptop given up"),
    "calendar.put": _l("Holidays of a year entered"),
    "case.answer": _l("Case: answered"),
    "case.appeal": _l("Case: appeal made"),
    "case.approve": _l("Case: answer approved"),
    "case.assign": _l("Case: assigned"),
    "case.call": _l("Case: call logged"),
    "case.close": _l("Case: closed"),
    "case.confirm_ruling": _l("Case: ruling confirmed or refused"),
    "case.extend": _l("Case: deadline extended"),
    "case.forward": _l("Case: forwarded"),
    "case.propose_ruling": _l("Case: ruling proposed"),
    "case.send_back": _l("Case: answer sent back"),
    "case.unreachable": _l("Case: citizen could not be reached"),
    "case.verify": _l("Case: verified"),
    "cases.export": _l("Ledger or register of slips exported"),
    "contact.reveal": _l("Telephone number of a citizen read"),
    "credentials.issue": _l("Ballot slips issued"),
    "credentials.rehearse": _l("Ballot slips for a rehearsal issued"),
    "credentials.replace": _l("Spoilt ballot slips replaced"),
    "credentials.withdraw": _l("Lost ballot slips withdrawn"),
    "ballot.renew_keys": _l("Keys of a vote made anew"),
    "ballot.export": _l("Tabulation exported"),
    "ballot.feedback": _l("Feedback sheets of a ballot printed"),
    "evaluation.import": _l("Evaluation imported"),
    "evaluation.export": _l("Joint tabulation exported"),
    "indicator.import": _l("Indicator defined"),
    "invitation.create": _l("Links made"),
    "indices.export": _l("Indices exported"),
    "decision.enter": _l("Decided grades entered"),
    "item.answer": _l("Matter: answered"),
    "item.cancel": _l("Matter: cancelled"),
    "item.close": _l("Matter: settled"),
    "item.extend": _l("Matter: deadline extended"),
    "item.forward": _l("Matter: forwarded"),
    "item.open": _l("Matter: opened"),
    "item.send_back": _l("Matter: answer sent back"),
    "items.export": _l("Rectification list exported"),
    "log.read": _l("Log read"),
    "margins.set": _l("Population margins set"),
    "organisation.apply": _l("Organisation workbook applied"),
    "paper.confirm": _l("Printed ballots: count confirmed"),
    "paper.instead": _l("Printed ballot for a slip"),
    "paper.issue": _l("Printed ballots issued"),
    "paper.replace": _l("Spoilt printed ballot replaced"),
    "paper.settle": _l("Printed ballots: difference settled"),
    "paper.take_out": _l("Printed ballots: paper taken out of the count"),
    "place.add": _l("Place added"),
    "place.assign": _l("Place assigned"),
    "place.roster": _l("Duty roster stored"),
    "place.revoke": _l("Place revoked"),
    "response.standing": _l("Standing of a response changed"),
    "response.exclusion_proposed": _l("Exclusion of a review proposed"),
    "review.public_choice": _l("Comment or case chosen for the public page"),
    "responses.exchange": _l("Reviews handed over"),
    "responses.export": _l("Responses exported"),
    "responses.import": _l("Responses imported"),
    "reviews.export": _l("Figures of reviews exported"),
    "scheme.discard": _l("Draft of a scheme thrown away"),
    "scheme.import": _l("Scheme kept as a draft"),
    "scheme.publish": _l("Scheme put in use"),
    "score.release": _l("Scores released"),
    "score.run": _l("Scores computed"),
    "session.begin": _l("Signed in"),
    "session.end": _l("Signed out"),
    "session.refuse": _l("Sign-in refused"),
    "sheet.export": _l("Feedback sheet exported"),
    "slip.receive": _l("Slip: receipt taken"),
    "slip.record": _l("Slip: consequences recorded"),
    "slip.sign": _l("Slip: signed"),
    "snapshot.export": _l("Input of a snapshot handed out"),
    "snapshot.make": _l("Figures frozen"),
    "subject.import": _l("Subjects imported"),
    "subject.put": _l("Subjects changed"),
    "survey.close": _l("Survey closed"),
    "survey.import": _l("Definition imported"),
    "survey.publish": _l("Survey put in use"),
    "survey.release": _l("Results released"),
    "token.add": _l("Token made"),
    "token.revoke": _l("Token revoked"),
    "unit.import": _l("Units imported"),
    "volume.import": _l("Service cases imported"),
    "volume.replace": _l("Service cases of a day replaced"),
    "weights.export": _l("Weights exported"),
    "adjustment.add": _l("Occurrence entered"),
    "adjustment.return": _l("Occurrence returned"),
    "adjustment.verify": _l("Occurrences verified"),
    "form.add": _l("Visit or duty report written"),
    "form.correct": _l("Visit or duty report corrected"),
    "form.read": _l("Visit read"),
    "objection.raise": _l("Objection raised"),
    "objection.rule": _l("Objection ruled on"),
    "proposal.add": _l("Indicator proposed"),
    "proposal.adopt": _l("Proposed indicator written into a draft"),
    "proposal.settle": _l("Proposed indicator settled"),
    "proposal.withdraw": _l("Proposed indicator withdrawn"),
    "value.report": _l("Values reported"),
    "value.return": _l("Value returned"),
    "value.verify": _l("Values verified"),
    "values.export": _l("Values exported"),
}


def action_text(action: str) -> LazyString | str:
    """Name what was done."""
    return ACTIONS.get(action, action)


# What the log calls the details of an event; one that is missing here shows its key.
DETAILS: dict[str, LazyString] = {
    "accepted": _l("accepted"),
    "class": _l("class"),
    "classes": _l("classes"),
    "witnesses": _l("witnesses"),
    "issued": _l("issued"),
    "returned": _l("returned"),
    "void": _l("void"),
    "written_off": _l("written off"),
    "restricted": _l("with whole ballots"),
    "root": _l("root"),
    "after": _l("after"),
    "before": _l("before"),
    "changed": _l("changed"),
    "changed_accounts": _l("accounts changed"),
    "changed_units": _l("units changed"),
    "days": _l("days"),
    "hall": _l("hall"),
    "window": _l("window"),
    "removed": _l("replaced"),
    "for": _l("for"),
    "duplicates": _l("duplicates"),
    "file": _l("file"),
    "file_sha256": _l("file"),
    "format": _l("format"),
    "label": _l("name"),
    "n": _l("count"),
    "note": _l("note"),
    "new": _l("new"),
    "new_accounts": _l("accounts new"),
    "new_units": _l("units new"),
    "number": _l("number"),
    "page": _l("page"),
    "responses": _l("responses"),
    "revision": _l("revision"),
    "roles": _l("roles"),
    "rows": _l("rows"),
    "sanctions": _l("people dealt with"),
    "sessions_ended": _l("sign-ins ended"),
    "sha256": _l("file"),
    "scope": _l("for"),
    "source": _l("source"),
    "subject": _l("subject"),
    "what": _l("what"),
    "target": _l("target"),
    "day": _l("day"),
    "talks": _l("people talked to"),
    "wave": _l("wave"),
    "corrected": _l("corrected"),
    "reporter": _l("reported by"),
    "witness": _l("verified by"),
    "reason": _l("reason"),
    "unit": _l("unit"),
    "rule": _l("rule"),
    "occurrences": _l("times"),
    "document": _l("document"),
    "title": _l("title"),
    "ruling": _l("ruling"),
    "indicator": _l("indicator"),
    "kind": _l("kind"),
    "input_sha256": _l("input"),
    "period": _l("period"),
    "supersedes": _l("supersedes"),
    "version": _l("version"),
}
_DIGEST_SHOWN = 12


def detail_texts(event: LogEvent) -> Iterator[tuple[LazyString | str, str]]:
    """Name the details of an event, and write each on one line."""
    for name, value in sorted(event.detail.items()):
        yield DETAILS.get(name, name), _detail_text(name, value)


def _detail_text(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_detail_text(name, one) for one in value)
    if isinstance(value, dict):
        return ", ".join(
            f"{DETAILS.get(key, key)} {_detail_text(key, one)}" for key, one in value.items()
        )
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if name.endswith("sha256"):
        return f"{str(value)[:_DIGEST_SHOWN]}…"
    if name in ("roles", "before", "after"):
        role, colon, unit = str(value).partition(":")
        known = {str(one): one for one in Role}
        return f"{role_text(known[role])}{colon}{unit}" if role in known else str(value)
    return str(value)
