"""The small Bolt client: what it makes of bytes and of servers that are not Neo4j."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neo4j._codec.packstream.v1 import PackableBuffer, Packer

from graphcdp.server import bolt

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(), inner, max_size=20),
    max_leaves=30,
)


@given(_values)
def test_it_reads_what_the_official_driver_writes(value: Any) -> None:
    buffer = PackableBuffer()
    Packer(buffer).pack(value)
    assert bolt._Unpacker(bytes(buffer.data), 0).value() == value


@given(_values, st.data())
def test_a_message_cut_short_is_an_error_never_a_wrong_value(value: Any, data: st.DataObject) -> None:
    buffer = PackableBuffer()
    Packer(buffer).pack([value, 1])
    whole = bytes(buffer.data)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises((EOFError, UnicodeDecodeError, LookupError)):
        bolt._Unpacker(whole[:cut], 0).value()


@pytest.fixture
def deaf(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server on this machine that says only the bytes it is given, then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener.accept()[0] as wire:
            wire.recv(100)
            wire.sendall(request.param)

    threading.Thread(target=serve, daemon=True).start()
    yield f"bolt://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


@pytest.mark.parametrize(
    ("deaf", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak Bolt 5"),
        (b"\x00\x00\x00\x00", "does not speak Bolt 5"),
        (b"\x00\x00\x04\x04", "does not speak Bolt 5"),
        (b"", "closed"),
        (b"\x00\x00\x08\x05", "closed"),
    ],
    indirect=["deaf"],
)
def test_what_is_not_neo4j_5_gives_no_answer(deaf: str, reason: str) -> None:
    with pytest.raises(bolt.NoAnswerError, match=f"{reason}|reset"):
        bolt.ask(deaf, "neo4j", "x", "neo4j", timeout_seconds=5)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("http://127.0.0.1:7474", "must begin with bolt://"),
        ("localhost", "must begin with bolt://"),
        ("bolt://127.0.0.1:99999999", "not one"),
        ("bolt://127.0.0.1:9", "refused"),
    ],
)
def test_an_address_that_cannot_be_right(uri: str, reason: str) -> None:
    with pytest.raises(bolt.NoAnswerError, match=reason):
        bolt.ask(uri, "neo4j", "x", "neo4j", timeout_seconds=5)
