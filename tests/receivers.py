"""Real receivers for what destinations send: an HTTP server and an SMTP server that keep what they were told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from aiosmtpd.controller import Controller
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass
class Receiver:
    """What arrived, and what the receiver holds by now.

    Attributes:
        url: where it listens.
        status: what it answers; other than 2xx: it keeps nothing.
        delay_seconds: so long it takes.
        requests: (headers, body) of all requests.
        held: by profile id, the fields of the last addition or update.
        seen: ids of changes, in order of arrival.
        told: (action, profile id) in order.
        hashes: of a customer match, what is on the list.
        poison: the profile that makes it fail.
    """

    url: str = ""
    status: int = 200
    delay_seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    hashes: set[str] = field(default_factory=set)
    poison: str | None = None

    async def take(self, request: Request) -> Response:
        """Take a request."""
        body = await request.body()
        self.requests.append((dict(request.headers), body))
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        if not 200 <= self.status < 300:
            return Response(status_code=self.status, headers=self.headers)
        told = orjson.loads(body)
        for one in told.get("operations", []):
            (word, said), *_ = one.items()
            hashes = [hash for each in said["userIdentifiers"] for hash in each.values()]
            self.hashes = self.hashes | set(hashes) if word == "create" else self.hashes - set(hashes)
        changes = told.get("changes", [])
        if self.poison is not None and any(one.get("profile_id") == self.poison for one in changes):
            return Response(status_code=500)
        for change in changes:
            self.seen.append(change["id"])
            if "profile_id" not in change:  # it is about a policy
                continue
            self.told.append((change["action"], change["profile_id"]))
            if change["action"] == "remove":
                self.held.pop(change["profile_id"], None)
            elif change["action"] in ("add", "update"):
                self.held[change["profile_id"]] = change.get("fields", {})
        return Response(status_code=self.status)


@asynccontextmanager
async def receiving(certificate: tuple[Path, Path] | None = None) -> AsyncIterator[Receiver]:
    """Listen on a free port in this loop; over TLS where a certificate (and its key) is given."""
    receiver = Receiver()
    app = Starlette(routes=[Route("/{rest:path}", receiver.take, methods=["POST"])])
    chain, key = certificate or (None, None)
    told = uvicorn.Config(
        app, port=0, log_config=None, access_log=False, lifespan="off", ssl_certfile=chain, ssl_keyfile=key
    )
    server = uvicorn.Server(told)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    receiver.url = f"{'http' if chain is None else 'https'}://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.should_exit = True
        await task


@dataclass
class Mailbox:
    """An SMTP server that keeps what it took.

    Attributes:
        port: where it listens on 127.0.0.1.
        messages: (recipient, message) in order.
        refuse: answers to recipients, such as `450 later`.
        hang_up: after so many messages more: it takes one and is gone before it answers.
        delay_seconds: so long it takes to answer.
    """

    port: int = 0
    messages: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    hang_up: int | None = None
    delay_seconds: float = 0.0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: Any) -> str:
        """Take or refuse a recipient."""
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a message."""
        told = message_from_bytes(envelope.content, policy=default)
        self.messages += [(to, told) for to in envelope.rcpt_tos]
        await asyncio.sleep(self.delay_seconds)
        if self.hang_up is not None:
            self.hang_up -= 1
            if self.hang_up < 0:
                server.transport.abort()
                self.hang_up = None
        return "250 OK"


@contextmanager
def mailbox(certificate: tuple[Path, Path] | None = None, *, at_once: bool = False) -> Iterator[Mailbox]:
    """Listen on a free port, in a thread of its own.

    Args:
        certificate: and its key: nothing is taken before STARTTLS.
        at_once: TLS from the beginning instead.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox(port)
    safe = None
    if certificate is not None:
        safe = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        safe.load_cert_chain(*certificate)
    controller = Controller(
        box, hostname="127.0.0.1", port=port, ssl_context=safe if at_once else None,
        tls_context=None if at_once else safe, require_starttls=safe is not None and not at_once,
    )  # fmt: skip
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
