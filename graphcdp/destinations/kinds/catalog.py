"""Which kinds of destinations there are, and how one is made of its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from pydantic import SecretStr, ValidationError

from graphcdp.destinations.errors import DestinationError
from graphcdp.destinations.kinds.connector import Connector, Options
from graphcdp.destinations.kinds.customer_match import CustomerMatch
from graphcdp.destinations.kinds.email import Email
from graphcdp.destinations.kinds.files import Files
from graphcdp.destinations.kinds.kafka import Kafka
from graphcdp.destinations.kinds.postgres import Postgres
from graphcdp.destinations.kinds.segment_forward import SegmentForward
from graphcdp.destinations.kinds.webhook import Webhook

GROUP = "graphcdp.destinations"
_OWN: tuple[type[Connector], ...] = (Webhook, Files, CustomerMatch, Email, SegmentForward, Kafka, Postgres)


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a kind of destination: its name, whether it must be given, whether it is a secret, what it is."""

    name: str
    required: bool
    secret: bool
    about: str


@cache
def catalog() -> Mapping[str, type[Connector]]:
    """Return the kinds by name: those that ship with graphcdp, and those of installed packages."""
    found = {one.kind: one for one in _OWN}
    for entry in entry_points(group=GROUP):
        kind: type[Connector] = entry.load()
        found[kind.kind] = kind
    return dict(sorted(found.items()))


def get_kind(kind: str) -> type[Connector]:
    """Return a kind.

    Raises:
        DestinationError: there is none of that name.
    """
    found = catalog().get(kind)
    if found is None:
        raise DestinationError(
            f"There is no kind of destination `{kind[:64]}`; there is {', '.join(catalog())}.", field="kind"
        )
    return found


def options_of(kind: type[Connector]) -> tuple[Option, ...]:
    """Return what a kind is to be told."""
    return tuple(
        Option(name, field.is_required(), _is_secret(kind.options, name), field.description or "")
        for name, field in ((name, kind.options.model_fields[name]) for name in kind.options.names())
    )


def read_options(kind: type[Connector], given: Mapping[str, Any]) -> Options:
    """Return checked options.

    Raises:
        DestinationError: says which is wrong; a value is never repeated, it may be a secret.
    """
    try:
        return kind.options.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "options"
        known = ", ".join(kind.options.names())
        more = f" It takes {known}." if first["type"] == "extra_forbidden" else ""
        raise DestinationError(
            f"The option {name} of a {kind.kind} destination is wrong: {first['msg']}.{more}", field=name
        ) from None


def split(options: Options) -> tuple[dict[str, Any], dict[str, str]]:
    """Return options without secrets, as JSON has them, and the secrets."""
    secrets = {
        name: value.get_secret_value()
        for name in type(options).model_fields
        if isinstance(value := getattr(options, name), SecretStr)
    }
    return options.model_dump(mode="json", exclude=set(secrets) | _unset(options)), secrets


def connect(kind: type[Connector], options: Options) -> Connector:
    """Return a connector with its options."""
    made = kind(options)  # type: ignore[call-arg]
    made.rate = options.rate_per_second or made.rate
    return made


def _unset(options: Options) -> set[str]:
    return {name for name in type(options).model_fields if _is_secret(type(options), name)}


def _is_secret(options: type[Options], name: str) -> bool:
    annotation = options.model_fields[name].annotation
    return annotation is SecretStr or SecretStr in getattr(annotation, "__args__", ())
