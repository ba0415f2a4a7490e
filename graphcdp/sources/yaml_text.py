"""YAML as people mean it: `yes`, `on`, `0123` and `2026-01-01` are text, keys are text, and none is written twice."""

from __future__ import annotations

import re
from typing import Any

import yaml

from graphcdp.sources.errors import SourceDefinitionError


class _Loader(yaml.SafeLoader):
    """A safe loader that resolves only true, false, null and plain decimal numbers."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own protocol


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|True|False)$"), list("tfTF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    """Build a mapping whose keys are the text as written."""
    loader.flatten_mapping(node)
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key_node.start_mark)
        if key_node.value in result:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key_node.value} is written twice", key_node.start_mark
            )
        result[key_node.value] = loader.construct_object(value_node, deep=True)
    return result


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """Read a YAML text whose top is a mapping.

    Args:
        text: the YAML.
        name: what to call it in messages, usually its path.

    Raises:
        SourceDefinitionError: it is not YAML, a key is written twice, or its top is no mapping.
    """
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise SourceDefinitionError(f"{name} is not the YAML it should be{line}: {problem}.", file=name) from None
    if not isinstance(content, dict):
        raise SourceDefinitionError(
            f"{name} does not describe a source: it must be a mapping with keys such as source, identities and time.",
            file=name,
        )
    return content
