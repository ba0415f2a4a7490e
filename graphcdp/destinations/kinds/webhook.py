"""Any HTTP receiver: changes of an audience as JSON, signed with a shared secret."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated

import orjson
from pydantic import AnyHttpUrl, Field, SecretStr

from graphcdp.destinations.kinds.connector import Answer, Connector, Item, Load, Options
from graphcdp.destinations.kinds.http import Http

SIGNATURE, STAMP, KEY = "X-Graphcdp-Signature", "X-Graphcdp-Timestamp", "Idempotency-Key"


class WebhookOptions(Options):
    """Options of a webhook."""

    url: AnyHttpUrl = Field(description="Where to send, `https://…`.")
    secret: SecretStr | None = Field(default=None, description="Signs every request (HMAC-SHA-256).")
    headers: dict[str, str] = Field(default_factory=dict, description="Further headers, shown to whoever may read.")
    authorization: SecretStr | None = Field(default=None, description="The header `Authorization`, such as `Bearer …`.")
    authority: str | None = Field(
        default=None, description="File with the certificate of the receiver's own authority; else the machine's."
    )
    wrap: str | None = Field(default=None, description="Puts the body under this name, such as `conf` for Airflow.")
    beside: dict[str, bool | int | float | str | None] = Field(
        default_factory=dict, description="What stands beside it then."
    )
    batch_size: Annotated[int, Field(ge=1, le=1_000)] = Field(default=100, description="So many changes at once.")


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return `sha256=` and the HMAC of the instant, a dot and the body: an old request cannot be sent as a new one."""
    return "sha256=" + hmac.digest(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hex()


def line(item: Item) -> dict[str, object]:
    """Return an item as receivers of JSON see it."""
    told: dict[str, object] = {"id": item.id, "action": item.action}
    if item.profile_id:
        told["profile_id"] = item.profile_id
    if item.at is not None:
        told["at"] = item.at
    if item.by_event is not None:
        told["by_event"] = item.by_event
    if item.fields:
        told["fields"] = dict(item.fields)
    return {**told, **item.told}


class Webhook(Connector):
    """Posts `{activation, segment, changes: [{id, action, profile_id, at, fields}]}`, or `{trigger, changes}`."""

    kind = "webhook"
    title = "Webhook"
    about = "Posts additions, changes and removals as signed JSON to an address."
    options = WebhookOptions
    tells = True
    batch_size = 1_000
    fields = ("identities=identities",)

    def __init__(self, options: WebhookOptions) -> None:
        self._options = options
        self._http = Http(authority=options.authority)

    async def send(self, load: Load) -> Sequence[Answer]:
        """Post the items, in pieces of the wished size; the ids make a repetition harmless."""
        answers: list[Answer] = []
        size = self._options.batch_size
        for start in range(0, len(load.items), size):
            part = load.items[start : start + size]
            told: dict[str, object] = (
                {"trigger": load.activation}
                if load.trigger
                else {"activation": load.activation, "segment": {"id": load.segment, "name": load.segment_name}}
            )
            told["changes"] = [line(item) for item in part]
            wrap = self._options.wrap
            body = orjson.dumps(told if wrap is None else {**self._options.beside, wrap: told})
            answers += [await self._http.post(str(self._options.url), body, self._headers(body, part, load))] * len(
                part
            )
        return answers

    def _headers(self, body: bytes, part: Sequence[Item], load: Load) -> dict[str, str]:
        stamp = str(int(load.now.timestamp()))
        together = hashlib.sha256("\n".join(item.id for item in part).encode()).hexdigest()
        headers = {**self._options.headers, "Content-Type": "application/json", KEY: together, STAMP: stamp}
        if self._options.authorization is not None:
            headers["Authorization"] = self._options.authorization.get_secret_value()
        if self._options.secret is not None:
            headers[SIGNATURE] = signature(self._options.secret.get_secret_value(), stamp, body)
        return headers

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()
