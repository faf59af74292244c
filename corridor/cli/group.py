"""The group of commands, and what they have in common."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from corridor import __version__, texts
from corridor.display import RESULTS, json_text, write
from corridor.errors import CorridorError
from corridor.streams import forget_output, open_closed, results_apart

_F = TypeVar("_F", bound=Callable[..., Any])

_WORDS = "corridor.words"
"""Where a command's context keeps the words of the command line."""

_LONGEST_LINE = 2000
_LONGEST_USAGE = 400
"""So many characters of a line on standard error are shown, and of a message on wrong usage."""


class Results(click.Command):
    """A command for whose run standard output is kept for its results; its help is written before."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and let what libraries print go to standard error."""
        with results_apart() as results:
            ctx.meta[RESULTS] = results
            return super().invoke(ctx)


class Commands(click.Group):
    """A group whose library errors become lines on standard error and exit status 1."""

    command_class = Results

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:
        """Read the words of the command line, and keep them; those that ask for help are answered here."""
        words = [*args]
        try:
            with _usage_shown():
                context = super().make_context(info_name, args, *rest, **extra)
        except BrokenPipeError:
            forget_output()
            raise click.exceptions.Exit(0) from None
        context.meta.setdefault(_WORDS, words)
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A terminal that knows no Chinese gets an escape, not a traceback.
                stream.reconfigure(errors="backslashreplace")
        try:
            with _usage_shown():
                return super().invoke(ctx)
        except CorridorError as err:
            with suppress(OSError):  # the status says it, if standard error cannot
                complain(*_words_shown(f"corridor: {err}", ctx.meta[_WORDS]).split("\n"))
            ctx.exit(1)
        except BrokenPipeError:
            forget_output()  # a reader such as `head` has seen enough
            ctx.exit(0)

    def main(self, *args: Any, **options: Any) -> Any:
        """Read the words and run the command; what cannot be written, help too, is one line."""
        open_closed()
        try:
            return super().main(*args, **options)
        except OSError as err:
            with suppress(OSError):  # perhaps it was standard error
                click.echo(f"corridor: standard output cannot be written ({err.strerror or err})", err=True)
            os._exit(1)  # at a normal exit Python would try again to write what is left, and complain


class WrongUsage(click.UsageError):
    """Wrong usage, of which the status tells even where standard error cannot be written."""

    def __init__(self, error: click.UsageError) -> None:
        super().__init__(error.message, error.ctx)
        self.error = error

    def show(self, file: Any = None) -> None:
        """Write on standard error what was wrong."""
        with suppress(OSError):
            self.error.show(file)


@contextmanager
def _usage_shown() -> Iterator[None]:
    """Show what click says of wrong usage on one line and short: it repeats words of the command line as they are."""
    try:
        yield
    except WrongUsage:
        raise
    except click.exceptions.NoArgsIsHelpError as err:  # its message is the help
        raise WrongUsage(err) from err
    except click.UsageError as err:
        message = texts.isolated(texts.bare(err.format_message(), _LONGEST_USAGE))
        raise WrongUsage(click.UsageError(message, err.ctx)) from err


def _words_shown(message: str, words: Sequence[str]) -> str:
    """A message in which no word of the command line, nor file that the environment names, breaks a line or is long."""
    named = [os.environ.get(name, "") for name in ("CORRIDOR_DATA", "CORRIDOR_NETWORK", "XDG_CACHE_HOME", "HOME")]
    pieces = {piece for word in (*words, *named) for piece in (word, word.partition("=")[2])}
    pieces |= {str(Path(piece)) for piece in pieces}
    for piece in sorted((piece for piece in pieces if piece.strip()), key=len, reverse=True):
        if (short := texts.bare(piece)) != piece:
            message = message.replace(texts.printable(piece), short)
    return message


as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _choose_network(ctx: click.Context, _: click.Parameter, file: Path | None) -> None:
    if file is not None:
        ctx.with_resource(_environment("CORRIDOR_NETWORK", str(file)))


def on_network(command: _F) -> _F:
    """Give a command the option ``--network``: the same as the variable CORRIDOR_NETWORK, for this one run."""
    return click.option(
        "--network",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_choose_network,
        help="Network file to use instead of the embedded one (also CORRIDOR_NETWORK).",
    )(command)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def main() -> None:
    """China-Europe trains by rail: routes on real rails, volumes with their sources, maps and figures."""


def write_json(value: Any) -> None:
    """Write a value as JSON, and nothing else, on standard output."""
    write(json_text(value, indent=2))


def say(text: str) -> None:
    """Progress for a person; nothing where standard error is not a terminal."""
    if sys.stderr.isatty():
        complain(text)


def complain(*lines: str) -> None:
    """Lines for a person on standard error, each on one line and of limited length, whatever stands in them."""
    for line in lines:
        click.echo(texts.isolated(texts.bare(line, _LONGEST_LINE)), err=True)
