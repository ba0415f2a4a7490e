"""What may arrive at /v1: tracking calls and Adobe XDM experience events, checked at the edge by pydantic."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

CallType = Literal["identify", "track", "page", "screen", "group", "alias"]
CALL_TYPES: tuple[str, ...] = get_args(CallType)
MAX_ID_LENGTH = 512


def _as_id(value: object) -> object:
    """Numbers are ids as their digits; blank text is no id."""
    if isinstance(value, bool):
        raise ValueError("must be text or a number")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str):
        return value.strip() or None
    if value is None:
        return None
    raise ValueError("must be text or a number")


def _as_text(value: object) -> object:
    """Names may come as numbers."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_object(value: object) -> object:
    """An absent object is an empty one."""
    return {} if value is None else value


def _as_list(value: object) -> object:
    return [] if value is None else value


Id = Annotated[Annotated[str, StringConstraints(max_length=MAX_ID_LENGTH)] | None, BeforeValidator(_as_id)]
Text = Annotated[str | None, BeforeValidator(_as_text)]
JsonObject = Annotated[dict[str, Any], BeforeValidator(_as_object)]


class Call(BaseModel):
    """One tracking call, of Segment's or RudderStack's SDKs. Fields that it does not name stay in the payload."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: CallType
    message_id: Id = Field(default=None, alias="messageId")
    anonymous_id: Id = Field(default=None, alias="anonymousId")
    user_id: Id = Field(default=None, alias="userId")
    previous_id: Id = Field(default=None, alias="previousId")
    group_id: Id = Field(default=None, alias="groupId")
    event: Text = None
    name: Text = None
    category: Text = None
    channel: Text = None
    timestamp: Any = None
    original_timestamp: Any = Field(default=None, alias="originalTimestamp")
    sent_at: Any = Field(default=None, alias="sentAt")
    received_at: Any = Field(default=None, alias="receivedAt")
    properties: JsonObject = Field(default_factory=dict)
    traits: JsonObject = Field(default_factory=dict)
    context: JsonObject = Field(default_factory=dict)


class IdentityItem(BaseModel):
    """One identity of an XDM identity map."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Id = None


class ExperienceEvent(BaseModel):
    """One Adobe XDM experience event. Fields that it does not name stay in the payload."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Id = Field(default=None, alias="_id")
    timestamp: Any = None
    event_type: Text = Field(default=None, alias="eventType")
    identity_map: Annotated[dict[str, list[IdentityItem]], BeforeValidator(_as_object)] = Field(
        default_factory=dict, alias="identityMap"
    )
    product_items: Annotated[list[dict[str, Any]], BeforeValidator(_as_list)] = Field(
        default_factory=list, alias="productListItems"
    )
    commerce: JsonObject = Field(default_factory=dict)
    web: JsonObject = Field(default_factory=dict)
    device: JsonObject = Field(default_factory=dict)
    environment: JsonObject = Field(default_factory=dict)
    application: JsonObject = Field(default_factory=dict)
    marketing: JsonObject = Field(default_factory=dict)
    channel: JsonObject = Field(default_factory=dict)
    site_search: JsonObject = Field(default_factory=dict, alias="siteSearch")
    search: JsonObject = Field(default_factory=dict)


def first_fault(error: ValidationError) -> tuple[str, str, str]:
    """Return the field, the stable code and the sentence of the first thing that is wrong."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ""
    for step in first["loc"]:
        place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else str(step)
    kind = first["type"]
    if place == "type":
        known = ", ".join(CALL_TYPES)
        if kind == "missing":
            return place, "unknown_type", f"The call has no type; give one of {known}."
        return place, "unknown_type", f"The call's type is not known; it is one of {known}."
    if kind == "string_too_long":
        return place, "too_long", f"The field {place} is longer than {MAX_ID_LENGTH} characters; send a shorter one."
    if kind == "dict_type":
        return place, "bad_field", f"The field {place} must be a JSON object."
    if kind == "list_type":
        return place, "bad_field", f"The field {place} must be a JSON list."
    reason = first["msg"].removeprefix("Value error, ")
    wanted = "must be text" if kind == "string_type" else reason[:1].lower() + reason[1:]
    return place, "bad_field", f"The field {place} {wanted}."
