"""Headers of Cypher files, and parameters by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphcdp.base import StatementError
from graphcdp.graph import Catalogue, Column, Mode, parse_statement

pytestmark = pytest.mark.unit

GOOD = """\
// graphcdp.identity.weakest_link(from_key :: STRING, tags = ["a, b", "c"] :: LIST OF STRING,
//     max_hops = 6 :: INTEGER, extra = {one: 1} :: MAP, mark = null :: STRING?)
//   :: (step :: INTEGER, left_key :: STRING)
// MODE READ
// The chain of links between two identities,
// weakest first.
MATCH (n {key: $from_key}) // a comment in the body stays
RETURN 1 AS step, n.key AS left_key;
"""


def _source(
    name: str = "one.two",
    inputs: str = "",
    outputs: str = "(total :: INTEGER)",
    mode: str = "// MODE READ\n",
    prose: str = "// Counts.\n",
    text: str = "RETURN 1 AS total\n",
) -> str:
    return f"// graphcdp.{name}({inputs}) :: {outputs}\n{mode}{prose}{text}"


def test_a_header_says_all_about_its_statement() -> None:
    statement = parse_statement("identity.weakest_link", GOOD)
    assert statement.inputs == (
        Column("from_key", "STRING"),
        Column("tags", "LIST OF STRING"),
        Column("max_hops", "INTEGER"),
        Column("extra", "MAP"),
        Column("mark", "STRING?"),
    )
    assert statement.outputs == (Column("step", "INTEGER"), Column("left_key", "STRING"))
    assert dict(statement.defaults) == {"tags": ["a, b", "c"], "max_hops": 6, "extra": {"one": 1}, "mark": None}
    assert statement.mode is Mode.READ
    assert statement.description == "The chain of links between two identities, weakest first."
    assert statement.text == (
        "MATCH (n {key: $from_key}) // a comment in the body stays\nRETURN 1 AS step, n.key AS left_key"
    )
    assert statement.signature == (
        'graphcdp.identity.weakest_link(from_key :: STRING, tags = ["a, b", "c"] :: LIST OF STRING, max_hops = 6 :: '
        "INTEGER, extra = {one: 1} :: MAP, mark = null :: STRING?) :: (step :: INTEGER, left_key :: STRING)"
    )
    assert (statement.internal, statement.system) == (False, False)


def test_void_internal_and_system() -> None:
    written = parse_statement(
        "one.two", _source(outputs="VOID", mode="// MODE WRITE\n// INTERNAL\n", text="CREATE (:Thing)\n")
    )
    assert (written.outputs, written.mode, written.internal, written.system) == ((), Mode.WRITE, True, False)
    system = parse_statement("one.two", _source(mode="// MODE WRITE\n// SYSTEM\n"))
    assert (system.internal, system.system) == (True, True)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("RETURN 1 AS total", "there is no header"),
        ("", "there is no header"),
        (_source(name="one.three"), "the header names graphcdp.one.three. The path says graphcdp.one.two"),
        (_source(mode=""), "the mode is missing"),
        (_source(mode="// MODE DELETE\n"), "the mode DELETE does not exist"),
        (_source(prose=""), "nothing says what it does"),
        (_source(text=""), "there is no Cypher below the header"),
        (_source(outputs="()"), "the outputs are empty. Write `:: VOID`"),
        (_source(outputs="total"), "the signature cannot be read"),
        (_source(outputs="(total)"), "the output `total` has no type"),
        (_source(outputs="(total :: WHOLE)"), "total has the unknown type WHOLE"),
        (_source(outputs="(t :: STRING)"), "`t` is no name of an input or output. Use two or more letters"),
        (_source(outputs="(total :: STRING, total :: STRING)"), "total stands twice"),
        (_source(inputs="key"), "the input `key` has no type"),
        (_source(inputs="key = 1 :: INTEGER, other :: STRING"), "the input other has no default"),
        (_source(inputs="key = -1 :: INTEGER"), "the default of key cannot be read"),
        (_source(inputs="key = 'one' :: STRING"), "the default of key cannot be read"),
        (_source(inputs="key :: LIST OF LIST OF STRING"), "unknown type LIST OF LIST OF STRING"),
    ],
)
def test_a_wrong_header_is_named_with_file_and_remedy(source: str, sentence: str) -> None:
    with pytest.raises(StatementError) as caught:
        parse_statement("one.two", source)
    assert caught.value.message.startswith("cypher/one/two.cypher: ")
    assert sentence in caught.value.message
    assert caught.value.fields["statement"] == "one.two"


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    for name, inputs in {"one.two": "key :: STRING, most = 5 :: INTEGER", "one.three": ""}.items():
        path = tmp_path.joinpath(*name.split(".")).with_suffix(".cypher")
        path.parent.mkdir(exist_ok=True)
        path.write_text(_source(name=name, inputs=inputs))
    for folder in ("schema", "browser"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "0001_other.cypher").write_text("no header at all")
    return Catalogue.load(tmp_path)


def test_a_catalogue_holds_the_statements_of_a_folder(catalogue: Catalogue) -> None:
    assert sorted(statement.name for statement in catalogue) == ["one.three", "one.two"]
    assert len(catalogue) == 2
    assert catalogue.get("one.two").description == "Counts."


def test_defaults_are_filled_in(catalogue: Catalogue) -> None:
    assert catalogue.bind("one.two", {"key": "ab"})[1] == {"key": "ab", "most": 5}
    assert catalogue.bind("one.two", {"key": "ab", "most": None})[1] == {"key": "ab", "most": None}


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("one.twoo", {}, "There is no Cypher statement one.twoo. Did you mean one.two?"),
        ("zzz", {}, "There is no Cypher statement zzz. Known: one.three, one.two."),
        ("one.two", {"keys": "ab"}, "The statement one.two has no parameter keys. Did you mean key?"),
        ("one.two", {}, "The statement one.two needs the parameter key :: STRING. Give it."),
        ("one.three", {"key": "ab"}, "The statement one.three has no parameter key. It takes none."),
    ],
)
def test_wrong_names_are_refused_with_the_nearest(
    catalogue: Catalogue, name: str, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(StatementError) as caught:
        catalogue.bind(name, given)
    assert caught.value.message == sentence


def test_the_statements_that_ship_have_good_headers() -> None:
    for statement in Catalogue.load():
        assert statement.description, statement.name
