"""The definition of a source: one YAML file that says how its rows become facts (docs/sources.md)."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, cast, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from graphcdp.sources.errors import SourceDefinitionError
from graphcdp.sources.yaml_text import parse_yaml

Format = Literal["csv", "ndjson", "parquet", "tracking", "xdm"]
ValueType = Literal["string", "integer", "number", "boolean", "date"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=100)]
T = TypeVar("T")
PropertyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Plain = str | int | float | bool | None

DEFAULT_TRACKING: Mapping[str, str] = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "traits.email": "email",
    "traits.phone": "phone",
    "context.device.id": "device_id",
}


def _as_field(value: object) -> object:
    return {"field": value} if isinstance(value, str) else value


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FieldSpec(_Part):
    """Where a value comes from and what it is; a plain string is `{field: …}`."""

    field: Annotated[str, StringConstraints(min_length=1)] | None = None
    value: Plain = None
    map: dict[str, Plain] | None = None
    type: ValueType | None = None
    format: str | None = None
    default: Plain = None
    required: bool = False
    empty: Literal["absent", "clear"] = "absent"
    split: Annotated[str, StringConstraints(min_length=1)] | None = None
    part: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.field is None) == (self.value is None):
            raise ValueError("give either field (a column) or value (a constant)")
        if self.format is not None and self.type != "date":
            raise ValueError("format goes with type: date")
        if self.part is not None and self.split is None:
            raise ValueError("part goes with split, the text between the parts")
        return self

    @property
    def many(self) -> bool:
        """Whether it gives several values."""
        return (self.field is not None and "[*]" in self.field) or (self.split is not None and self.part is None)


Spec = Annotated[FieldSpec, BeforeValidator(_as_field)]
SpecList = Annotated[list[Spec], BeforeValidator(_as_list)]


class TimeSpec(_Part):
    """Which field says when, and how it is written."""

    field: str
    format: str = "iso"
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value} is no time zone; write one such as Europe/London or UTC") from None
        return value

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        if value in ("iso", "epoch_s", "epoch_ms") or "%" in value:
            return value
        raise ValueError(f"{value} is no time format; write iso, epoch_s, epoch_ms or a pattern such as %d.%m.%Y %H:%M")


class CsvSpec(_Part):
    """How a CSV file is written."""

    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    encoding: str = "utf-8-sig"
    quotechar: Annotated[str, StringConstraints(min_length=1, max_length=1)] = '"'
    decimal: Literal[".", ","] = "."
    thousands: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    columns: Annotated[list[str], Field(min_length=1)] | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError(f"{value} is no text encoding; write one such as utf-8, cp1252 or utf-16") from None
        return "utf-8-sig" if value.lower().replace("_", "-") in ("utf-8", "utf8") else value

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if self.thousands is not None and self.thousands == self.decimal:
            raise ValueError("thousands and decimal are the same sign")
        return self


class EventSpec(_Part):
    """What makes a row an interaction."""

    type: Spec
    channel: Spec | None = None
    products: Spec | None = None
    properties: dict[PropertyName, Spec] = Field(default_factory=dict)


class DeviceSpec(_Part):
    """What the interaction happened on."""

    id: Spec
    kind: Spec | None = None
    name: Spec | None = None


class SourceDefinition(_Part):
    """How the rows of one source become facts.

    `text` is the YAML it was read from, `folder` where it stood (None if it came from elsewhere).
    """

    source: Name
    title: str = ""
    channel: Name | None = None
    dataset: Name = ""
    trust: Annotated[int, Field(ge=0, le=100)] = 50
    files: str | None = None
    format: Format | None = None
    csv: CsvSpec = CsvSpec()
    identities: dict[Name, SpecList] = Field(default_factory=dict)
    time: Annotated[TimeSpec, BeforeValidator(_as_field)] | None = None
    id: SpecList | None = None
    event: EventSpec | None = None
    device: DeviceSpec | None = None
    attributes: dict[PropertyName, Spec] = Field(default_factory=dict)
    tracking: dict[str, Name] = Field(default_factory=lambda: dict(DEFAULT_TRACKING))

    _text: str = PrivateAttr(default="")
    _folder: Path | None = PrivateAttr(default=None)
    _compiled: Any = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("source"), str):
            return {"title": data["source"], "dataset": data["source"], **data}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.format in ("tracking", "xdm") or (self.format is None and "tracking" in self.model_fields_set):
            if self.format is not None:
                extra = [
                    part
                    for part in ("identities", "time", "id", "event", "device", "attributes")
                    if getattr(self, part)
                ]
                if extra:
                    raise ValueError(
                        f"{extra[0]} does not go with format: {self.format}, whose calls say it themselves; remove it"
                    )
            return self
        if not self.identities:
            raise ValueError("identities are missing; name at least one, such as identities: {email: EMAIL}")
        if self.time is None:
            raise ValueError("time is missing; name the column that says when, such as time: LAST_MODIFIED")
        self._one_value_each()
        return self

    def _one_value_each(self) -> None:
        """Refuse several values where one is expected."""
        single: dict[str, FieldSpec] = {f"attributes.{name}": spec for name, spec in self.attributes.items()}
        single |= {f"id[{place}]": spec for place, spec in enumerate(self.id or ())}
        if self.event is not None:
            single |= {f"event.properties.{name}": spec for name, spec in self.event.properties.items()}
            single["event.type"] = self.event.type
        for place, spec in single.items():
            if spec.many:
                raise ValueError(
                    f"{place} would have several values; take one, such as items[0].sku, or add part: 0 to split"
                )
            if spec.empty == "clear" and not place.startswith("attributes."):
                raise ValueError(f"{place} says empty: clear, which only attributes can")

    @property
    def text(self) -> str:
        """The YAML it was read from."""
        return self._text

    @property
    def folder(self) -> Path | None:
        """The folder of its YAML file."""
        return self._folder

    def compiled(self, compile_it: Callable[[SourceDefinition], T]) -> T:
        """Return what it compiles to, made at the first call and kept."""
        if self._compiled is None:
            self._compiled = compile_it(self)
        return cast(T, self._compiled)

    @classmethod
    def load(cls, path: Path | str) -> SourceDefinition:
        """Read a definition from its YAML file.

        Raises:
            SourceDefinitionError: the file is missing or wrong.
        """
        file = Path(path)
        try:
            text = file.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise SourceDefinitionError(
                f"There is no source definition at {file}; give the path of its YAML file.", file=str(file)
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise SourceDefinitionError(
                f"The source definition {file} cannot be read: {error}.", file=str(file)
            ) from None
        definition = cls.parse(text, str(file))
        definition._folder = file.resolve().parent
        return definition

    @classmethod
    def parse(cls, text: str, name: str = "the source definition") -> SourceDefinition:
        """Read a definition from YAML text.

        Args:
            text: the YAML.
            name: what to call it in messages.

        Raises:
            SourceDefinitionError: it is wrong; the sentence names the key, what to do and the nearest known name.
        """
        try:
            definition = cls.model_validate(parse_yaml(text, name))
        except ValidationError as error:
            raise _as_sentence(error, name) from None
        from graphcdp.sources.fields import check_constants

        check_constants(definition, name)
        definition._text = text
        return definition

    def specs(self) -> Iterator[tuple[str, FieldSpec]]:
        """List every field spec with its place, such as `identities.email`."""
        for name, specs in self.identities.items():
            yield from ((f"identities.{name}", spec) for spec in specs)
        if self.time is not None:
            yield "time", FieldSpec(field=self.time.field)
        yield from ((f"id[{place}]", spec) for place, spec in enumerate(self.id or ()))
        for part in (self.event, self.device):
            for name in part.model_fields_set if part is not None else ():
                value = getattr(part, name)
                prefix = "event" if part is self.event else "device"
                if isinstance(value, FieldSpec):
                    yield f"{prefix}.{name}", value
                elif isinstance(value, dict):
                    yield from ((f"{prefix}.{name}.{key}", spec) for key, spec in value.items())
        yield from ((f"attributes.{name}", spec) for name, spec in self.attributes.items())


def _model_in(annotation: Any) -> Any:
    """Find the pydantic model, or what a dict or list holds, inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, list):
        return annotation
    for inner in get_args(annotation):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """List the keys known in the mapping that a place of the definition stands in."""
    here: Any = SourceDefinition
    for step in place[:-1]:
        if isinstance(here, type) and issubclass(here, BaseModel):
            known = here.model_fields.get(str(step))
            here = _model_in(known.annotation) if known else None
        elif here is not None:
            here = _model_in(get_args(here)[-1])
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _as_sentence(error: ValidationError, name: str) -> SourceDefinitionError:
    """Turn pydantic's first error into a sentence."""
    problems = error.errors()
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    place = first["loc"]
    shown = ".".join(str(step) for step in place if step != "[key]").replace(".0.", ".")
    if first["type"] == "extra_forbidden":
        known = _keys_at(place)
        near = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else f"Known there: {', '.join(known)}."
        message = f"{shown} is not a key of a source definition. {hint}"
    elif first["type"] == "missing":
        message = f"{shown} is missing; add it (docs/sources.md shows the format)."
    else:
        reason = first["msg"].removeprefix("Value error, ")
        near = difflib.get_close_matches(str(first["input"]), _choices(first), n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        message = f"{shown}: {reason}.{hint}" if shown else f"{reason}."
        if first["type"] == "string_pattern_mismatch":
            message = f"{shown}: names are lower-case letters, digits and _, such as first_name; correct it."
    more = f" ({len(problems) - 1} more after that.)" if len(problems) > 1 else ""
    return SourceDefinitionError(f"{name}: {message}{more}", file=name, key=shown)


def _choices(problem: Any) -> list[str]:
    """List the values that a place with closed choices takes."""
    expected = str(problem.get("ctx", {}).get("expected", ""))
    return [choice.strip("' ") for choice in expected.replace(" or ", ",").split(",") if choice.strip()]
