"""The group of commands, and what they have in common."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from corridor import __version__
from corridor.display import RESULTS, printable, write
from corridor.errors import CorridorError
from corridor.streams import forget_output, open_closed, results_apart

_F = TypeVar("_F", bound=Callable[..., Any])


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

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A terminal that knows no Chinese gets an escape, not a traceback.
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except CorridorError as err:
            with suppress(OSError):  # the status says it, if standard error cannot
                click.echo(printable(f"corridor: {err}"), err=True)
            ctx.exit(1)
        except BrokenPipeError:
            forget_output()  # a reader such as `head` has seen enough
            ctx.exit(0)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the words; those that ask for help are answered here."""
        try:
            return super().make_context(*args, **options)
        except BrokenPipeError:
            forget_output()
            raise click.exceptions.Exit(0) from None

    def main(self, *args: Any, **options: Any) -> Any:
        """Read the words and run the command; what cannot be written, help too, is one line."""
        open_closed()
        try:
            return super().main(*args, **options)
        except OSError as err:
            with suppress(OSError):  # perhaps it was standard error
                click.echo(f"corridor: standard output cannot be written ({err.strerror or err})", err=True)
            os._exit(1)  # at a normal exit Python would try again to write what is left, and complain


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
    write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def say(text: str) -> None:
    """Progress for a person; nothing where standard error is not a terminal."""
    if sys.stderr.isatty():
        click.echo(text, err=True)
