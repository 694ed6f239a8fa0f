"""Showing a revision as the page a citizen sees: for the public, and as a preview for staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template
from markupsafe import Markup

from surveyapp.domain.messages import Message
from surveyapp.domain.survey import Definition
from surveyapp.domain.text import Text
from surveyapp.web.assets import FORM_SCRIPT, Inline, allow_script, allow_style
from surveyapp.web.forms import AnswerForm, Condition, FormPlan, typed_in


@dataclass(frozen=True, slots=True)
class Hidden:
    """The form's own fields, as text or as slots."""

    token: str
    key: str
    revision: str


@dataclass(frozen=True, slots=True)
class Target:
    """Which place the form stands for."""

    place: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the list above the form."""

    target: str | None
    title: Text | None
    message: Message
    times: int = 1


def condition_style(plan: FormPlan) -> Inline | None:
    """Write the rules that show a question or a group of tags only where it applies.

    Browsers that do not know ``:has()`` show everything, with a hint in words.
    """
    rules = [
        f"#{ident}{{display:none}}form{_selector(condition)} #{ident}{{display:block}}"
        for ident, condition in plan.conditions
    ]
    return Inline.of(f"@supports selector(:has(a)){{{''.join(rules)}}}") if rules else None


def _selector(condition: Condition) -> str:
    return "".join(
        f":has({','.join(f'#{ident}:checked' for ident in _sorted(one))})" for one in condition
    )


def _sorted(ids: frozenset[str]) -> list[str]:
    return sorted(ids, key=lambda ident: (len(ident), ident))


def _for_script(condition: Condition) -> str:
    return " ".join(",".join(_sorted(one)) for one in condition)


def render_form(
    plan: FormPlan,
    definition: Definition,
    form: AnswerForm,
    hidden: Hidden,
    target: Target,
    *,
    errors: Mapping[str, Message] | None = None,
    notice: Message | None = None,
    preview: bool = False,
) -> str:
    """Render the form page, and let the response carry what is inlined in it.

    Parameters
    ----------
    form : AnswerForm
        Holds what was typed so far.
    errors : mapping of str to Message, optional
        By field name.
    notice : Message, optional
        What happened, above the form.
    preview : bool
        Everything can be tried, nothing can be sent.
    """
    style = condition_style(plan)
    return render_template(
        "respond/form.html",
        plan=plan,
        definition=definition,
        typed=lambda line: typed_in(form, line),
        token=hidden.token,
        submission_key=hidden.key,
        revision=hidden.revision,
        place=target.place,
        subject=target.subject,
        errors=errors or {},
        problems=_problems(plan, errors or {}),
        notice=notice,
        preview=preview,
        conditions={ident: _for_script(condition) for ident, condition in plan.conditions},
        condition_style=allow_style(style) if style else None,
        form_script=_script,
    )


def _script() -> Markup:
    return allow_script(FORM_SCRIPT)


def _problems(plan: FormPlan, errors: Mapping[str, Message]) -> list[Problem]:
    """List the problems question by question; those of no field of the form come last."""
    problems = []
    for block in plan.all_blocks:
        wrong = [line for line in block.lines if line.name in errors]
        if wrong:
            first = wrong[0]
            problems.append(Problem(first.target, block.title, errors[first.name], len(wrong)))
    names = {line.name for block in plan.all_blocks for line in block.lines}
    strange = dict.fromkeys(
        message.template for name, message in errors.items() if name not in names
    )
    return problems + [Problem(None, None, Message(template)) for template in strange]
