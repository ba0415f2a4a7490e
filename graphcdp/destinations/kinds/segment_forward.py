"""Anything that takes Segment's tracking calls: memberships become traits, entries and exits become events."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import AnyHttpUrl, Field, SecretStr

from graphcdp.destinations.kinds.connector import Answer, Connector, Item, Load, Options
from graphcdp.destinations.kinds.http import Http

_NAMES = {"entered": "Audience Entered", "exited": "Audience Exited"}


class SegmentOptions(Options):
    """Options of a forward of tracking calls."""

    url: AnyHttpUrl = Field(description="Where `/v1/batch` is, such as `https://api.segment.io`.")
    write_key: SecretStr = Field(description="The source's write key.")
    user_id: str = Field(default="user_id", description="The namespace whose value is `userId`.")
    anonymous_id: str = Field(default="anonymous_id", description="The namespace whose value is `anonymousId`.")


class SegmentForward(Connector):
    """Posts `identify` with the audience as a trait (true, false), or `track` of entries and exits."""

    kind = "segment"
    title = "Segment-compatible tracking"
    about = "Forwards memberships as `identify` calls, and entries and exits as `track` calls."
    options = SegmentOptions
    batch_size = 100
    fields = ("identity.email=email", "profile.first_name=firstName", "profile.last_name=lastName")

    def __init__(self, options: SegmentOptions) -> None:
        self._options = options
        self._http = Http()

    async def send(self, load: Load) -> Sequence[Answer]:
        """Post a batch; `messageId` is the idempotency key."""
        answers = []
        calls: list[dict[str, Any]] = []
        for item in load.items:
            who = self._who(item)
            answers.append(Answer("done", "") if who else Answer("refused", "The person has no id that it takes."))
            if who:
                calls.append({**who, **_call(item, load)})
        if not calls:
            return answers
        body = orjson.dumps({"batch": calls, "sentAt": load.now})
        key = base64.b64encode(f"{self._options.write_key.get_secret_value()}:".encode()).decode()
        url = f"{str(self._options.url).rstrip('/')}/v1/batch"
        answer = await self._http.post(url, body, {"Content-Type": "application/json", "Authorization": f"Basic {key}"})
        return [answer if one.verdict == "done" else one for one in answers]

    def _who(self, item: Item) -> dict[str, str]:
        told = {}
        for name, namespace in (("userId", self._options.user_id), ("anonymousId", self._options.anonymous_id)):
            values = item.identities.get(namespace)
            if values:
                told[name] = values[0]
        return told

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def _call(item: Item, load: Load) -> dict[str, Any]:
    told: dict[str, Any] = {"messageId": item.id, "timestamp": item.at or load.now}
    if item.action in _NAMES:
        properties = {"audience": load.segment, "audience_name": load.segment_name, **item.fields}
        return {**told, "type": "track", "event": _NAMES[item.action], "properties": properties}
    return {**told, "type": "identify", "traits": {**item.fields, load.segment: item.action != "remove"}}
