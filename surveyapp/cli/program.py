"""The program `surveyapp`: help in the operator's language, and one line for every refusal."""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

import click

from surveyapp import __version__
from surveyapp.config import ConfigurationError
from surveyapp.domain.errors import Refusal, Unavailable
from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language
from surveyapp.language import LOCALES, TRANSLATIONS, translate

_END_OF_SENTENCE = re.compile(r"(?<=\.) |。|；|; ")


def _(text: str) -> str:
    """Mark a help text for the catalogues; it is translated when it is shown."""
    return text


def spoken_language() -> Language:
    """Return the language of the command line, also where the settings cannot be read."""
    return "en" if os.environ.get("SURVEYAPP_LOCALE", "").startswith("en") else "zh"


class Refused(click.ClickException):
    """Ends a command with exit code 1 and its lines on standard error."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))

    @classmethod
    def because(cls, reason: Message) -> Refused:
        """Make the end of a command from one message."""
        return cls([translate(reason, spoken_language())])

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the lines as they are."""
        click.echo(self.message, file=file, err=file is None)


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what stands left and right of the gap in the list of options."""
        record = super().get_help_record(ctx)
        if record is None or self.help is None:
            return record
        left, right = record
        return left, right.replace(self.help, _spoken(self.help), 1)


class _Translated(click.Command):
    """What a command and a group of commands say about themselves, translated when it is shown."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help text."""
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(_spoken(self.help))

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence for the list of commands."""
        return _END_OF_SENTENCE.split(_spoken(self.help or ""), maxsplit=1)[0].rstrip(".")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option for help, which Click keeps in the language of the first run."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = _spoken(_("Show this message and exit."))
        return found


class Command(_Translated):
    """A command."""


class Group(_Translated, click.Group):
    """A group of commands."""

    command_class = Command


class Program(Group):
    """The whole command line: what the services refuse becomes a line and an exit code."""

    group_class = Group

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the program."""
        with _click_speaking(spoken_language()):
            return super().main(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command.

        Raises
        ------
        Refused
            Something the operator can mend.
        """
        try:
            return super().invoke(ctx)
        except Unavailable as error:
            raise Refused.because(
                message(
                    "The database cannot be reached or is busy; nothing was saved."
                    " Check SURVEYAPP_DATABASE_URL and try again."
                )
            ) from error
        except Refusal as error:
            raise Refused.because(error.message) from error
        except ConfigurationError as error:
            raise Refused([str(error)]) from error
        except OSError as error:
            if error.filename is None:
                raise
            raise Refused.because(
                message(
                    "“%(file)s” cannot be used: %(reason)s.",
                    file=error.filename,
                    reason=error.strerror,
                )
            ) from error


@contextmanager
def _click_speaking(language: Language) -> Iterator[None]:
    """Let Click, which asks Python's own gettext, find its sentences in a catalogue of ours."""
    before = gettext.textdomain(), os.environ.get("LANGUAGE")
    gettext.bindtextdomain("click", str(TRANSLATIONS))
    gettext.textdomain("click")
    os.environ["LANGUAGE"] = LOCALES[language]
    try:
        yield
    finally:
        gettext.textdomain(before[0])
        if before[1] is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = before[1]


def _spoken(text: str) -> str:
    return translate(Message(text), spoken_language())


option = partial(click.option, cls=Option)
json_option = option("--json", "as_json", is_flag=True, help=_("Answer in JSON, for programs."))


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_("Surveys of government work: open reviews and satisfaction surveys."),
)
@click.version_option(
    __version__, prog_name="surveyapp", cls=Option, help=_("Show the version and exit.")
)
def main() -> None:
    pass
