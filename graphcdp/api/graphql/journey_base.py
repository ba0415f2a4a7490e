"""What the modules about journeys share: the selection, and the rules that an answer was computed under."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from graphcdp.journeys import Container, Selection

Events = Annotated[
    str, strawberry.argument(description="Events in the segment language: `purchased where revenue > 50`, `any event`.")
]


@strawberry.enum(description="Whose events belong together.")
class JourneyContainer(Enum):
    PERSON = strawberry.enum_value("person", description="A person's, on every device.")
    COOKIE = strawberry.enum_value("cookie", description="Those of one identity, as if nobody were recognised.")

    def model(self) -> Container:
        """Return the model's word."""
        return cast(Container, self.value)


@strawberry.type(description="What every analysis of journeys has.")
class JourneyBase:
    selection: strawberry.Private[Selection]


def shown_rules(rules: Mapping[str, Any]) -> JSON:
    """Return the rules of an answer as JSON."""
    return JSON({name: _plain(value) for name, value in rules.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
