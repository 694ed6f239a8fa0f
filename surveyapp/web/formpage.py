"""Showing a revision as the page a citizen sees: for the public, and as a preview for staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from markupsafe import Markup

from surveyapp.domain import proof
from surveyapp.domain.messages import Message
from surveyapp.domain.survey import Definition
from surveyapp.domain.text import Text
from surveyapp.services.collection.intake import PHONE_FIELD
from surveyapp.web.assets import (
    FORM_SCRIPT,
    PROOF_SCRIPT,
    Inline,
    allow_own_requests,
    allow_script,
    allow_style,
)
from surveyapp.web.forms import AnswerForm, Block, Condition, FormPlan, typed_in
from surveyapp.web.look import Look, current_look


@dataclass(frozen=True, slots=True)
class Hidden:
    """The form's own fields, as text or as slots."""

    token: str
    key: str
    revision: str
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What the form stands for.

    Attributes
    ----------
    case_number : str or None
        The service case it is bound to.
    review_number : int
        2 for the one further review.
    is_amending : bool
        It adds to a review that is stored already.
    action : str or None
        Where it is sent; to its own address by default.
    """

    place: str
    subject: str | None
    case_number: str | None = None
    review_number: int = 1
    is_amending: bool = False
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed beside the answers of a review.

    Attributes
    ----------
    kept_phone : str or None
        The number that is stored already, its middle hidden.
    """

    named: bool = False
    phone: str = ""
    begun: bool = False
    kept_phone: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the list above the form."""

    target: str | None
    title: Text | None
    message: Message
    times: int = 1


def condition_style(
    conditions: Sequence[tuple[str, Condition]], *, stepwise: bool = False
) -> Inline | None:
    """Write the rules that show a question or a group of tags only where it applies.

    Browsers that do not know ``:has()`` show everything, with a hint in words.

    Parameters
    ----------
    stepwise : bool
        One question a screen: what stands in its place where it does not apply is hidden too.
    """
    rules = []
    for ident, condition in conditions:
        where = f"form{_selector(condition)} #{ident}"
        rules.append(f"#{ident}{{display:none}}{where}{{display:block}}")
        if stepwise:
            rules.append(f"{where}~.skip{{display:none!important}}")
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
    said: Said | None = None,
    home: str = "",
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
    said : Said, optional
        What was typed beside the answers so far.
    home : str
        Where a kiosk begins anew.
    """
    look = current_look()
    rating = _rating(plan, definition)
    conditions = [*plan.conditions, *_called(rating, definition)]
    stepwise = look.is_elder and not errors and not notice
    style = condition_style(conditions, stepwise=stepwise)
    by_tap = rating is not None and _is_one_tap(look, definition, target, errors or notice)
    return render_template(
        "respond/taps.html" if by_tap else "respond/form.html",
        rating=rating,
        stepwise=stepwise,
        target=target,
        said=said or Said(),
        home=home,
        plan=plan,
        definition=definition,
        typed=lambda line: typed_in(form, line),
        token=hidden.token,
        submission_key=hidden.key,
        revision=hidden.revision,
        ticket=hidden.ticket,
        proof_wait=int(proof.WAIT.total_seconds()),
        proof_zeros=proof.ZERO_BITS,
        proof_script=lambda: allow_script(PROOF_SCRIPT),
        place=target.place,
        subject=target.subject,
        errors=errors or {},
        problems=_problems(plan, errors or {}),
        notice=notice,
        preview=preview,
        conditions={ident: _for_script(condition) for ident, condition in conditions},
        condition_style=allow_style(style) if style else None,
        form_script=lambda: _script(definition),
    )


def _rating(plan: FormPlan, definition: Definition) -> Block | None:
    """Return the question that is the rating of a review."""
    if definition.review is None:
        return None
    rating = definition.review.rating
    return next(block for block in plan.blocks if block.line.name == rating)


def _called(rating: Block | None, definition: Definition) -> Iterator[tuple[str, Condition]]:
    """Yield when a call back is offered: bad reviews alone are called back."""
    review = definition.review
    if rating is not None and review is not None:
        bad = (one.id for one in rating.line.choices if review.is_bad(one.value))
        yield "call", (frozenset(bad),)


def _is_one_tap(look: Look, definition: Definition, target: Target, trouble: object) -> bool:
    """Whether the page offers the levels alone, each a button that sends it.

    So it is where everything should be one thing at a time, if nothing else must be answered.
    """
    review = definition.review
    if review is None or look.view == "standard" or target.is_amending or trouble:
        return False
    others = [question for question in definition.questions if question.key != review.rating]
    return not any(question.required for question in others) and all(
        attribute.unknown_allowed for attribute in definition.asked_attributes
    )


def _script(definition: Definition) -> Markup:
    if definition.review is not None:
        allow_own_requests()
    return allow_script(FORM_SCRIPT)


def _problems(plan: FormPlan, errors: Mapping[str, Message]) -> list[Problem]:
    """List the problems question by question; those of no field of the form come last."""
    problems = []
    for block in plan.all_blocks:
        wrong = [line for line in block.lines if line.name in errors]
        if wrong:
            first = wrong[0]
            problems.append(Problem(first.target, block.title, errors[first.name], len(wrong)))
    if PHONE_FIELD in errors:
        title = Text("回访电话", "A number to call you back")
        problems.append(Problem("phone", title, errors[PHONE_FIELD]))
    names = {line.name for block in plan.all_blocks for line in block.lines} | {PHONE_FIELD}
    strange = dict.fromkeys(
        message.template for name, message in errors.items() if name not in names
    )
    return problems + [Problem(None, None, Message(template)) for template in strange]
