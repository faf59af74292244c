"""One question to an Overpass server, through OSMnx: asked, waited for, refused, kept.

OSMnx runs in a process of its own. There its settings, which are global, and its waiting are nobody else's; and when
the time for an answer is up, the process is ended, whatever it hangs on: a name that is not resolved, headers or a
body that drip, a turn that does not come.
"""

from __future__ import annotations

import io
import pickle
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from corridor import arguments, texts
from corridor.errors import BadValue, DownloadError, MissingExtra
from corridor.sources.apart import Died, Helper
from corridor.sources.areas import Cell

MOST_BYTES = 256_000_000
"""Longest answer that is read, unpacked: an assumed limit, many times what the rails of one square degree take."""

_TRIES = 3  # for one square
_PASSING = (408, 425, 429)  # what asking again may change, and all from 500
_AT_ONCE = 65_536  # bytes read at a time
_GRACE = 5  # seconds beyond the time for an answer in which OSMnx reads it, before the process is ended


LONGEST = 86_400
"""The most that can be waited for an answer, or between two [s]: a day."""


class Server(NamedTuple):
    """Whom to ask, and how patiently.

    ``url``: address of the API, without ``/interpreter`` (by default OSMnx's); ``timeout`` for the whole of one answer,
    with its turn waited for, and ``pause`` before asking again [s].
    """

    url: str | None = None
    timeout: float = 180
    pause: float = 60


def checked(server: Server) -> Server:
    """The same server, its numbers as plain ones.

    Raises
    ------
    BadValue
        If its address is no text, or a time is no number of seconds up to a day.
    """
    if not (server.url is None or isinstance(server.url, str)):
        raise BadValue(f"the url of a server cannot be {texts.shown(server.url)}: give a text (https://.../api)")
    return server._replace(
        timeout=arguments.amount(server.timeout, "the timeout of a server", 0.1, LONGEST),
        pause=arguments.amount(server.pause, "the pause of a server", 0, LONGEST),
    )


class Failure(Exception):
    """Why a square did not arrive; ``final``: asking again will not change it."""

    def __init__(self, why: str, final: bool = False) -> None:
        super().__init__(why, final)
        self.why, self.final = why, final

    def __str__(self) -> str:
        return self.why


def ask(helper: Helper, square: Cell, rails: str, server: Server) -> bytes:
    """The answer for one square, asked for more than once if need be.

    Raises
    ------
    Failure
        If it did not arrive.
    """
    for turn in range(_TRIES):
        try:
            return _ask_once(helper, square, rails, server)
        except Failure as err:
            if err.final or turn == _TRIES - 1:
                raise
            time.sleep(server.pause)
    raise AssertionError  # the last turn returns or raises


def _ask_once(helper: Helper, square: Cell, rails: str, server: Server) -> bytes:
    if find_spec("osmnx") is None:
        raise MissingExtra("OSMnx is not installed; it asks Overpass servers: pip install 'corridor[osm]'")
    try:
        helper.call(_load)  # which takes a second or two of its own
        answer: bytes = helper.call(_answer, square, rails, server, _user_settings(), seconds=server.timeout + _GRACE)
    except TimeoutError as err:
        raise Failure(f"no answer within {server.timeout:g} s") from err
    except MemoryError as err:
        raise Failure("the answer takes more memory than there is") from err
    except Died as err:
        raise Failure(f"the process that asked died: {err}") from err
    return answer


def _user_settings() -> dict[str, Any]:
    """OSMnx's settings as this process has them, should it use OSMnx too: a proxy or another server, say."""
    osmnx = sys.modules.get("osmnx")
    if osmnx is None:
        return {}
    found = {name: getattr(osmnx.settings, name) for name in osmnx.settings.__annotations__}
    try:
        pickle.dumps(found)
    except Exception as err:  # whatever an object of the user's raises
        raise DownloadError(
            f"osmnx.settings hold what cannot be handed to another process ({err}); use plain values"
        ) from err
    return found


def _union(rails: str, square: Cell) -> str:
    """The filters of several sets of ways as one, so that a square is one question.

    OSMnx writes "way", the filter and the polygon; so all sets but the last bring their box, and the next "way".
    """
    west, south, east, north = square
    return f"({south},{west},{north},{east});way".join(rails.splitlines())


# ---------------------------------------------------------------- in the helper


def _load() -> None:
    """Load what OSMnx loads with its first question, so that no server is blamed for the time it takes."""
    try:
        import osmnx
    except ImportError as err:
        raise MissingExtra(f"OSMnx cannot be loaded ({err}): pip install 'corridor[osm]'") from err
    import shapely

    osmnx.projection.project_geometry(shapely.box(117, 49, 118, 50))


def _answer(square: Cell, rails: str, server: Server, settings: dict[str, Any]) -> bytes:
    """Ask once, and return the bytes that OSMnx keeps in its cache."""
    import osmnx
    import requests
    import shapely

    with tempfile.TemporaryDirectory() as folder:
        _set(osmnx.settings, settings, Path(folder), server)
        try:
            if osmnx.settings.overpass_rate_limit:
                # OSMnx would take an unreachable server for a busy one, and wait a minute.
                status = osmnx.settings.overpass_url.rstrip("/") + "/status"
                requests.get(status, timeout=server.timeout, **osmnx.settings.requests_kwargs)
            osmnx.graph_from_polygon(
                shapely.box(*square), custom_filter=_union(rails, square), simplify=False, retain_all=True
            )
        except InterruptedError:
            pass  # so OSMnx ends when it has filled the cache
        except (Failure, MemoryError):
            raise
        except Exception as err:
            raise _failure(err, server) from err
        for file in Path(folder).glob("*.json"):
            return file.read_bytes()
    raise Failure("the answer is broken")


def _failure(err: Exception, server: Server) -> Failure:
    """What OSMnx and the libraries below it raise, as a reason."""
    import requests
    from requests import exceptions
    from urllib3.exceptions import HTTPError, ProtocolError
    from urllib3.exceptions import TimeoutError as Late

    if isinstance(err, (requests.Timeout, Late)):
        return Failure(f"no answer within {server.timeout:g} s")
    if isinstance(err, (exceptions.ChunkedEncodingError, exceptions.ContentDecodingError, HTTPError)):
        return Failure("the answer broke off")
    if isinstance(err, requests.ConnectionError) and err.args and isinstance(err.args[0], ProtocolError):
        return Failure("the server hung up without an answer")  # unlike one that is not there it may answer yet
    if isinstance(err, requests.RequestException) and not isinstance(err, exceptions.InvalidJSONError):
        return Failure(f"the server cannot be reached ({type(err).__name__})", final=True)
    if isinstance(err, OSError) and not isinstance(err, requests.RequestException):
        return Failure(f"a temporary file cannot be written ({err.strerror or err})", final=True)
    if isinstance(err, RecursionError):
        return Failure("the answer is broken: it is nested too deep")
    return Failure("the answer is broken")  # OSMnx's own: no JSON, or none that it knows


def _set(settings: Any, users: dict[str, Any], folder: Path, server: Server) -> None:
    """OSMnx's settings for our question."""
    ours: dict[str, Any] = users | {
        "cache_folder": folder,
        "cache_only_mode": True,
        "use_cache": True,
        "doh_url_template": None,  # no asking others for addresses
        "http_user_agent": "corridor (China-Europe rail freight), through OSMnx",
        "log_console": False,
        "log_file": False,
        "max_query_area_size": 1e12,  # a square is one query
        "requests_timeout": server.timeout,
    }
    # OSMnx itself would ask again for ever; requests tells us of each answer first, before it reads the body.
    ours["requests_kwargs"] = {**users.get("requests_kwargs", {}), "hooks": {"response": _read_whole}}
    if server.url is not None:
        # Turns are told by the public server; one's own need not know the question.
        ours |= {"overpass_url": server.url.rstrip("/"), "overpass_rate_limit": False}
    for name, value in ours.items():
        setattr(settings, name, value)


def _read_whole(response: Any, *, timeout: float, **_: Any) -> None:
    """Read an answer as far as it may go; stop at one that is none.

    None is a refusal, or the server's remark that it ran out of time or memory.
    """
    asked = response.request.method == "POST"
    if asked and response.status_code != 200:
        code, reason = response.status_code, str(response.reason)[:60]
        raise Failure(f"refused, {code} {reason}", final=code < 500 and code not in _PASSING)
    body, late = bytearray(), time.monotonic() + timeout - response.elapsed.total_seconds()
    for part in response.raw.stream(_AT_ONCE, decode_content=True):
        body += part
        if time.monotonic() > late:
            raise Failure(f"no answer within {timeout:g} s")
        if len(body) > MOST_BYTES:
            raise Failure(f"the answer is longer than {MOST_BYTES / 1e6:.0f} MB", final=True)
    response.raw.release_conn()
    response.raw = io.BytesIO(body)
    if not asked:
        return
    try:
        body.decode()
    except UnicodeDecodeError as err:
        raise Failure("the answer is broken: it is not UTF-8") from err
    if b'"remark"' in body:
        try:
            remark = str(response.json().get("remark", ""))
        except (ValueError, AttributeError):
            return  # broken: OSMnx will say so
        if remark:
            raise Failure(f"the server gave up, {' '.join(remark.split())[:100]}")
