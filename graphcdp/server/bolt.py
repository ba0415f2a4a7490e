"""Just enough of the Bolt protocol to ask whether a server answers, without the driver (which belongs to graph/).

Source of the format: Neo4j's public description of Bolt 5 and PackStream.
"""

from __future__ import annotations

import socket
import ssl
import struct
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

_MAGIC = b"\x60\x60\xb0\x17"
_OFFERS = b"\x00\x08\x08\x05" + b"\x00\x00\x00\x06" + b"\x00" * 8
_HELLO, _LOGON, _GOODBYE, _RUN, _BEGIN, _ROLLBACK, _PULL = 0x01, 0x6A, 0x02, 0x10, 0x11, 0x13, 0x3F
_SUCCESS, _RECORD, _FAILURE = 0x70, 0x71, 0x7F
_CHUNK = 65535


class NoAnswerError(Exception):
    """Nothing that speaks Bolt is there, or not yet."""


class RefusedError(Exception):
    """The server answers, and refuses.

    Attributes:
        code: Neo4j's status code.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def is_wrong_password(self) -> bool:
        """Say whether user or password are wrong."""
        return self.code.startswith("Neo.ClientError.Security.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said of itself, such as `Neo4j/5.26.30`, and the rows of a statement where one was given."""

    agent: str
    rows: tuple[tuple[Any, ...], ...] = ()


def ask(
    uri: str, user: str, password: str, database: str, *, statement: str | None = None, timeout_seconds: float = 10
) -> Answer:
    """Log in to a database, and run a read statement in it or just open a transaction.

    Raises:
        NoAnswerError: nothing answers in Bolt at that address.
        RefusedError: wrong password, no such database, database not up yet, wrong statement.
    """
    try:
        with _connect(uri, timeout_seconds) as wire:
            talk = _Talk(wire)
            product = {"user_agent": "graphcdp/0.1", "bolt_agent": {"product": "graphcdp/0.1"}}
            agent = str(talk.call(_HELLO, product).get("server", "unknown"))
            talk.call(_LOGON, {"scheme": "basic", "principal": user, "credentials": password})
            if statement is None:
                talk.call(_BEGIN, {"db": database, "mode": "r"})
                talk.call(_ROLLBACK)
            else:
                talk.call(_RUN, statement, {}, {"db": database, "mode": "r"})
                talk.call(_PULL, {"n": 1000})
            talk.send(_GOODBYE)
            return Answer(agent, tuple(talk.rows))
    except (OSError, EOFError, struct.error, UnicodeDecodeError, LookupError) as error:
        raise NoAnswerError(str(error) or type(error).__name__) from None


def _connect(uri: str, timeout_seconds: float) -> socket.socket:
    parts = urlsplit(uri)
    try:
        port = parts.port or 7687
    except ValueError as error:
        raise NoAnswerError(f"the address is not one: {error}") from None
    if not parts.hostname or parts.scheme.split("+")[0] not in ("bolt", "neo4j"):
        raise NoAnswerError("the address must begin with bolt:// or neo4j:// (+s with TLS)")
    wire = socket.create_connection((parts.hostname, port), timeout_seconds)
    if parts.scheme.endswith(("+s", "+ssc")):
        context = ssl.create_default_context()
        if parts.scheme.endswith("+ssc"):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        wire = context.wrap_socket(wire, server_hostname=parts.hostname)
    wire.sendall(_MAGIC + _OFFERS)
    chosen = _read(wire, 4)
    if chosen[3] not in (5, 6):
        wire.close()
        raise NoAnswerError("what answers there does not speak Bolt 5 (Neo4j 5 or later)")
    return wire


def _read(wire: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        more = wire.recv(size - len(read))
        if not more:
            raise EOFError("the connection was closed")
        read += more
    return read


class _Talk:
    """Messages to and from one server."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self.rows: list[tuple[Any, ...]] = []

    def call(self, tag: int, *fields: Any) -> dict[str, Any]:
        """Send a message; return its success, keep its records."""
        self.send(tag, *fields)
        while True:
            answer, (body, *_) = self._receive()
            if answer == _RECORD:
                self.rows.append(tuple(body))
            elif answer == _SUCCESS:
                return dict(body)
            else:
                code = str(body.get("code") or body.get("neo4j_code") or "unknown") if answer == _FAILURE else "unknown"
                raise RefusedError(code, str(body.get("message", code)) if answer == _FAILURE else "ignored")

    def send(self, tag: int, *fields: Any) -> None:
        """Send a message."""
        body = bytes((0xB0 + len(fields), tag)) + b"".join(_pack(field) for field in fields)
        chunks = (body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK))
        self._wire.sendall(b"".join(struct.pack(">H", len(chunk)) + chunk for chunk in chunks) + b"\x00\x00")

    def _receive(self) -> tuple[int, list[Any]]:
        body = b""
        while True:
            (size,) = struct.unpack(">H", _read(self._wire, 2))
            if size:
                body += _read(self._wire, size)
            elif body:
                break
        unpacker = _Unpacker(body, 2)
        return body[1], [unpacker.value() for _ in range(body[0] & 0x0F)] or [{}]


def _pack(value: Any) -> bytes:
    if isinstance(value, str):
        text = value.encode()
        return b"\xd2" + struct.pack(">I", len(text)) + text
    if isinstance(value, int):
        return b"\xcb" + struct.pack(">q", value)
    if isinstance(value, dict):
        return b"\xda" + struct.pack(">I", len(value)) + b"".join(_pack(k) + _pack(v) for k, v in value.items())
    raise TypeError(type(value).__name__)


class _Unpacker:
    """Reads PackStream values one after the other."""

    _SIZES: ClassVar[tuple[tuple[range, str], ...]] = (
        (range(0xD0, 0xD3), "text"),
        (range(0xD4, 0xD7), "list"),
        (range(0xD8, 0xDB), "map"),
    )
    _FIXED: ClassVar[dict[int, str]] = {0xC1: ">d", 0xC8: ">b", 0xC9: ">h", 0xCA: ">i", 0xCB: ">q"}

    def __init__(self, body: bytes, at: int) -> None:
        self._body = body
        self._at = at

    def value(self) -> Any:
        """Return the next value; structures come as lists of their fields."""
        mark = self._take(1)[0]
        if mark in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[mark]
        if mark in self._FIXED:
            form = self._FIXED[mark]
            return struct.unpack(form, self._take(struct.calcsize(form)))[0]
        if mark < 0x80 or mark >= 0xF0:
            return mark if mark < 0x80 else mark - 0x100
        small = {0x80: "text", 0x90: "list", 0xA0: "map", 0xB0: "fields"}.get(mark & 0xF0)
        if small == "fields":
            self._take(1)
        if small:
            return self._collection(small, mark & 0x0F)
        for marks, kind in self._SIZES:
            if mark in marks:
                width = (1, 2, 4)[mark - marks.start]
                return self._collection(kind, int.from_bytes(self._take(width), "big"))
        raise LookupError(f"byte {mark:#x} is not PackStream")

    def _collection(self, kind: str, size: int) -> Any:
        if kind == "text":
            return self._take(size).decode()
        if kind == "map":
            return {str(self.value()): self.value() for _ in range(size)}
        return [self.value() for _ in range(size)]

    def _take(self, size: int) -> bytes:
        if self._at + size > len(self._body):
            raise EOFError("the message is cut short")
        taken = self._body[self._at : self._at + size]
        self._at += size
        return taken
