"""How an identity is written on the command line: one argument, `namespace:value` (or `namespace|value`, quoted)."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from graphcdp.base import InvalidInputError
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform

_NAMED = re.compile(r"(\w+)[:|](.+)", re.DOTALL)

One = Annotated[str, typer.Argument(help="An identity as namespace:value, such as email:sarah.rose@example.com.")]
Other = Annotated[str, typer.Argument(help="Another identity, written in the same way.")]
Person = Annotated[str, typer.Argument(help="An identity as namespace:value, or a profile's id, present or past.")]


async def identity_of(platform: Platform, text: str) -> IdentityKey:
    """Return an identity written on the command line as it stands in the graph: normalised as on ingestion.

    Raises:
        InvalidInputError: it is not written so, or no identity can read so.
    """
    found = _NAMED.fullmatch(text.strip())
    if found is None:
        raise InvalidInputError(
            "An identity is written namespace:value, for instance email:sarah.rose@example.com. Write it so.",
            field="identity",
        )
    return await platform.identity_key(found[1], found[2])


async def person_of(platform: Platform, text: str) -> str | IdentityKey:
    """Return whom a person on the command line is: a profile's id (`prf_…`), or an identity.

    Raises:
        InvalidInputError: it is neither.
    """
    text = text.strip()
    return text if text.startswith("prf_") else await identity_of(platform, text)
