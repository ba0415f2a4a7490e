"""Rows to facts: a definition is compiled once into functions, then applied row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from graphcdp.base.ids import content_hash
from graphcdp.model import Device, Fact, IdentityKey, Rejection, Scalar
from graphcdp.sources.definition import FieldSpec, SourceDefinition, ValueType
from graphcdp.sources.errors import SourceDefinitionError
from graphcdp.sources.fields import Getter, ManyGetter, getter, many_getter, raw_getter
from graphcdp.sources.payload import check_size, row_json, shown_payload
from graphcdp.sources.rows import BrokenRow, Row
from graphcdp.sources.times import check_not_ahead, time_reader
from graphcdp.sources.tracking_names import snake
from graphcdp.sources.values import MAX_KEY_CHARACTERS, WrongValueError, to_text

COMMON_TYPES: Mapping[str, ValueType] = {
    "product": "string", "product_name": "string", "category": "string", "size": "string", "currency": "string",
    "order_id": "string", "campaign": "string", "content": "string", "page": "string", "query": "string",
    "outcome": "string", "price": "number", "revenue": "number", "duration_seconds": "number", "quantity": "integer",
}  # fmt: skip
RowReader = Callable[[Row | BrokenRow, int, datetime], Fact | Rejection | None]
SKIP = "skip"
_KINDS = {"web": "browser", "mobile": "phone"}


class Mapper:
    """A definition, compiled.

    Args:
        definition: of a source with rows (not of tracking calls or XDM events).

    Raises:
        SourceDefinitionError: it cannot read rows, as it names no identities or no time.
    """

    def __init__(self, definition: SourceDefinition) -> None:
        if definition.time is None or not definition.identities:
            raise SourceDefinitionError(
                f"The definition of the source {definition.source} cannot read rows; add identities and time.",
                source=definition.source,
            )
        self._csv = definition.csv
        self._source, self._dataset, self._channel = definition.source, definition.dataset, definition.channel
        self._time_field = definition.time.field
        self._raw_time = raw_getter(definition.time.field)
        self._read_time = time_reader(definition.time)
        self._identities = [
            (name, self._many(f"identities.{name}", spec))
            for name, specs in definition.identities.items()
            for spec in specs
        ]
        self._id = [self._one(f"id[{place}]", spec) for place, spec in enumerate(definition.id or ())]
        self._attributes = [
            (name, self._one(f"attributes.{name}", spec), spec.empty == "clear")
            for name, spec in definition.attributes.items()
        ]
        event, device = definition.event, definition.device
        self._type = self._one("event.type", event.type) if event else None
        self._type_field = event.type.field if event else None
        self._event_channel = self._one("event.channel", event.channel) if event and event.channel else None
        self._properties = [
            (name, self._one(f"event.properties.{name}", _typed(name, spec)))
            for name, spec in (event.properties.items() if event else ())
        ]
        self._products = self._many("event.products", event.products) if event and event.products else None
        self._device_id = self._one("device.id", device.id) if device else None
        self._device_kind = self._one("device.kind", device.kind) if device and device.kind else None
        self._device_name = self._one("device.name", device.name) if device and device.name else None

    def read(self, row: Row, where: str, now: datetime) -> Fact | Rejection | None:
        """Turn a row into a fact.

        Args:
            row: columns or keys to values.
            where: what to call the row, such as `row 12`.
            now: the present; times far beyond it are refused.

        Returns:
            The fact; a rejection with its field, code and reason; None where the definition says to skip the row.
        """
        fact_id: str | None = None
        try:
            event_type = self._type_of(row)
            if event_type == SKIP:
                return None
            payload = row_json(row)
            check_size(row, payload)
            ts = self._time_of(row, now)
            fact_id = self._id_of(row)
            identities = self._identities_of(row)
            attributes = self._attributes_of(row)
            if event_type is None:
                if self._type is not None and not attributes:
                    raise WrongValueError(
                        "no_type", "The row has no type of interaction and states no attributes.", self._type_field
                    )
                return Fact(
                    fact_id, ts, self._source, self._dataset, identities,
                    channel=self._channel, attributes=attributes, payload=payload, row=where,
                )  # fmt: skip
            properties = {name: value for name, get in self._properties if (value := get(row)) is not None}
            channel = self._channel_of(row)
            return Fact(
                fact_id, ts, self._source, self._dataset, identities, event_type, channel, properties,
                self._products_of(row, properties), attributes, self._device_of(row, channel), payload, where,
            )  # fmt: skip
        except WrongValueError as wrong:
            return Rejection(
                self._source, self._dataset, where, wrong.field, wrong.code, wrong.reason, shown_payload(row), fact_id
            )

    def _one(self, place: str, spec: FieldSpec) -> Getter:
        """Compile a spec of one value; what it raises names the field."""
        get = getter(spec, self._csv)
        field = spec.field or place
        if spec.field is None:
            return get

        def named(row: Row) -> Scalar:
            try:
                return get(row)
            except WrongValueError as wrong:
                raise wrong.at(field, place) from None

        return named

    def _many(self, place: str, spec: FieldSpec) -> ManyGetter:
        """Compile a spec of several values; what it raises names the field."""
        get = many_getter(spec, self._csv)
        field = spec.field or place

        def named(row: Row) -> list[str]:
            try:
                found = get(row)
                for value in found:
                    if len(value) > MAX_KEY_CHARACTERS:
                        raise WrongValueError("too_large", f"It may have {MAX_KEY_CHARACTERS} characters at most.")
                return found
            except WrongValueError as wrong:
                raise wrong.at(field, place) from None

        return named

    def _time_of(self, row: Row, now: datetime) -> datetime:
        try:
            ts = self._read_time(self._raw_time(row))
            check_not_ahead(ts, now)
            return ts
        except WrongValueError as wrong:
            raise wrong.at(self._time_field, "time") from None

    def _id_of(self, row: Row) -> str:
        """Name the fact: its id parts, or the hash of its content."""
        if not self._id:
            return f"{self._source}:{content_hash(row_json(row, canonical=True))}"
        parts = []
        for place, get in enumerate(self._id):
            value = get(row)
            if value is None:
                raise WrongValueError("no_id", "A part of the id is empty; fill it in the source.", f"id[{place}]")
            parts.append(to_text(value))
        name = f"{self._source}:{':'.join(parts)}"
        if len(name) > MAX_KEY_CHARACTERS:
            raise WrongValueError("too_large", f"An id may have {MAX_KEY_CHARACTERS} characters at most.", "id")
        return name

    def _identities_of(self, row: Row) -> tuple[IdentityKey, ...]:
        found = dict.fromkeys([IdentityKey(name, value) for name, get in self._identities for value in get(row)])
        if not found:
            names = ", ".join(dict.fromkeys(name for name, _ in self._identities))
            raise WrongValueError("no_identity", f"The row belongs to nobody: all of these are empty: {names}.")
        return tuple(found)

    def _attributes_of(self, row: Row) -> dict[str, Scalar]:
        stated: dict[str, Scalar] = {}
        for name, get, clears in self._attributes:
            value = get(row)
            if value is not None or clears:
                stated[name] = value
        return stated

    def _type_of(self, row: Row) -> str | None:
        """Name the interaction in snake_case."""
        value = self._type(row) if self._type is not None else None
        if value is None:
            return None
        name = snake(to_text(value))
        if not name:
            raise WrongValueError("unknown_type", "It cannot be the name of an interaction; map it to one.").at(
                self._type_field or "event.type", "event.type"
            )
        return name

    def _channel_of(self, row: Row) -> str | None:
        value = self._event_channel(row) if self._event_channel is not None else None
        return self._channel if value is None else snake(to_text(value))

    def _products_of(self, row: Row, properties: Mapping[str, Scalar]) -> tuple[str, ...]:
        if self._products is not None:
            return tuple(self._products(row))
        product = properties.get("product")
        return () if product is None else (to_text(product),)

    def _device_of(self, row: Row, channel: str | None) -> Device | None:
        value = self._device_id(row) if self._device_id is not None else None
        if value is None:
            return None
        text = to_text(value)
        if len(text) > MAX_KEY_CHARACTERS:
            raise WrongValueError("too_large", f"A device's id may have {MAX_KEY_CHARACTERS} characters.", "device.id")
        kind = self._device_kind(row) if self._device_kind is not None else None
        name = self._device_name(row) if self._device_name is not None else None
        return Device(
            text,
            _KINDS.get(channel or "", channel or "unknown") if kind is None else to_text(kind),
            None if name is None else to_text(name),
        )


def _typed(name: str, spec: FieldSpec) -> FieldSpec:
    """Give a common property its type."""
    kind = COMMON_TYPES.get(name)
    return spec if kind is None or spec.type is not None else spec.model_copy(update={"type": kind})


def _of_call(definition: SourceDefinition, row: Row, where: str) -> Fact | Rejection:
    """Read one Segment call or XDM event, with the code that reads live ones."""
    if definition.format == "xdm":
        from graphcdp.sources.xdm import parse_event

        return parse_event(row, definition, row=where)
    from graphcdp.sources.tracking import parse_call

    return parse_call(row, definition, row=where)


def compile_rows(definition: SourceDefinition, file: str = "") -> RowReader:
    """Compile a definition into a function of a row.

    Args:
        definition: how rows are read.
        file: the file's name, for messages.

    Returns:
        A function of a row (or a broken one), its number and the present, that never raises: it gives the fact, a
        rejection, or None where the definition says to skip the row.

    Raises:
        SourceDefinitionError: the definition cannot read rows.
    """
    prefix = f"{file} row " if file else "row "
    calls = definition.format in ("tracking", "xdm")
    mapper = None if calls else Mapper(definition)

    def read(row: Row | BrokenRow, number: int, now: datetime) -> Fact | Rejection | None:
        where = f"{prefix}{number}"
        if isinstance(row, BrokenRow):
            return Rejection(
                definition.source,
                definition.dataset,
                where,
                row.field,
                row.code,
                row.reason,
                shown_payload(row.content),
            )
        return mapper.read(row, where, now) if mapper is not None else _of_call(definition, row, where)

    return read


def to_fact(
    definition: SourceDefinition, row: Row | BrokenRow, number: int, now: datetime | None = None
) -> Fact | Rejection | None:
    """Turn one row into a fact; for many rows compile once with `compile_rows`.

    Args:
        definition: how the row is read.
        row: columns or keys to values, or what could not be read as a row.
        number: the row's number, for messages.
        now: the present, default the machine's; times more than a day beyond it are refused.

    Returns:
        The fact, a rejection, or None where the definition says to skip the row.
    """
    return definition.compiled(compile_rows)(row, number, now or datetime.now(UTC))
