"""A slice of the trial of threads; `python tests/trials/threads.py` makes whole runs."""

from trials import threads


def test_eight_threads_find_what_one_finds():
    expected = threads.answers(threads.QUICK)
    assert threads.trial(2, threads.QUICK, expected, each=2) == []


def test_another_answer_is_a_fault():
    expected = {"ports": "0" * 16}
    assert threads.trial(2, ["ports"], expected, each=1) == ["ports: another answer than that of one thread"] * 8
