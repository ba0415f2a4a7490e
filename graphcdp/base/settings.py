"""All settings, read once from the environment (GRAPHCDP_*) and passed on."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from graphcdp.base.errors import ConfigurationError
from graphcdp.base.ids import content_hash
from graphcdp.base.places import data_folder

_PREFIX = "GRAPHCDP_"


def default_home() -> Path:
    """Return the user's data folder; each checkout has one of its own in it, so that two run side by side."""
    base = Path(platformdirs.user_data_dir("graphcdp"))
    checkout = data_folder("cypher").parent
    if not (checkout / "pyproject.toml").is_file():
        return base / "home"
    return base / f"checkout-{content_hash(str(checkout))[:8]}"


class Settings(BaseSettings):
    """Settings of one process. Every field `x` is the environment variable `GRAPHCDP_X`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True)

    home: Path = Field(
        default_factory=default_home,
        description="Folder with the embedded Neo4j's data, generated passwords and keys.",
    )
    cache: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("graphcdp")),
        description="Folder with fetched programs (Neo4j, its plugins); safe to delete.",
    )
    neo4j_uri: str | None = Field(
        default=None, description="Bolt address of another Neo4j server; unset: the embedded one."
    )
    neo4j_user: str = Field(default="neo4j", description="User at that server.")
    neo4j_password: SecretStr | None = Field(
        default=None, description="Password at that server; unset: the embedded one's generated password."
    )
    neo4j_database: str = Field(default="neo4j", description="Database at that server.")
    neo4j_http_port: int = Field(default=7474, ge=0, le=65535, description="Wanted HTTP port of the embedded Neo4j.")
    neo4j_bolt_port: int = Field(default=7687, ge=0, le=65535, description="Wanted Bolt port of the embedded Neo4j.")
    neo4j_heap: str = Field(default="1g", pattern=r"^\d+[mg]$", description="Heap of the embedded Neo4j.")
    neo4j_page_cache: str = Field(default="512m", pattern=r"^\d+[mg]$", description="Its page cache.")
    host: str = Field(default="127.0.0.1", description="Address the HTTP server binds to.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the HTTP server binds to; 0 picks a free one.")
    api_keys: SecretStr | None = Field(
        default=None, description="Comma-separated keys for reading and administration; unset: one generated key."
    )
    write_keys: SecretStr | None = Field(
        default=None,
        description="Comma-separated tracking keys, each `key` or `key=source`; unset: one generated key.",
    )
    secrets_key: SecretStr | None = Field(
        default=None,
        description="Key that seals the secrets of destinations; unset: `secrets.key` in the home folder.",
    )
    cors_origins: str = Field(
        default="", description="Comma-separated origins that may read the API from a browser; `*` is every origin."
    )
    tracking_cors_origins: str = Field(
        default="*", description="Comma-separated origins that may send tracking calls from a browser."
    )
    tracking_rate: float = Field(
        default=20_000, ge=0, description="Tracking calls a second that one source may send; 0 is no limit."
    )
    tracking_burst: int = Field(default=100_000, ge=1, description="Tracking calls that one source may send at once.")
    journey_seconds: float = Field(
        default=120, gt=0, description="Seconds that one statement of a journey analysis may take."
    )
    journey_events: int = Field(
        default=20_000_000, ge=1, description="Events that one statement of a journey analysis may read."
    )
    journey_at_once: int = Field(
        default=4, ge=1, description="Statements of journey analyses at a time in one process; more wait."
    )
    default_region: str = Field(default="GB", description="Country in which a phone number without a prefix is read.")
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="Least level logged.")
    log_json: bool = Field(default=False, description="Log as JSON lines.")


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment.

    Raises:
        ConfigurationError: a variable has a wrong value, or a GRAPHCDP_ variable is unknown (the nearest is named).
    """
    known = {_PREFIX + name.upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.startswith(_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" Known: {', '.join(sorted(known))}."
            raise ConfigurationError(f"The environment variable {name} is not a setting of graphcdp.{hint}", name=name)
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        field = "_".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"The setting {_PREFIX}{field.upper()} is wrong: {first['msg']}. Set it right or unset it.", name=field
        ) from None
