"""Offers, where they are shown, and who is held out: what may be said, checked before it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from graphcdp.base import InvalidInputError
from graphcdp.decisions.eligible import Ready, ready
from graphcdp.segments.rule.ast import Condition, Everyone, Member, Named
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.named import NamedCondition
from graphcdp.segments.rule.parse import Located, parse_located
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.rule.tree import from_json
from graphcdp.segments.rule.walk import walk
from graphcdp.segments.vocabulary.check import check, refuse
from graphcdp.segments.vocabulary.fields import Fields
from graphcdp.segments.vocabulary.language import Checked

Json = Any
PERSONALIZATION = "onsite_personalization"
"""The marketing action of an offer that names none."""
MOST_SLOTS, MOST_RECOMMENDED, MOST_CONTENT = 50, 50, 20_000
_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_ASKS = re.compile(r"\{(?:profile\.)?([a-z][a-z0-9_]{0,63})\}")


class OfferError(InvalidInputError):
    """An offer, placement or hold-out group is not said as it must be."""

    code = "offer"


@dataclass(frozen=True, slots=True)
class Cap:
    """How often one person is shown an offer: so many times in so many seconds (None: ever)."""

    times: int
    seconds: int | None = None


class Forbidden(NamedTuple):
    """Why policies forbid an offer: which policy forbids which labels for which marketing action."""

    policy: str
    action: str
    labels: Sequence[str]

    @property
    def sentence(self) -> str:
        """Say it."""
        return f"Policy {self.policy} forbids {' with '.join(self.labels)} for {self.action}."


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to show to some people.

    Attributes:
        id: slug.
        title: for those who run it.
        content: texts, addresses of images and links; `{name}` in a text stands for an attribute of the person.
        rule: whom it is for, as text, and `tree` the same as a tree (JSON).
        placements: where it may be shown.
        priority: larger goes first; of equals the smaller id.
        starts, ends: when it may be shown; `ends` is not included.
        caps: how often one person is shown it; all of them hold.
        exclusive: of the offers with the same word here one at most is shown in one answer.
        hold_out: the group of people who are never shown it, and `percent` of everybody that group is.
        names: named conditions made here that the rule says; in the tree they are written out.
        actions: the marketing actions that it serves; policies say what data may be used for them.
        forbidden: what policies forbid in it now.
    """

    id: str
    title: str
    content: Mapping[str, Json]
    rule: str
    tree: str
    placements: tuple[str, ...]
    priority: int = 0
    starts: datetime | None = None
    ends: datetime | None = None
    caps: tuple[Cap, ...] = ()
    exclusive: str | None = None
    hold_out: str | None = None
    percent: float | None = None
    names: tuple[str, ...] = ()
    actions: tuple[str, ...] = (PERSONALIZATION,)
    forbidden: tuple[Forbidden, ...] = ()

    @property
    def ready(self) -> Ready:
        """Its rule, made ready."""
        return ready(self.tree)

    def properties(self) -> dict[str, Any]:
        """Return what stands on its node."""
        return {
            "id": self.id,
            "title": self.title,
            "priority": self.priority,
            "rule": self.rule,
            "tree": self.tree,
            "content": dumped(self.content),
            "caps": orjson.dumps([[cap.times, cap.seconds] for cap in self.caps]).decode(),
            "starts": self.starts,
            "ends": self.ends,
            "exclusive": self.exclusive,
            "names": list(self.names),
            "actions": list(self.actions),
        }


@dataclass(frozen=True, slots=True)
class Placement:
    """A place that offers are shown in.

    Attributes:
        id: slug, such as `mobile_home`.
        title: for those who run it.
        channel: of the impressions.
        slots: so many offers at most.
        recommend: so many products beside them.
        fallback: content to show where no offer is.
    """

    id: str
    title: str
    channel: str = "web"
    slots: int = 1
    recommend: int = 0
    fallback: Mapping[str, Json] | None = None

    def properties(self) -> dict[str, Any]:
        """Return what stands on its node."""
        fallback = None if self.fallback is None else orjson.dumps(dict(self.fallback)).decode()
        return {
            "id": self.id, "title": self.title, "channel": self.channel, "slots": self.slots,
            "recommend": self.recommend, "fallback": fallback,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class HoldOut:
    """People who are shown nothing of some offers, so that the others can be compared with them.

    Attributes:
        id: slug.
        percent: of everybody, 0 to 100. Who it is follows from a keyed hash of the group's id and the profile's
            founder, the identity that the profile is named after: it lasts while devices come and go and weaker
            profiles merge into it.
        title: for those who run it.
    """

    id: str
    percent: float
    title: str = ""


def offer(
    id: str,
    *,
    content: Any,
    placements: Sequence[str],
    rule: str | Mapping[str, Any] | None = None,
    title: str | None = None,
    priority: int = 0,
    starts: datetime | None = None,
    ends: datetime | None = None,
    caps: Sequence[Cap] = (),
    exclusive: str | None = None,
    hold_out: str | None = None,
    actions: Sequence[str] | None = None,
) -> Offer:
    """Return an offer that can be kept.

    Args:
        id: slug.
        content: an object of texts, images and links, at most 20,000 characters as JSON.
        placements: ids; at least one.
        rule: whom it is for, as text or as the tree in JSON; None: everyone.
        title, priority, starts, ends, caps, exclusive, hold_out: as in `Offer`.
        actions: marketing actions; None: `onsite_personalization`.

    Raises:
        OfferError, RuleError: says what is wrong.
    """
    slug(id, "id")
    if not isinstance(content, Mapping) or not content:
        raise OfferError(f"The content of {id} is no object; give texts, images and links by name.", field="content")
    try:
        size = len(orjson.dumps(dict(content)))
    except TypeError:
        raise OfferError(f"The content of {id} cannot be JSON: its names must be texts.", field="content") from None
    if size > MOST_CONTENT:
        raise OfferError(f"The content of {id} is {size:,} characters; {MOST_CONTENT:,} are the most.", field="content")
    if not placements:
        raise OfferError(f"{id} is shown nowhere; name at least one placement.", field="placements")
    for each in placements:
        slug(each, "placements")
    if starts is not None and ends is not None and ends <= starts:
        raise OfferError(f"{id} ends before it starts; exchange the two or leave one out.", field="ends")
    for cap in caps:
        if cap.times < 1 or (cap.seconds is not None and cap.seconds < 1):
            within = "" if cap.seconds is None else f" in {cap.seconds} seconds"
            raise OfferError(f"A cap of {id} is {cap.times} times{within}; give 1 or more.", field="caps")
    for name in (exclusive, hold_out):
        if name is not None:
            slug(name, "exclusive" if name is exclusive else "hold_out")
    if actions is not None and (
        not actions or isinstance(actions, str) or not all(isinstance(one, str) for one in actions)
    ):
        raise OfferError(
            f"`actions` of {id} must be a list of marketing actions, one at least; or leave it out.", field="actions"
        )
    condition, said = _condition(rule)
    tree = condition.model_dump_json()
    return Offer(
        id, title or id, content, said, tree, tuple(dict.fromkeys(placements)), priority, starts, ends,
        tuple(caps), exclusive, hold_out, actions=tuple(dict.fromkeys(actions or (PERSONALIZATION,))),
    )  # fmt: skip


def placement(
    id: str,
    *,
    title: str | None = None,
    channel: str = "web",
    slots: int = 1,
    recommend: int = 0,
    fallback: Any = None,
) -> Placement:
    """Return a placement that can be kept.

    Raises:
        OfferError: says what is wrong.
    """
    slug(id, "id")
    if not 1 <= slots <= MOST_SLOTS or not 0 <= recommend <= MOST_RECOMMENDED:
        raise OfferError(
            f"{id} has {slots} slots and {recommend} recommendations; give 1 to {MOST_SLOTS} slots and up to "
            f"{MOST_RECOMMENDED} recommendations.",
            field="slots",
        )
    if fallback is not None and not isinstance(fallback, Mapping):
        raise OfferError(f"The fallback of {id} is no object; give texts, images and links by name.", field="fallback")
    return Placement(id, title or id, channel, slots, recommend, fallback)


def hold_out(id: str, *, percent: float, title: str | None = None) -> HoldOut:
    """Return a hold-out group that can be kept.

    Raises:
        OfferError: says what is wrong.
    """
    slug(id, "id")
    if not 0 <= percent <= 100:
        raise OfferError(f"{id} holds out {percent} %; give 0 to 100.", field="percent")
    return HoldOut(id, float(percent), title or id)


def slug(id: str, field: str) -> None:
    """Make sure that an id is one.

    Raises:
        OfferError: it is none.
    """
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise OfferError(
            f"{str(id)[:70]!r} is no id: use up to 64 small letters, digits, `_` and `-`, a letter first.", field=field
        )


def asked_of(content: Json) -> frozenset[str]:
    """Return the attributes that texts of a content ask for as `{name}`."""
    if isinstance(content, str):
        return frozenset(_ASKS.findall(content))
    if isinstance(content, Mapping):
        return frozenset().union(*(asked_of(each) for each in content.values()))
    return (
        frozenset().union(*(asked_of(each) for each in content)) if isinstance(content, list | tuple) else frozenset()
    )


def dumped(content: Mapping[str, Json]) -> str:
    """Return a content as it is kept."""
    return orjson.dumps(dict(content)).decode()


def filled(content: Json, fields: Mapping[str, Any]) -> Json:
    """Return a content with the person's attributes in its texts."""
    if isinstance(content, str):
        return _ASKS.sub(lambda found: _shown(fields.get(found[1])), content)
    if isinstance(content, Mapping):
        return {name: filled(each, fields) for name, each in content.items()}
    return [filled(each, fields) for each in content] if isinstance(content, list | tuple) else content


def kept_offer(row: Mapping[str, Any]) -> Offer:
    """Read a row of `decisions.offers`."""
    return Offer(
        row["id"],
        row["title"],
        orjson.loads(row["content"]),
        row["rule"],
        row["tree"],
        tuple(sorted(row["placements"])),
        row["priority"],
        row["starts"],
        row["ends"],
        tuple(Cap(*each) for each in orjson.loads(row["caps"])),
        row["exclusive"],
        row["hold_out"],
        row["percent"],
        actions=tuple(row["actions"]),
        forbidden=tuple(Forbidden(*each) for each in row["forbidden"]),
    )


def kept_placement(row: Mapping[str, Any]) -> Placement:
    """Read a row of `decisions.placements`."""
    fallback = None if row["fallback"] is None else orjson.loads(row["fallback"])
    return Placement(row["id"], row["title"], row["channel"], row["slots"], row["recommend"], fallback)


def _condition(rule: str | Mapping[str, Any] | None) -> tuple[Condition, str]:
    if rule is None or rule == "":
        return Everyone(), "everyone"
    read = parse_located(rule) if isinstance(rule, str) else Located(from_json(dict(rule)), {})
    # Whether it fits the graph is looked at when it is kept, by the text as it was said: errors find their place.
    return read.condition, rule if isinstance(rule, str) else to_text(read.condition)


def fitting(one: Offer, checked: Checked, named: Mapping[str, NamedCondition]) -> Offer:
    """Return an offer as it is kept, its rule having been looked at: in canonical words, own names written out.

    Raises:
        RuleError: the rule does not fit.
    """
    try:
        refuse(checked.problems)
    except RuleError as error:
        error.message = f"The rule of {one.id}: {error.message}"
        error.args = (error.message,)
        raise
    assert checked.condition is not None  # noqa: S101  refused else
    assert checked.said is not None  # noqa: S101  likewise
    said = {part.name for part in walk(checked.said) if isinstance(part, Named)}
    own = tuple(sorted(name for name in said if name in named and not named[name].built_in))
    return replace(one, rule=to_text(checked.said), tree=checked.condition.model_dump_json(), names=own)


def unfitted(one: Offer) -> Offer:
    """Return an offer as it is kept before there is any data: names of the graph are taken as they are said.

    Raises:
        RuleError: the rule cannot be right whatever data come.
    """
    condition = from_json(one.tree)
    asked = {part.segment: "" for part in walk(condition) if isinstance(part, Member)}
    refuse(check(condition, Fields(segments=asked, empty=True), {}))
    return replace(one, rule=to_text(condition))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return f"{int(value):,}"
    return f"{value:,}" if isinstance(value, int | float) else str(value)
