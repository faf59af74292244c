"""Solvers beside those of others in one process, and what is said when one gives up."""

import csv
import os
import subprocess
import sys
import textwrap
import threading
from datetime import date

import highspy
import pytest
from click.testing import CliRunner
from ledgers import ledger, since

from corridor.claims import checked_claims
from corridor.cli import main
from corridor.errors import CorridorError, SolverError
from corridor.volumes import estimate_volumes
from corridor.volumes.bands import figures_of
from corridor.volumes.model import Model
from corridor.volumes.parts import Parts
from corridor.volumes.program import Program, held_together, rising

OTHERS = """
import os, threading
import highspy
from scipy.optimize import linprog, milp

def theirs(threads):
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", threads)
    solver.addVar(0, 5)
    solver.changeColCost(0, -1.0)
    return solver, again(solver)

def again(solver):
    solver.run()
    return solver.getModelStatus() == highspy.HighsModelStatus.kOptimal and solver.getInfo().objective_function_value

def scipys():
    return linprog([-1.0], bounds=[(0, 4)]).fun + milp([-1.0], integrality=[1], bounds=(0, 2.5)).fun

def elsewhere(task, *given):
    found = []
    thread = threading.Thread(target=lambda: found.append(task(*given)))
    thread.start()
    thread.join()
    return found[0]

from corridor.volumes.program import Program

def ours():
    program = Program(2, [({0: 1.0, 1: 1.0}, 3.0, 9.0)])
    assert (program.least({0: 1.0, 1: 2.0}).value, program.largest({0: 1.0, 1: 2.0}).value) == (3.0, 18.0)
    return program
"""


def in_a_process(*lines):
    code = OTHERS + textwrap.dedent("\n".join(lines))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_solver_of_the_users_beside_ours(count):
    done = in_a_process(
        f"solver, value = theirs({count})",
        "assert value == -5, value",
        "program = ours()",
        "assert again(solver) == -5",
        f"assert theirs({count})[1] == -5",
        "assert elsewhere(theirs, 3)[1] == -5",
        "elsewhere(ours)",
        "assert program.least({1: 1.0}).value == 0",
        "assert again(solver) == -5 and scipys() == -6",
    )
    assert done.returncode == 0, done.stderr


def test_a_solver_of_the_users_after_ours():
    done = in_a_process(
        "assert scipys() == -6",
        "ours()",
        "solver, value = theirs(2)",
        "assert value == -5, value",
        "ours()",
        "assert again(solver) == -5 and scipys() == -6",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_process_has_solvers_of_its_own():
    done = in_a_process(
        "program = ours()",
        "if child := os.fork():",
        "    assert os.waitpid(child, 0)[1] == 0",
        "else:",
        "    ours()",
        "    os._exit(0 if program.least({1: 1.0}).value == 0 else 3)",
        "assert program.least({1: 1.0}).value == 0",
    )
    assert done.returncode == 0, done.stderr


def test_questions_at_the_end_of_a_process_are_answered():
    done = in_a_process("import atexit", "program = ours()", "atexit.register(lambda: print(ours()))")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Program" in done.stdout


def test_threads_share_a_model():
    model = Model("rail", figures_of(ledger({"value": 4235}, {"value": 900, "period_end": "2019-03-31"})), "")
    whole = dict.fromkeys(range(5), 1.0)
    found = []
    threads = [threading.Thread(target=lambda: found.append((id(model.bands), id(model.totals)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert model.extreme(whole, assumed=False, largest=False)[0] >= 0


# ---------------------------------------------------------------- giving up


@pytest.mark.parametrize("given", [{"value": 4235}, {"value": 3, "yoy_percent": 20.0}])
def test_a_solver_that_fails_is_one_line(monkeypatch, given):
    monkeypatch.setattr(highspy.Highs, "run", lambda self: highspy.HighsStatus.kError)
    model = Model("rail", figures_of(ledger(given)), "")
    with pytest.raises(SolverError, match=r"^the solver HiGHS [\d.]+ gives no answer \(kError, .*\); see .*$"):
        model.totals  # noqa: B018
    assert issubclass(SolverError, CorridorError)


def test_a_limit_is_no_contradiction():
    program = Program(2, [({0: 1.0, 1: 1.0}, 3.0, 9.0), ({0: 1.0, 1: -1.0}, -1.0, 1.0)])
    program._solver.setOptionValue("simplex_iteration_limit", 0)
    program._solver.setOptionValue("presolve", "off")
    with pytest.raises(SolverError, match="teration limit"):
        program.largest({0: 1.0})


def test_a_contradiction_is_an_answer_but_not_where_rows_hold_together():
    found = Program(1, [({0: 1.0}, 3.0, 9.0), ({0: 1.0}, 1.0, 2.0)]).least({0: 1.0})
    assert found is None
    with pytest.raises(SolverError, match="contradiction"):
        held_together(found)


def test_the_command_line_says_it_in_one_line(monkeypatch, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(
        "claim_id,ports,measure,basis,period_start,period_end,value,publisher,title\n"
        "A,manzhouli,trains,rail,2023-01-01,2023-12-31,4711,somebody,something\n"
    )
    monkeypatch.setattr(highspy.Highs, "run", lambda self: highspy.HighsStatus.kError)
    done = CliRunner().invoke(main, ["volumes", "--claims", str(file)])
    assert done.exit_code == 1
    assert done.stderr.startswith("corridor: the solver HiGHS")
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


# ---------------------------------------------------------------- odd ledgers


def days(start, end, value, **more):
    return {"period_start": start, "period_end": end, "value": value, **more}


ODD = {
    "a hundred million TEU beside": [days("2020-01-01", "2020-12-31", 10**8, measure="teu", ports="suifenhe")],
    "a thousand million trains beside": [days("2020-01-01", "2020-12-31", 10**9)],
    "a million trains beside": [days("2020-01-01", "2020-12-31", 10**6)],
    "millions of trains in all": [since("2013-09-30", "2024-12-31", 7 * 10**6)],
    "a contradiction a thousand times as large": [days("2019-01-01", "2019-12-31", 10**6)],
    "a growth of a hundred times": [days("2021-01-01", "2021-12-31", 10**6, yoy_percent=9000.0)],
}


@pytest.mark.parametrize("name", ODD)
def test_an_exact_claim_that_stands_is_met(name):
    claims = checked_claims(ledger({"value": 4235}, *ODD[name]))
    model = Model("rail", figures_of(claims), "")
    totals = model.totals
    gone = {id(one.band) for one in model.settled.conflicts}
    exact = [band for band in model.bands if band.kind == "value" and band.low == band.high and id(band) not in gone]
    assert exact
    for band in exact:
        assert sum(f * totals[i] for i, f in band.terms.items()) == pytest.approx(band.low, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("freq", "rows"), [("year", 0), ("quarter", 1), ("month", 1)])
def test_a_ledger_that_ends_within_its_first_period(freq, rows):
    found = estimate_volumes(ledger(days("2013-09-30", "2013-09-30", 1))).table(freq)
    whole = estimate_volumes(ledger({"value": 4235})).table(freq)
    assert list(found.columns) == list(whole.columns)
    assert list(map(str, found.dtypes)) == list(map(str, whole.dtypes))
    assert len(found) == rows * 6


@pytest.mark.parametrize(("form", "wanted"), [("--json", "[]\n"), ("--csv", "measure,port,direction,period,")])
def test_an_empty_table_on_the_command_line(tmp_path, form, wanted):
    file = tmp_path / "mine.csv"
    file.write_text(
        "claim_id,ports,measure,basis,period_start,period_end,value,publisher,title\n"
        "A,manzhouli,trains,rail,2013-09-30,2013-10-15,2,somebody,something\n"
    )
    done = CliRunner().invoke(main, ["volumes", "--claims", str(file), form])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(wanted)


def test_months_far_from_long_claims_are_quickly_asked():
    claims = [days(f"{year}-03-01", f"{year}-04-30", 12) for year in range(2014, 2100, 5)]
    grid = (model := Model("rail", figures_of(ledger(*claims)), "")).grid
    parts = Parts(grid, model.bands)
    assert grid.columns > 2000
    assert max(len(columns) for columns in (parts._program(key)[1] for key in parts._members)) < 12


def test_parts_give_the_answers_of_the_whole():
    claims = [days(f"{year}-03-01", f"{year}-04-30", 10 * year) for year in (2015, 2016, 2019)]
    claims += [days("2018-11-01", "2019-03-15", 900, measure="teu"), days("2016-04-01", "2016-06-30", 30000)]
    model = Model("rail", figures_of(ledger(*claims)), "")
    bands = model.settled.bands
    rows = [*rising(model.grid), *((band.terms, band.low, band.high) for band in bands)]
    whole, parts = Program(model.grid.columns, rows), Parts(model.grid, bands)
    series = model.grid.pick("trains", ["manzhouli"], "both")
    for first, after in [("2015-03-01", "2015-04-01"), ("2015-01-01", "2016-05-01"), ("2016-01-01", "2019-04-01")]:
        terms = model.grid.window(series, date.fromisoformat(first), date.fromisoformat(after))
        assert parts.extreme(terms, largest=False)[0] == pytest.approx(whole.least(terms).value, abs=1e-5)
        assert parts.extreme(terms, largest=True)[0] == pytest.approx(whole.largest(terms).value, rel=1e-9)


@pytest.mark.parametrize("words", [["map", "--out", "map.html"], ["figures", "trains"]], ids=lambda words: words[0])
def test_what_shows_years_says_that_there_is_none(data_copy, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    file = data_copy / "ports" / "claims.csv"
    with file.open(encoding="utf-8", newline="") as table:
        first = next(csv.DictReader(table))
    with file.open("w", encoding="utf-8", newline="") as table:
        write = csv.DictWriter(table, list(first))
        write.writeheader()
        write.writerow(first | {"period_end": "2013-09-30", "doubt": ""})
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1, done.output
    assert len(done.stderr.splitlines()) == 1
    assert "no whole year" in done.stderr
    assert not list(tmp_path.glob("*.html"))
