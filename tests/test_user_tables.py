"""Ledgers of users' own: what spreadsheets leave is read where it has one meaning, else refused with what is wrong."""

import csv
import datetime as dt
import io
import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_ledgers import CLAIM, HEADER, PLAIN, ROW, WANTED, read, refused

from corridor import cells, tables
from corridor.claims import checked_claims, load_claims
from corridor.errors import DataError
from corridor.volumes import estimate_volumes

# ---------------------------------------------------------------- whole files


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        f"{HEADER},direction,scope\n{ROW},,\n",
        f"\n{HEADER}\n{ROW}\n",
        f"\r\n  \r\n{HEADER}\r\n\r\n{ROW}\r\n\r\n",
        f"{HEADER}\r{ROW}\r",
        f"{HEADER}\n{ROW}\n,,,,,,,,\n , ,\t,,,,,,\n",
        f"{HEADER},,,\n{ROW},,,\n",
        f",{HEADER}\n,{ROW}\n",
        f"{HEADER},direction,precision,rounding_unit\n{ROW}\n",
        f"{HEADER},\n{ROW},,,,,\n",
        f"{HEADER}\n# from the yearbook,,,,,,,,\n{ROW}\n#\n",
        f"{HEADER}\n{ROW}\n{HEADER}\n",
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "|"),
        PLAIN.replace(",", "，"),
        "sep=;\n" + PLAIN.replace(",", ";"),
        "SEP=,\r\n" + PLAIN,
        '"sep=\t"\n' + PLAIN.replace(",", "\t"),
        "sep=^\n" + PLAIN.replace(",", "^"),
        "\ufeff" + PLAIN,
        "\ufeffsep=;\n" + PLAIN.replace(",", ";"),
        "\ufeff\ufeff" + PLAIN,
        ("\ufeff" + PLAIN.replace(",", "\t")).encode("utf-16-le"),
        ("\ufeff" + PLAIN).encode("utf-16-be"),
        PLAIN.upper().replace("HG,T", "HG,t").replace("\nA", "\nA"),
        "Claim ID, PORTS ,Measure,Basis,Period Start,period-end,Value,Publisher,title\n" + ROW,
        "claimId,ports,measure,basis,periodStart,PeriodEnd,value,publisher,title\n" + ROW,
        ",".join(f'"{name}"' for name in CLAIM) + "\n" + ",".join(f'" {cell} "' for cell in CLAIM.values()),
        ";".join(f'"{name}"' for name in CLAIM) + "\n" + ";".join(f'"{cell}"' for cell in CLAIM.values()),
        f"{HEADER},my remark,Unnamed: 10\n{ROW},seen,7\n",
        "Unnamed: 0," + PLAIN.replace("\nA", "\n0,A"),
        *(
            f"{HEADER},direction,scope,precision,yoy_percent,rounding_unit,sources,note\n{ROW}{7 * (',' + blank)}\n"
            for blank in ["NA", "N/A", "-", "–", "nan", "NaN", "#N/A", "None", "<NA>", " ", "\u00a0", "\u3000"]
        ),
        f"{HEADER},direction,precision,sources,scope\n{ROW},Both,EXACT,1.0,Port\n",
    ],
)
def test_files_that_say_the_same(tmp_path, content):
    pd.testing.assert_frame_equal(read(tmp_path, content), WANTED)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            PLAIN.replace(",4235,", ",4,235,"),
            ":2: 10 cells where the header has 9; a cell that holds ',' must stand in",
        ),
        (
            PLAIN.replace(",", ";").replace("manzhouli", "manzhouli;suifenhe"),
            "a cell that holds ';' must stand in quotes",
        ),
        (PLAIN.replace("period_start", "perod_start"), "unknown column 'perod_start'; did you mean period_start?"),
        (f"{HEADER},precison\n{ROW},about\n", "unknown column 'precison'; did you mean precision?"),
        (f"{HEADER},Value \n{ROW},7\n", "the header names a column twice: 'value' and 'Value '"),
        (f"{HEADER},\n{ROW},7\n", "column 10 has no name but holds '7'"),
        (f"My ledger\n{PLAIN}", "the header stands farther below"),
        (f"{PLAIN}Total,,,,,,4235,,\n", ":3: only 'Total', '4235' of a row that needs claim_id, ports"),
        (f"{PLAIN}seen in the yearbook\n", ":3: only 'seen in the yearbook' of a row"),
        (f"{HEADER}\n口岸,口岸,列,机构,开始,结束,数量,来源,标题\n{ROW}\n", ":2: "),
        (HEADER + "\n", "a header and no rows"),
        (HEADER + "\n,,,,\n\n", "a header and no rows"),
        ("", "columns: missing claim_id"),
        ("\n\n,,\n", "columns: missing claim_id"),
        ("a b c\n1 2 3\n", "columns: missing claim_id"),
        (PLAIN.replace("manzhouli", '"manzhouli'), "not a CSV table"),
        (b"PK\x03\x04" + PLAIN.encode(), "is a workbook"),
        (b"\xd0\xcf\x11\xe0", "is an old workbook"),
        (b"PAR1", "is a Parquet file"),
        (PLAIN.encode("utf-16-le"), "holds zero bytes, as UTF-16 without a byte order mark"),
        (b"\xff\xfea", "is not UTF-16"),
        (PLAIN.replace("manzhouli", "满洲里").encode("gb18030"), "is not UTF-8; it reads '满洲里' as GB18030"),
        (PLAIN.replace("manzhouli", "Маньчжурия").encode("cp1251"), "'Маньчжурия' as Windows-1251"),
        (PLAIN.replace("HG", "Zürich").encode("cp1252"), "'Zürich' as Windows-1252"),
    ],
)
def test_files_that_are_refused(tmp_path, content, fault):
    assert fault in refused(tmp_path, content)


def test_lines_keep_their_numbers(tmp_path):
    text = f"sep=;\n\n{HEADER}\n\n{ROW}\n,,\n{ROW.replace('A,', 'B,').replace('4235', 'many')}\n".replace(",", ";")
    assert "mine.csv:7: value='many' is not a whole number" in refused(tmp_path, text)


def test_all_faults_of_a_file_at_once(tmp_path):
    rows = [
        ROW,
        ROW.replace("4235", "4.235"),
        ROW.replace("A,", "C,").replace("2021-01-01", "01/02/2021"),
        "Sum,,,,,,1",
    ]
    text = refused(tmp_path, "\n".join([HEADER, *rows]))
    assert text.startswith("4 faults")
    assert all(
        part in text for part in (":3: value=", ":3: claim_id='A' stands at", ":4: period_start=", ":5: only 'Sum'")
    )


def test_cells_with_line_breaks(tmp_path):
    found = read(tmp_path, PLAIN.replace(",t\n", ',"one\r\ntwo"\n'))
    assert found["title"].tolist() == ["one\ntwo"]


def test_the_projects_own_ledger_stays_strict(data_copy):
    file = data_copy / "ports" / "claims.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    for change in (["", *lines], [*lines, "," * lines[0].count(",")], [lines[0].upper(), *lines[1:]]):
        file.write_text("\n".join(change), encoding="utf-8")
        with pytest.raises(DataError):
            load_claims()


# ---------------------------------------------------------------- DataFrames and records


def test_a_ledger_that_pandas_wrote_and_read_is_the_same(tmp_path):
    claims, file = load_claims(), tmp_path / "mine.csv"
    for table, options in ((claims, {}), (claims.reset_index(), {"index": False}), (claims.reset_index(), {})):
        for sep, decimal, encoding in ((",", ".", "utf-8"), (";", ",", "utf-8-sig"), ("\t", ".", "utf-16")):
            table.to_csv(file, sep=sep, decimal=decimal, encoding=encoding, **options)
            pd.testing.assert_frame_equal(load_claims(file), claims)
            if decimal == ".":
                again = pd.read_csv(file, sep=sep, encoding=encoding)
                pd.testing.assert_frame_equal(checked_claims(again), claims)
    pd.testing.assert_frame_equal(checked_claims(claims.reset_index().to_dict("records")), claims)
    pd.testing.assert_frame_equal(checked_claims(claims.reset_index().astype(object)), claims)
    pd.testing.assert_frame_equal(checked_claims(claims.reset_index().convert_dtypes()), claims)


def test_records_and_frames_without_ids_are_numbered():
    record = {name: cell for name, cell in CLAIM.items() if name != "claim_id"}
    assert checked_claims([record, record | {"ports": "suifenhe"}]).index.tolist() == ["0", "1"]
    assert checked_claims(pd.DataFrame([record])).index.tolist() == ["0"]


def test_a_frame_may_have_empty_rows_and_other_headers():
    table = pd.DataFrame([CLAIM, dict.fromkeys(CLAIM, np.nan)])
    table = table.rename(columns=lambda name: name.replace("_", " ").title())
    pd.testing.assert_frame_equal(checked_claims(table.assign(mine=3)), WANTED)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (7, "7 is no table"),
        (None, "claims: None is no table"),
        ({"claim_id": ["A"]}, "claims: a dict is no table"),
        ([1, 2], "claims: [1, 2] is no table"),
        (pd.Series([1]), "claims: a Series is no table"),
        ([], "claims: columns: missing ports"),
        ([{}], "claims: columns: missing ports"),
        (pd.DataFrame(), "claims: columns: missing ports"),
        (pd.DataFrame([[1, 2]]), "claims: columns: missing ports"),
        (pd.DataFrame([CLAIM]).rename(columns={"value": "valeu"}), "unknown column 'valeu'; did you mean value?"),
        (pd.concat([pd.DataFrame([CLAIM]), pd.DataFrame([{"Value": 3}])], axis=1), "names a column twice"),
        (pd.DataFrame([CLAIM]).drop(columns="claim_id").set_axis([[1], [2]], axis=0), "missing claim_id"),
    ],
)
def test_what_is_no_ledger(table, fault):
    with pytest.raises(DataError, match=re.escape(fault)):
        checked_claims(table)


# ---------------------------------------------------------------- laws

LAW = settings(deadline=None, max_examples=50)

DAY_FORMS = (
    "{0:%Y-%m-%d}",
    "{0:%Y/%m/%d}",
    "{0:%d.%m.%Y}",
    "{0.year}年{0.month}月{0.day}日",
    "{0:%Y%m%d}",
    "{0:%Y-%m-%d} 00:00:00",
    "{0:%Y-%m-%d}T00:00:00+08:00",
)
NUMBER_FORMS = (
    "{0}",
    "{0:,}",
    "{0}.0",
    "{0},0",
    lambda n: f"{n:,}".replace(",", " "),
    lambda n: f"{n:,}".replace(",", "\u202f"),
    lambda n: f"{n:,}".replace(",", "'"),
    lambda n: f"{n:,}".replace(",", ".") + ",00",
)
days = st.dates(dt.date(2015, 1, 1), dt.date(2030, 12, 31))


@LAW
@given(
    st.lists(st.tuples(days, days, st.integers(0, 10**8)), min_size=1, max_size=4),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(DAY_FORMS),
    st.sampled_from(NUMBER_FORMS),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_a_ledger_is_the_same_however_it_is_written(tmp_path_factory, rows, sep, day, number, encoding, named, line):
    rows = [(min(a, b), max(a, b), n) for a, b, n in rows]
    plain = [
        CLAIM | {"claim_id": f"X{i}", "period_start": str(a), "period_end": str(b), "value": str(n)}
        for i, (a, b, n) in enumerate(rows)
    ]
    written = [
        one
        | {
            "ports": "滿洲里",
            "period_start": day.format(a),
            "period_end": day.format(b),
            "value": number(n) if callable(number) else number.format(n),
        }
        for one, (a, b, n) in zip(plain, rows, strict=True)
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, [*CLAIM, ""], delimiter=sep, lineterminator=line)
    writer.writeheader()
    writer.writerows([*written, {}])
    content = (f"sep={sep}{line}" if named else "") + text.getvalue()
    file = tmp_path_factory.mktemp("ledger") / "mine.csv"
    file.write_bytes(content.encode(encoding))
    pd.testing.assert_frame_equal(load_claims(file), checked_claims(plain))


REWRITES = (cells.whole_number, cells.number, cells.day, cells.partial_day, cells.word, cells.tidy)
PIECES = st.text() | st.from_regex(r"[+-]?[0-9 .,'/:TZ年月日万eE-]{0,20}", fullmatch=True)


@LAW
@given(st.sampled_from(REWRITES), PIECES)
def test_a_cell_is_rewritten_or_refused_but_never_rewritten_twice(rewrite, cell):
    try:
        once = rewrite(cell)
    except ValueError:
        return
    assert rewrite(once) == once


@LAW
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("bytes") / "mine.csv"
    file.write_bytes(content)
    with pytest.raises(DataError):
        load_claims(file)


COLUMNS = st.sampled_from([*CLAIM, "direction", "published", "yoy_percent"])


@LAW
@given(st.dictionaries(COLUMNS, PIECES | st.none() | st.integers() | st.floats()))
def test_any_cells_are_read_or_refused(change):
    try:
        found = checked_claims([CLAIM | change])
    except DataError:
        return
    assert len(found) == 1


@LAW
@given(st.integers(0, 10**12))
def test_a_number_is_read_as_it_was_written(value):
    forms = (str(value), f"{value:,}", f"{value:,}.0", f"{value}.00")
    assert {cells.whole_number(form) for form in forms} == {str(value)}


# ---------------------------------------------------------------- in a process of its own


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER},direction,scope\n{ROW},,\n",
        f"\n{PLAIN}",
        f"{PLAIN},,,,,,,,\n",
        PLAIN.replace(",", ";"),
        PLAIN.replace("4235", '"4,235"'),
    ],
    ids=["blank optional cells", "a blank line above", "a row of commas", "semicolons", "thousands"],
)
def test_volumes_of_a_file(tmp_path, content):
    file = tmp_path / "mine.csv"
    file.write_text(content)
    command = [sys.executable, "-m", "corridor", "volumes", "--claims", str(file), "--measure", "trains"]
    done = subprocess.run([*command, "--port", "manzhouli", "--json"], capture_output=True, text=True, check=True)
    (row,) = [row for row in json.loads(done.stdout) if row["period"] == "2021"]
    names = ("estimate", "lower", "upper", "bound", "status", "claims")
    assert [row[name] for name in names] == [4235, 4235, 4235, "forced", "printed", ["A"]]
    assert done.stderr == ""


def test_a_ledger_of_records_is_estimated():
    assert estimate_volumes([CLAIM]).between("2021-01-01", "2021-12-31", ports="满洲里").status == "printed"


_MANY = [*(f"p{i}" for i in range(500)), "harbin"]


@pytest.mark.parametrize(
    ("parser", "cell", "message"),
    [
        (tables.one_of("a", "b"), "c", "is not one of a, b"),
        (tables.one_of(*_MANY), "Harbn", "is not one of p0, p1, p2, p3, p4, p5, p6, p7 and 493 more"),
        (tables.one_of(*_MANY), "harbn", "p7 and 493 more; did you mean harbin?"),
        (tables.words_of(*_MANY), "harbn;p1;moskow", "p7 and 493 more; did you mean harbin?"),
        (tables.one_of(*_MANY), "x" * 10**5, "p7 and 493 more"),
    ],
)
def test_a_message_lists_no_more_known_words_than_can_be_read(parser, cell, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        parser(cell)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("value", [object(), lambda: 5, iter([])])
def test_a_value_without_a_text_of_its_own_is_shown_by_its_kind(value):
    # Its address in memory would be another one in each run.
    with pytest.raises(DataError) as caught:
        checked_claims([{**CLAIM, "value": value}])
    assert " at 0x" not in str(caught.value)
    assert type(value).__name__ in str(caught.value)
