"""Text of agents in CSV and on terminals, whatever it is."""

import csv
import io
import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from console.ascii_json import ascii_json
from console.csv_text import csv_text
from console.printable import printable
from console.tables import cell

ANY_TEXT = st.text(alphabet=st.characters(codec=None))
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | ANY_TEXT, lambda inner: st.lists(inner, max_size=3))


def test_what_steers_a_terminal_becomes_visible() -> None:
    assert printable("a\x1b[2Jb\x07\r\n\u202e\u200b\x9b") == r"a\x1b[2Jb\x07\r\n\u202e\u200b\x9b"
    assert printable("Büro-3 [bold]漢字") == "Büro-3 [bold]漢字"


@given(ANY_TEXT)
def test_printable_text_has_no_character_that_does_anything(text: str) -> None:
    assert all(unicodedata.category(each)[0] != "C" for each in printable(text))
    assert "\u2028" not in printable(text)


@given(VALUES)
def test_a_cell_of_a_table_is_one_line_that_does_nothing(value: object) -> None:
    assert all(unicodedata.category(each)[0] != "C" for each in cell(value))


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_csv_comes_back_as_one_row_without_formulas(values: list[object]) -> None:
    columns = [f"c{index}" for index in range(len(values))]

    text = csv_text(columns, [dict(zip(columns, values, strict=True))])

    header, row = csv.reader(io.StringIO(text, newline=""))
    assert header == columns
    assert len(row) == len(values)
    for shown, value in zip(row, values, strict=True):
        assert isinstance(value, int) or not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(VALUES)
def test_json_comes_back_as_it_was_in_ascii(value: object) -> None:
    text = ascii_json(value)

    assert all(" " <= each <= "~" for each in text)
    assert json.loads(text) == value
