"""One question to an Overpass server, through OSMnx: asked, waited for, refused, kept."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from corridor.errors import MissingExtra, OutputError
from corridor.sources.areas import Cell

_TRIES = 3  # for one square
_PASSING = (408, 425, 429)  # what asking again may change, and all from 500


class Server(NamedTuple):
    """Whom to ask, and how patiently.

    ``url``: address of the API, without ``/interpreter`` (by default OSMnx's); ``timeout`` for one answer and
    ``pause`` before asking again [s].
    """

    url: str | None = None
    timeout: float = 180
    pause: float = 60


class Failure(Exception):
    """Why a square did not arrive; ``final``: asking again will not change it."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


def ask(square: Cell, rails: str, kept: Path, server: Server) -> None:
    """Ask for one square, more than once if need be; OSMnx writes the answer into the folder.

    Raises
    ------
    Failure
        If it did not arrive.
    """
    for turn in range(_TRIES):
        try:
            return _ask_once(square, rails, kept, server)
        except Failure as err:
            if err.final or turn == _TRIES - 1:
                raise
            time.sleep(server.pause)
    return None


def _ask_once(square: Cell, rails: str, kept: Path, server: Server) -> None:
    osmnx = _load_osmnx()
    import requests
    import shapely

    try:
        kept.mkdir(parents=True, exist_ok=True)
        with _settings(osmnx.settings, kept, server):
            if osmnx.settings.overpass_rate_limit:
                # OSMnx would take an unreachable server for a busy one, and wait a minute.
                requests.get(osmnx.settings.overpass_url.rstrip("/") + "/status", timeout=server.timeout)
            osmnx.graph_from_polygon(
                shapely.box(*square), custom_filter=_union(rails, square), simplify=False, retain_all=True
            )
    except InterruptedError:
        return  # so OSMnx ends when it has filled the cache
    except requests.Timeout as err:
        raise Failure(f"no answer within {server.timeout:g} s") from err
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as err:
        raise Failure("the answer broke off") from err
    except requests.RequestException as err:
        raise Failure(f"the server cannot be reached ({type(err).__name__})", final=True) from err
    except OSError as err:
        raise OutputError(f"{kept}: cannot be written ({err.strerror or err}); name another --cache") from err
    except ValueError as err:  # OSMnx's own: no JSON, or none that it knows
        raise Failure("the answer is broken") from err


def _union(rails: str, square: Cell) -> str:
    """The filters of several sets of ways as one, so that a square is one question.

    OSMnx writes "way", the filter and the polygon; so all sets but the last bring their box, and the next "way".
    """
    west, south, east, north = square
    return f"({south},{west},{north},{east});way".join(rails.splitlines())


def _load_osmnx() -> Any:
    try:
        import osmnx
    except ImportError as err:
        raise MissingExtra("OSMnx is not installed; it asks Overpass servers: pip install 'corridor[osm]'") from err
    return osmnx


@contextmanager
def _settings(settings: Any, kept: Path, server: Server) -> Iterator[None]:
    """OSMnx's settings for our question, as they were afterwards; they are global to the process."""
    ours: dict[str, Any] = {
        "cache_folder": kept,
        "cache_only_mode": True,
        "use_cache": True,
        "doh_url_template": None,  # no asking others for addresses
        "http_user_agent": "corridor (China-Europe rail freight), through OSMnx",
        "max_query_area_size": 1e12,  # a square is one query
        # OSMnx itself would ask again for ever; requests tells us of each answer first.
        "requests_kwargs": settings.requests_kwargs | {"hooks": {"response": _refuse_refusals}},
        "requests_timeout": server.timeout,
    }
    if server.url is not None:
        # Turns are told by the public server; one's own need not know the question.
        ours |= {"overpass_url": server.url.rstrip("/"), "overpass_rate_limit": False}
    theirs = {name: getattr(settings, name) for name in ours}
    resolve = socket.getaddrinfo  # OSMnx puts its own in its place
    try:
        for name, value in ours.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in theirs.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolve


def _refuse_refusals(response: Any, *_: Any, **__: Any) -> None:
    """Stop at an answer that is none: a refusal, or the server's remark that it ran out of time or memory."""
    if response.request.method != "POST":
        return
    if response.status_code != 200:
        code = response.status_code
        raise Failure(f"refused, {code} {response.reason}", final=code < 500 and code not in _PASSING)
    if b'"remark"' in response.content:
        try:
            remark = str(response.json().get("remark", ""))
        except (ValueError, AttributeError):
            return  # broken: OSMnx will say so
        if remark:
            raise Failure(f"the server gave up, {' '.join(remark.split())[:100]}")
