"""Counting: bring the tally up to date, or make it anew."""

from __future__ import annotations

import click

from surveyapp.cli.program import Group, _, json_option
from surveyapp.cli.session import Session, pass_session
from surveyapp.domain.messages import message


@click.group(cls=Group, help=_("Count responses into the tally that every figure is made from."))
def tally() -> None:
    pass


@tally.command("fold", help=_("Count every response that waits to be counted."))
@click.argument("survey")
@json_option
@pass_session
def fold(session: Session, survey: str, as_json: bool) -> None:
    counting = session.services.counting
    state = counting.state(survey)
    with session.progress(message("Counting"), state.total - state.counted) as progress:
        n = counting.fold(survey, progress)
    if as_json:
        session.show_json(
            {"survey": survey, "folded": n, "counted": counting.state(survey).counted}
        )
    else:
        session.say(message("Counted %(n)s responses.", n=n))


@tally.command("rebuild", help=_("Count all responses anew; for checking, or after an accident."))
@click.argument("survey")
@json_option
@pass_session
def rebuild(session: Session, survey: str, as_json: bool) -> None:
    counting = session.services.counting
    with session.progress(message("Counting"), counting.state(survey).counted) as progress:
        n = counting.rebuild(survey, progress)
    if as_json:
        session.show_json({"survey": survey, "counted": n})
    else:
        session.say(message("Counted %(n)s responses anew.", n=n))
