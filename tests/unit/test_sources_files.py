"""Reading files: what is wrong as a whole is one sentence, what is wrong in one place is one row."""

from __future__ import annotations

import datetime as dt
import gzip
import math
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphcdp.sources import BrokenRow, Chunk, FileFormatError, SourceDefinition, file_state, format_of, read_rows

LEAST = "source: shop\nidentities: {email: EMAIL}\ntime: AT\nattributes: {first_name: NAME}\n"
HEADER = "EMAIL,AT,NAME\n"
GOOD = "sarah@example.com,2026-01-01,Sarah\n"


def chunks(path: Path | str, text: str = LEAST, **options: int) -> list[Chunk]:
    """Read a whole file."""
    return list(read_rows(SourceDefinition.parse(text), str(path), **options))


def rows(path: Path | str, text: str = LEAST) -> list[Any]:
    """Read the rows of a small file; a broken one as the reason."""
    return [row.reason if isinstance(row, BrokenRow) else row for chunk in chunks(path, text) for row in chunk.rows]


def refused(path: Path | str, text: str = LEAST) -> str:
    """Return the sentence that a file gives that cannot be read."""
    with pytest.raises(FileFormatError) as caught:
        chunks(path, text)
    assert caught.value.code == "file_format"
    return caught.value.message


def written(folder: Path, content: str | bytes, name: str = "shop.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# CSV


def test_cells_are_text_as_written(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + 'NA,007,\n" a ","x,\n""y""",nan\n')
    assert rows(path) == [
        {"EMAIL": "NA", "AT": "007", "NAME": ""},
        {"EMAIL": " a ", "AT": 'x,\n"y"', "NAME": "nan"},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, (HEADER + "zoë@example.com,x,Zoë\r\n").encode(encoding))
    text = LEAST if encoding.startswith("utf-8") else LEAST + f"csv: {{encoding: {encoding}}}\n"
    assert rows(path, text) == [{"EMAIL": "zoë@example.com", "AT": "x", "NAME": "Zoë"}]


@pytest.mark.parametrize(("encoding", "likely"), [("cp1252", "cp1252"), ("utf-16", "utf-16")])
def test_a_wrong_encoding_is_a_sentence(tmp_path: Path, encoding: str, likely: str) -> None:
    path = written(tmp_path, (HEADER + "zoë@example.com,x,Zoë\n").encode(encoding))
    message = refused(path)
    assert message.startswith("shop.csv is not written in utf-8 at byte")
    assert f"csv: {{encoding: {likely}}}" in message


def test_a_wrong_byte_far_inside_is_one_row(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER.encode() + GOOD.encode() * 20_000 + b"\xff@example.com,x,\n" + GOOD.encode())
    found = [row for chunk in chunks(path) for row in chunk.rows]
    assert len(found) == 20_002
    assert found[20_000]["EMAIL"] == "\udcff@example.com"  # type: ignore[index]


def test_a_wrong_delimiter_is_a_sentence(tmp_path: Path) -> None:
    path = written(tmp_path, (HEADER + GOOD).replace(",", ";"))
    assert refused(path) == (
        "shop.csv does not have the columns EMAIL, AT, NAME that the source shop reads (as identities.email…). "
        "With the comma (,) as delimiter its columns are: EMAIL;AT;NAME. "
        'It looks separated by the semicolon (;): write csv: {delimiter: ";"}.'
    )
    path = written(tmp_path, (HEADER + GOOD).replace(",", "\t"))
    assert 'the tab (\\t): write csv: {delimiter: "\\t"}' in refused(path)
    assert len(rows(path, LEAST + 'csv: {delimiter: "\\t"}\n')) == 1


def test_a_missing_column_is_a_sentence(tmp_path: Path) -> None:
    message = refused(written(tmp_path, "EMAIL,AT,NAMES\n" + GOOD))
    assert "does not have the column NAME that" in message
    assert "its columns are: EMAIL, AT, NAMES." in message
    assert "Did you mean NAMES for NAME? Correct the definition, or give the spec a default." in message
    assert rows(written(tmp_path, "EMAIL,AT\na,b\n"), LEAST.replace("NAME}", "{field: NAME, default: x}}"))


def test_a_row_of_another_width_is_one_row(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + GOOD + "a,b\n" + GOOD + "a,b,c,d\n" + GOOD)
    found = chunks(path)[0]
    assert list(found.numbers) == [1, 2, 3, 4, 5]
    read = rows(path)
    assert read[0] == read[2] == read[4] == {"EMAIL": "sarah@example.com", "AT": "2026-01-01", "NAME": "Sarah"}
    assert read[1].startswith("The row has too few cells, 2 where the header has 3")
    assert read[3].startswith("The row has too many cells, 4 where the header has 3")
    assert isinstance(found.rows[3], BrokenRow)
    assert found.rows[3].content == ["a", "b", "c", "d"]


@pytest.mark.parametrize("bad", ['"never closed,b,c\n', 'a,b,"never closed\n', 'a,"b"c,d\n', 'a,b,"c"x\n'])
def test_a_wrong_quote_costs_one_row(tmp_path: Path, bad: str) -> None:
    read = rows(written(tmp_path, HEADER + GOOD + bad + GOOD * 3))
    good = {"EMAIL": "sarah@example.com", "AT": "2026-01-01", "NAME": "Sarah"}
    assert (read[0], read[2:]) == (good, [good] * 3)
    assert read[1].startswith("The row's quotes are wrong")


def test_a_quote_that_swallows_good_rows_gives_them_back(tmp_path: Path) -> None:
    read = rows(written(tmp_path, HEADER + '"open,b,c\n' + GOOD + 'a,b,"closed"\n' + GOOD))
    assert [type(row) for row in read] == [str, dict, dict, dict]
    assert read[2] == {"EMAIL": "a", "AT": "b", "NAME": "closed"}


def test_a_huge_cell_and_a_null_byte_are_read(tmp_path: Path) -> None:
    read = rows(written(tmp_path, HEADER + f"{'x' * 10_000_000},b,c\n" + "a\0,b,c\n" + GOOD))
    assert [len(row["EMAIL"]) for row in read] == [10_000_000, 2, 17]


def test_a_cell_without_end_costs_one_row(tmp_path: Path) -> None:
    read = rows(written(tmp_path, HEADER + '"' + "x" * 40_000_000 + "\n" + GOOD))
    assert read[-1] == {"EMAIL": "sarah@example.com", "AT": "2026-01-01", "NAME": "Sarah"}
    assert all(type(row) is str for row in read[:-1])


def test_a_file_without_header(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert rows(path, LEAST + "csv: {columns: [EMAIL, AT, NAME]}\n") == [
        {"EMAIL": "sarah@example.com", "AT": "2026-01-01", "NAME": "Sarah"}
    ]
    assert "does not have the columns EMAIL, AT that" in refused(path, LEAST + "csv: {columns: [A, B, NAME]}\n")


def test_columns_that_are_there_twice(tmp_path: Path) -> None:
    assert refused(written(tmp_path, "EMAIL,AT,NAME,AT\n")).startswith("shop.csv has the column AT twice")
    assert rows(written(tmp_path, "EMAIL,AT,NAME,X,X\na,b,c,d,e\n")) == [
        {"EMAIL": "a", "AT": "b", "NAME": "c", "X": "d", "X.2": "e"}
    ]


def test_empty_files(tmp_path: Path) -> None:
    assert refused(written(tmp_path, "")) == "shop.csv is empty; it should begin with a row of column names."
    assert chunks(written(tmp_path, HEADER)) == []
    assert chunks(written(tmp_path, "", "shop.ndjson")) == []


def test_chunks_can_be_skipped(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "".join(f"{number},b,c\n" for number in range(1, 26)))
    found = chunks(path, chunk=10, skip=7)
    assert [list(each.numbers) for each in found] == [list(range(8, 18)), list(range(18, 26))]
    assert [row["EMAIL"] for each in found for row in each.rows] == [  # type: ignore[index]
        str(number) for number in range(8, 26)
    ]
    assert [each.position for each in found] == [17, 25]
    assert found[-1].share == 1.0
    assert chunks(path, skip=25) == []


# NDJSON


def test_a_broken_line_is_one_row(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        b'\xef\xbb\xbf{"EMAIL": "a"}\n\n{"EMAIL": \n[1]\n{"EMAIL": NaN}\n"\xff"\n{"EMAIL": "b"}',
        "shop.ndjson",
    )
    found = chunks(path)[0]
    assert list(found.numbers) == [1, 3, 4, 5, 6, 7]
    read = rows(path)
    assert (read[0], read[-1]) == ({"EMAIL": "a"}, {"EMAIL": "b"})
    assert read[1].startswith("The line is not JSON")
    assert read[2] == "The line is a list where an object {…} is expected; write one object a line."
    assert read[3].startswith("The line is not JSON")
    assert read[4].startswith("The line is not JSON")
    assert found.position == 7
    assert [list(each.numbers) for each in chunks(path, chunk=2, skip=3)] == [[4, 5], [6, 7]]


# Parquet


def parquet(folder: Path, count: int = 100, **columns: list[Any]) -> Path:
    """Write a Parquet file of three row groups and more."""
    table = {"EMAIL": [f"p{number}@example.com" for number in range(count)], "AT": ["2026-01-01"] * count}
    path = folder / "shop.parquet"
    pq.write_table(pa.table({**table, "NAME": ["x"] * count, **columns}), path, row_group_size=30)
    return path


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    frame = pd.DataFrame({
        "EMAIL": [1.0, math.nan], "AT": pd.to_datetime(["2026-01-01", "2026-01-02"]).as_unit("ns"), "NAME": ["a", None],
        "NEST": [{"a": [1]}, None],
    })  # fmt: skip
    frame.to_parquet(tmp_path / "shop.parquet")
    assert rows(tmp_path / "shop.parquet") == [
        {"EMAIL": 1.0, "AT": dt.datetime(2026, 1, 1), "NAME": "a", "NEST": {"a": [1]}},
        {"EMAIL": None, "AT": dt.datetime(2026, 1, 2), "NAME": None, "NEST": None},
    ]


def test_parquet_chunks_can_be_skipped(tmp_path: Path) -> None:
    found = chunks(parquet(tmp_path), chunk=25, skip=61)
    assert [number for each in found for number in each.numbers] == list(range(62, 101))
    assert found[0].rows[0]["EMAIL"] == "p61@example.com"  # type: ignore[index]
    assert found[-1].share == 1.0
    assert chunks(parquet(tmp_path), skip=100) == []


@pytest.mark.parametrize("kept", [0, 3, 500, -1])
def test_a_parquet_file_cut_short_is_a_sentence(tmp_path: Path, kept: int) -> None:
    path = parquet(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])
    message = refused(path)
    assert message.startswith("shop.parquet is not a whole Parquet file, it was probably cut short on its way")
    assert message.endswith("fetch or write it again.")


def test_a_damaged_parquet_file_is_a_sentence(tmp_path: Path) -> None:
    path = parquet(tmp_path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    assert refused(path).startswith("shop.parquet is damaged after row 0")


def test_a_missing_parquet_column_is_a_sentence(tmp_path: Path) -> None:
    message = refused(parquet(tmp_path), LEAST.replace("EMAIL}", "person.mail}"))
    assert "shop.parquet does not have the column person that the source shop reads as identities.email" in message
    assert "EMAIL, AT, NAME" in message


# Places


def test_gz_and_urls(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress((HEADER + GOOD).encode()), "shop.csv.gz")
    assert len(rows(path)) == len(rows(f"file://{path}")) == 1
    with fsspec.open("memory://graphcdp/shop.ndjson", "wb") as file:
        file.write(b'{"EMAIL": "a"}\n')
    assert rows("memory://graphcdp/shop.ndjson") == [{"EMAIL": "a"}]
    assert file_state("memory://graphcdp/shop.ndjson").size == 15


def test_a_gz_file_cut_short_is_a_sentence(tmp_path: Path) -> None:
    content = gzip.compress("".join(f'{{"EMAIL": "{number}"}}\n' for number in range(50_000)).encode())
    path = written(tmp_path, content[: len(content) // 2], "shop.ndjson.gz")
    assert refused(path).startswith("shop.ndjson.gz cannot be read after row 20000")
    assert "Not a gzipped file" in refused(written(tmp_path, HEADER, "shop.csv.gz"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", "csv"),
        ("a.TSV", "csv"),
        ("a.b.jsonl.gz", "ndjson"),
        ("s3://b/a.parquet", "parquet"),
        ("https://x.org/a.csv?v=1", "csv"),
    ],
)
def test_the_ending_says_the_format(name: str, kind: str) -> None:
    assert format_of(SourceDefinition.parse(LEAST), name) == kind
    assert format_of(SourceDefinition.parse(LEAST + "format: ndjson\n"), name) == "ndjson"


def test_files_that_cannot_be_reached_are_sentences(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv").startswith("There is no file at")
    assert refused(written(tmp_path, "", "shop.xlsx")).startswith("How ")
    (tmp_path / "folder.csv").mkdir()
    assert "is a folder; name a file in it" in refused(tmp_path / "folder.csv")
    assert "cannot be reached" in refused("nowhere://x/a.csv")
