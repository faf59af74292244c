"""The one door to files."""

import os
import stat

import pytest

from corridor import store, tables
from corridor.errors import DataError, OutputError

COLUMNS = {"name": tables.text, "km": tables.number(0, 100), "day": tables.optional(tables.day)}


def table(tmp_path, text, **options):
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return tables.read_table(path, COLUMNS, **{"key": "name", **options})


def test_a_sound_table(tmp_path):
    read = table(tmp_path, '\ufeffname,km,day\n"a, b",1.5,2020-02-29\nc,2,\n', key="name")
    assert list(read.index) == ["a, b", "c"]
    assert read["km"].tolist() == [1.5, 2]
    assert read["day"].iloc[1] is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,km\na,1\n", [":1:", "missing day"]),
        ("name,km,day,x\na,1,,\n", [":1:", "unknown 'x'"]),
        ("name,name,km,day\n", ["twice"]),
        ("", ["missing name, km, day"]),
        ("name,km,day\na,1\n", [":2:", "2 cells"]),
        ("name,km,day\na,x,\n", [":2:", "km='x'", "not a number"]),
        ("name,km,day\na,nan,\n", [":2:", "km='nan'"]),
        ("name,km,day\na,101,\n", [":2:", "km='101'", "between 0 and 100"]),
        ("name,km,day\n,1,\n", [":2:", "name=''", "empty"]),
        ("name,km,day\na,1,2021-02-29\n", [":2:", "2021-02-29", "calendar"]),
        ("name,km,day\na,1,29.2.2020\n", ["YYYY-MM-DD"]),
        ('name,km,day\n"a,1,\n', ["not a CSV table"]),
        (b"name,km,day\n\xff,1,\n", ["byte 12", "UTF-8"]),
        ("name,km,day\na,1,\na,2,\n", [":3:", "name='a'", ":2 already"]),
        ("name,km,day\n", [":1:", "no rows"]),
        ("name,km,day\na\x1b[2J,1,\n", [":2:", "control character"]),
    ],
)
def test_what_a_broken_table_gets(tmp_path, text, words):
    with pytest.raises(DataError) as caught:
        table(tmp_path, text, key="name")
    for word in ["t.csv", *words]:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_faults_at_once(tmp_path):
    text = "name,km,day\na,x,2020-13-01\n\nb,-1,\n,3,\na,1,\n"
    with pytest.raises(DataError) as caught:
        table(tmp_path, text, key="name", check=lambda row: ["odd"] if row["km"] == 1 else [])
    lines = str(caught.value).splitlines()
    assert lines[0] == "6 faults"
    assert [line.split(":")[1] for line in lines[1:]] == ["2", "2", "4", "5", "6", "6"]


def test_a_column_that_may_be_missing(tmp_path):
    (tmp_path / "t.csv").write_text("name,km\na,1\n")
    read = tables.read_table(tmp_path / "t.csv", COLUMNS, key="name", defaults={"day": "2020-01-01"})
    assert str(read["day"].iloc[0]) == "2020-01-01"
    assert table(tmp_path, "name,km,day\na,1,\n", defaults={"day": "2020-01-01"})["day"].iloc[0] is None


def test_what_a_killed_run_left_is_removed(tmp_path):
    old, young = tmp_path / ".a.txt.abcdefgh", tmp_path / ".a.txt.ijklmnop"
    for path in (old, young):
        path.write_text("half")
    os.utime(old, (0, 0))
    store.write(tmp_path / "a.txt", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.txt.ijklmnop", "a.txt"]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    """The new bytes go to another file, which then takes the name."""
    path = tmp_path / "a.txt"
    store.write(path, "old")
    seen = []
    replace = type(path).replace
    monkeypatch.setattr(type(path), "replace", lambda self, to: (seen.append(to.read_text()), replace(self, to))[1])
    store.write(path, "new")
    assert (seen, path.read_text()) == (["old"], "new")


def test_words_of_a_closed_list():
    parse = tables.words_of("a", "b")
    assert parse("a;b") == "a;b"
    with pytest.raises(ValueError, match="names one twice"):
        parse("a;a")


def test_a_folder_that_cannot_be_looked_into(tmp_path, monkeypatch):
    monkeypatch.setenv("CORRIDOR_DATA", str(tmp_path))

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "is_dir", refuse)
    with pytest.raises(DataError, match="cannot be looked into"):
        store.data_folder()


def test_a_dangling_link_is_one_line(data_copy):
    from corridor.places import load_stations

    (data_copy / "routes" / "stations.csv").unlink()
    (data_copy / "routes" / "stations.csv").symlink_to(data_copy / "nowhere")
    with pytest.raises(DataError, match=r"stations\.csv: no such file"):
        load_stations()


def test_a_quoted_line_feed_does_not_shift_line_numbers(tmp_path):
    with pytest.raises(DataError, match=r"t\.csv:4: km='x'"):
        table(tmp_path, 'name,km,day\n"a\nb",1,\nc,x,\n')


def test_write_only_if_the_bytes_change(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    assert store.write(path, "one")
    before = path.stat().st_mtime_ns
    assert not store.write(path, b"one")
    assert path.stat().st_mtime_ns == before
    assert store.write(path, "two")
    assert path.read_text() == "two"
    assert [file.name for file in path.parent.iterdir()] == ["a.txt"]


def test_written_files_have_the_usual_rights(tmp_path):
    mask = os.umask(0o022)
    try:
        store.write(tmp_path / "a", "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        store.make_folder(tmp_path / "file" / "maps")
    with pytest.raises(OutputError, match="cannot be written"):
        store.write(tmp_path / "file" / "a.txt", "x")


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    store.write(path, "old")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", refuse)
    with pytest.raises(OutputError, match="No space left"):
        store.write(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_told_a_folder_means_that_one(tmp_path, monkeypatch):
    monkeypatch.setenv("CORRIDOR_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"CORRIDOR_DATA names .*no folders ports/ and routes/"):
        store.data_folder()


def test_a_missing_file_says_what_to_do(data_copy):
    (data_copy / "ports" / "ports.csv").unlink()
    with pytest.raises(DataError, match=r"ports\.csv: no such file; restore it"):
        store.data_file("ports/ports.csv")


def test_a_remembered_table_follows_its_file_and_cannot_be_spoilt(data_copy):
    from corridor.places import load_stations

    first = load_stations()
    first.loc[:, "name_en"] = "spoilt"
    assert load_stations().loc["harbin", "name_en"] == "Harbin"
    file = data_copy / "routes" / "stations.csv"
    file.write_text(file.read_text().replace("harbin,Harbin,", "harbin,Charbin,"))
    assert load_stations().loc["harbin", "name_en"] == "Charbin"
