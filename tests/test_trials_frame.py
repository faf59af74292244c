"""The frame of the trials: what it takes for a fault, and that it outlives what it tries."""

import os
import time
import warnings
from collections import Counter

import pytest
from trials import frame
from trials.frame import Fault, Wrong

from corridor.errors import BadValue


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("", "empty"),
        ("a\x1b[31mb", "holds '\\x1b'"),
        ("a\u202eb", "holds '\\u202e'"),
        ("a\u2068b\u2069c", "holds '\\u2068'"),
        ("a \u2068חיפה\u2069 12–15", None),
        ("a \u2068חיפה 12–15", "holds '\\u2068'"),
        ("a \u2068ח\u202eה\u2069 12–15", "holds '\\u202e'"),
        ("a\ud800b", "holds '\\ud800'"),
        ("<object object at 0x7f00>", "the address of an object"),
        ("Traceback (most recent call last):\n  x", "a traceback"),
        ("x" * 4000, "a line of 4000 characters"),
        ("two faults\nx.csv:2: 满洲里 – Małaszewicze is\tnothing", None),
    ],
)
def test_what_is_not_clean(message, problem):
    assert frame.unclean(message) == problem


def case(seed):
    """What the tried code may do: answer, refuse, answer wrongly, raise, die, hang, take all memory."""
    match seed:
        case 1:
            _, refused = frame.answer_or_refusal(_refuse)
            return refused
        case 2:
            raise Wrong("the answer is 43")
        case 3:
            return {}["missing"]
        case 4:
            os.abort()
        case 5:
            while True:
                pass
        case 6:
            time.sleep(60)
        case 7:
            return str(len(bytes(100 * 2**30)))
    return "answer"


def _refuse():
    raise BadValue("43 is no answer; give 42")


def test_the_frame_outlives_what_it_tries():
    counts, faults = frame.run(case, range(10), workers=2, seconds=1)
    assert counts == Counter(
        {"answer": 3, "43 is no answer; give 42": 1, "wrong": 1, "traceback": 2, "crash": 1, "hang": 2}
    )
    assert [fault.seed for fault in faults] == [2, 3, 4, 5, 6, 7]
    by_seed = dict(faults)
    assert faults[0] == Fault(2, "the answer is 43")
    assert "KeyError: 'missing'" in by_seed[3]
    assert by_seed[4].startswith("the process died by SIGABRT")
    assert by_seed[5].startswith(("took more than 1 s", "no answer within 4 s"))  # the latter on a busy machine
    assert by_seed[6] == "no answer within 4 s"
    assert "MemoryError" in by_seed[7]


def test_a_warning_that_would_reach_the_user_is_a_fault():
    with pytest.raises(Wrong, match="a warning reached the user: UserWarning: odd"):
        frame.answer_or_refusal(lambda: warnings.warn("odd", stacklevel=2))
