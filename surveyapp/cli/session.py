"""What every command needs: the services of a ready database, a voice, progress on a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from surveyapp.cli.program import Refused, spoken_language
from surveyapp.config import Settings
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Actor
from surveyapp.domain.text import Text
from surveyapp.language import translate

if TYPE_CHECKING:
    from surveyapp.services.assembly import Services
    from surveyapp.services.collection.importing import LineError

OPERATOR: Final = Actor("command line")


class Session:
    """One run of the program."""

    @cached_property
    def settings(self) -> Settings:
        """Read the environment when it is first needed: `--help` needs none."""
        return Settings.from_environ()

    @cached_property
    def services(self) -> Services:
        """Open the database of the environment.

        Raises
        ------
        Refused
            It was never set up, or has an older schema.
        """
        # Costs a second of imports that `--help` and wrong usage need not pay.
        from surveyapp.services.assembly import assemble
        from surveyapp.storage.migrate import is_current

        services = assemble(self.settings)
        click.get_current_context().find_root().call_on_close(services.database.dispose)
        if not is_current(services.database):
            raise Refused.because(
                message(
                    "The database is not set up or is older than this version:"
                    " run `surveyapp init` first."
                )
            )
        return services

    def say(self, text: Message) -> None:
        """Print one sentence."""
        click.echo(translate(text, spoken_language()))

    def in_words(self, text: Message | Text) -> str:
        """Return a text in the language of the command line."""
        if isinstance(text, Text):
            return text.in_language(spoken_language())
        return translate(text, spoken_language())

    def show_json(self, content: Mapping[str, Any]) -> None:
        """Print one JSON document."""
        click.echo(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False))

    def errors_json(self, errors: Iterable[LineError]) -> list[dict[str, Any]]:
        """Write refused rows of a file for a JSON document."""
        return [{"line": one.line, "reason": self.in_words(one.message)} for one in errors]

    def import_refused(
        self, file: Path, n: int, errors: Iterable[LineError], *, with_rows: bool
    ) -> Refused:
        """Make the end of an import of which nothing was stored.

        Parameters
        ----------
        n : int
            How many rows are refused; `errors` may be the first of them.
        with_rows : bool
            Whether the rows are listed too: not where the JSON document holds them.
        """
        summary = message(
            "Nothing was imported: %(n)s rows of “%(file)s” are refused.", n=n, file=file.name
        )
        rows = [f"{file}:{one.line}: {self.in_words(one.message)}" for one in errors]
        return Refused([self.in_words(summary), *(rows if with_rows else ())])

    @contextmanager
    def progress(self, label: Message, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show on a terminal how far a long command is; yield what to call with each step."""
        console = Console(stderr=True)
        if not console.is_terminal:
            yield lambda _n: None
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            *((BarColumn(),) if total else ()),
            MofNCompleteColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(self.in_words(label), total=total)
            yield lambda n: bar.advance(task, n)


pass_session = click.make_pass_decorator(Session, ensure=True)
FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FILE: Final = click.Path(dir_okay=False, path_type=Path)
