"""The words of the console for what the domain names by keys."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from surveyapp.domain.accounts import ROLE_NAMES
from surveyapp.domain.roles import Role
from surveyapp.web.locale import text_of

DUTIES: dict[Role, LazyString] = {
    Role.ADMIN: _l("Accounts and units; sees no results"),
    Role.EDITOR: _l("Makes surveys and places, sees results, exports"),
    Role.REVIEWER: _l("Puts surveys in use and releases results; never their own surveys"),
    Role.ANALYST: _l("Sees results and exports de-identified data"),
    Role.UNIT: _l("Released results of their own unit and those below it"),
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
