"""Work in a Python process of its own, for what damaged or hostile input could crash, hang or swell.

Compiled readers of files can end the process that they run in, and a server can keep a connection open for ever.
Here only the helper process ends: its death, a time that is up and a memory that is full become one exception each.

The helper is started as ``python -c`` and not by :mod:`multiprocessing`, so that a script without a main guard and a
notebook are safe from being run a second time. Messages are pickles over its standard streams; what libraries print
is dropped.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

MOST_MEMORY = 8_000_000_000
"""Bytes that a helper may take, where the system has such a limit (Linux); the planet's rails take a quarter."""

# The helper finds its modules where this process does; -P keeps it from looking in the working folder first.
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from corridor.sources.apart import serve; serve()"


class Died(Exception):
    """The helper ended without an answer; the text says how."""


class Helper:
    """A Python process that runs functions of this package, one after the other; started when it is first needed.

    As a context manager it is ended with the block, whatever it is at.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def call(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        seconds: float | None = None,
        tell: Callable[..., None] | None = None,
    ) -> Any:
        """What a function returns in the helper.

        Parameters
        ----------
        function : callable
            One of a module.
        seconds : float, optional
            After this time the helper is ended, whatever it is at.
        tell : callable, optional
            Called here with what the function calls its own argument ``tell`` with.

        Raises
        ------
        TimeoutError
            If the time is up.
        Died
            If the helper ended without an answer.
        Exception
            Whatever the function raises.
        """
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()
        timer = threading.Timer(seconds or 0, _kill, (process, late))
        try:
            if seconds is not None:
                timer.start()
            with suppress(OSError):  # it has died: reading says how
                process.stdin.write(pickle.dumps((function, arguments, tell is not None)))
                process.stdin.flush()
            while (message := pickle.load(process.stdout))[0] == "step":  # noqa: S301 - of our own process
                if tell:
                    tell(*message[1])
        except (EOFError, pickle.UnpicklingError) as err:
            self.end()
            if late.is_set():
                raise TimeoutError(f"not within {seconds:g} s") from err
            raise Died(_how(process.returncode)) from err
        except BaseException:  # an interrupt, say: the helper is still at work
            self.end()
            raise
        finally:
            timer.cancel()
        if late.is_set():  # just after it answered
            self.end()
        kind, value = message
        if kind == "fault":
            raise value
        return value

    def end(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()  # nothing to one that has ended, whose status is kept
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]

    def _start(self) -> subprocess.Popen[bytes]:
        if not sys.executable:
            raise Died("it cannot be started: sys.executable names no Python interpreter")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
                [sys.executable, "-P", "-c", _START, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as err:
            raise Died(f"it cannot be started: {err.strerror or err}") from err
        return self._process


def _kill(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _how(status: int) -> str:
    """How a process ended, by its status."""
    if status >= 0:
        return f"it ended with status {status:#x}" if status > 255 else f"it ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"it was ended by {name}" + (", as where memory is short" if name == "SIGKILL" else "")


# ---------------------------------------------------------------- in the helper


def serve() -> None:
    """Answer requests until there are no more."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print there is no answer
    _limit_memory()

    def send(kind: str, value: Any) -> None:
        out.write(pickle.dumps((kind, value), protocol=pickle.HIGHEST_PROTOCOL))
        out.flush()

    def tell(*step: Any) -> None:
        send("step", step)

    while True:
        try:
            function, arguments, tells = pickle.load(sys.stdin.buffer)  # noqa: S301 - of the process that started this one
        except EOFError:
            return
        try:
            answer = "answer", function(*arguments, **({"tell": tell} if tells else {}))
        except Exception as err:  # noqa: BLE001 - raised again where the function was called
            answer = "fault", err
        send(*answer)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        soft = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
