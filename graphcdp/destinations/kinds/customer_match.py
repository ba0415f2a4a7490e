"""Customer match of display networks: emails and phone numbers go there as hashes, never as they are.

Over HTTP in the words of Google Ads' user data operations (`{"operations": [{"create": {"userIdentifiers":
[{"hashedEmail": …}]}}, {"remove": …}]}`); as files in the layout that its upload of customer lists takes (`Email`,
`Phone`), one to add and one to remove.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson
from pydantic import Field, SecretStr

from graphcdp.destinations.kinds.connector import Answer, Connector, Item, Load, Options
from graphcdp.destinations.kinds.hashing import hashed
from graphcdp.destinations.kinds.http import Http
from graphcdp.destinations.kinds.written import STORAGE, as_csv, storage_of, write

_COLUMN = {"email": "Email", "phone": "Phone"}
_WORD = {"email": "hashedEmail", "phone": "hashedPhoneNumber"}


class CustomerMatchOptions(Options):
    """Options of a customer match."""

    url: str = Field(
        min_length=1, description="`https://…` of the network, or a folder for files (any fsspec address)."
    )
    token: SecretStr | None = Field(default=None, description="Sent as `Authorization: Bearer …` over HTTP.")
    storage: SecretStr | None = Field(default=None, description=STORAGE)


class CustomerMatch(Connector):
    """Adds to and removes from a list of hashes."""

    kind = "customer_match"
    title = "Customer match of a display network"
    about = "Keeps a list of hashed emails and phone numbers at an advertising network."
    options = CustomerMatchOptions
    subject = "identity"
    namespaces = ("email", "phone")
    hashing = "sha256"
    batch_size = 5_000

    def __init__(self, options: CustomerMatchOptions) -> None:
        self._options = options
        self._http = Http()

    def name_of(self, namespace: str, value: str) -> str | None:
        """Return the hash."""
        return hashed(namespace, value)

    async def send(self, load: Load) -> Sequence[Answer]:
        """Send the hashes."""
        if self._options.url.startswith(("http://", "https://")):
            return await self._post(load)
        for action in ("remove", "add"):
            items = [item for item in load.items if (item.action == "remove") == (action == "remove")]
            if items:
                latest = max(item.at or load.now for item in items)
                name = f"{latest:%Y%m%dT%H%M%S%fZ}-{action}-{_together(items)[:16]}.csv"
                rows = [{_COLUMN[item.namespace or "email"]: item.subject} for item in items]
                folder = f"{self._options.url.rstrip('/')}/{load.activation}"
                await write(folder, name, as_csv(rows, ("Email", "Phone")), storage_of(self._options.storage))
        return [Answer("done", "written")] * len(load.items)

    async def _post(self, load: Load) -> Sequence[Answer]:
        operations = [
            {
                "remove" if item.action == "remove" else "create": {
                    "userIdentifiers": [{_WORD[item.namespace or "email"]: item.subject}]
                }
            }
            for item in load.items
        ]
        headers = {"Content-Type": "application/json", "Idempotency-Key": _together(load.items)}
        if self._options.token is not None:
            headers["Authorization"] = f"Bearer {self._options.token.get_secret_value()}"
        body = orjson.dumps({"list": load.activation, "operations": operations})
        return [await self._http.post(self._options.url, body, headers)] * len(load.items)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def _together(items: Sequence[Item]) -> str:
    return hashlib.sha256("\n".join(item.id for item in items).encode()).hexdigest()
