"""Which role may open which address: read from the application itself, never kept by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from surveyapp.domain.accounts import ROLE_NAMES
from surveyapp.domain.roles import PERMISSIONS, Permission, Role
from surveyapp.web.console.access import PREFIX, permission_in

_HEAD = """\
# Roles and what each may open

Generated from the application by `make roles`; a test compares
this page with the application and asks for every address in every role.

An account may hold several roles: it may then open what any of them opens. Everybody who is signed
in sees the home page and their own account. Which survey, unit or meeting a role concerns is
decided further in: the unit role, for instance, sees released results of its own unit and those
below it, and a reviewer never decides about a definition of their own.

| Role | 角色 | May |
| --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the console with one way of using it.

    Attributes
    ----------
    permission : Permission or None
        None where nobody needs to be signed in.
    """

    path: str
    methods: tuple[str, ...]
    endpoint: str
    permission: Permission | None

    def is_open_to(self, role: Role) -> bool:
        """Whether an account with just this role may open it."""
        return self.permission is None or self.permission in PERMISSIONS[role]


def addresses_of(app: Flask) -> list[Address]:
    """Return every address of the console, ordered."""
    return sorted(_addresses(app), key=lambda address: (address.path, address.methods))


def _addresses(app: Flask) -> Iterator[Address]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(PREFIX):
            methods = tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            permission = permission_in(app.view_functions, rule.endpoint)
            yield Address(rule.rule, methods, rule.endpoint, permission)


def as_markdown(app: Flask) -> str:
    """Write the page ``docs/roles.md``."""
    lines = [f"| `{role}` | {ROLE_NAMES[role].zh} | {_permissions(role)} |" for role in Role]
    lines += ["", f"| Address | {' | '.join(Role)} |", f"| --- |{' :-: |' * len(Role)}"]
    for address in addresses_of(app):
        marks = ["●" if address.is_open_to(role) else "" for role in Role]
        lines.append(f"| {', '.join(address.methods)} `{address.path}` | {' | '.join(marks)} |")
    return _HEAD + "\n".join(lines) + "\n"


def _permissions(role: Role) -> str:
    names = sorted(PERMISSIONS[role] - {Permission.SIGNED_IN})
    return ", ".join(name.replace("_", " ") for name in names) or "sign in"
