"""Keys: an API key reads and administers, a write key only tracks and says which source its calls come from."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Self

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from graphcdp.base import ConfigurationError, Settings, UnauthorizedError
from graphcdp.base.ids import write_private

DEFAULT_SOURCE = "http"
_SOURCE = re.compile(r"[a-z0-9_]{1,100}")


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    ADMIN = "admin"
    TRACK = "track"


_API_SCOPES = frozenset({Scope.READ, Scope.ADMIN})


class Keys:
    """The keys in force.

    Attributes:
        api: keys for reading and administration, the first one is shown to people.
        write: source by write key, the first one is shown to people.
    """

    def __init__(self, api: tuple[str, ...], write: Mapping[str, str]) -> None:
        self.api = api
        self.write = dict(write)
        self._api = [_digest(key) for key in api]
        self._write = [(_digest(key), source) for key, source in self.write.items()]

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Take the keys from the settings, and those that are not set there from `keys.json` in the home folder.

        The file is made on first use, for its owner's eyes only.

        Raises:
            ConfigurationError: a key is set wrongly, or the file cannot be read.
        """
        api: tuple[str, ...] = ()
        write: dict[str, str] = {}
        if settings.api_keys is None or settings.write_keys is None:
            api, write = _stored(settings.home / "keys.json")
        if settings.api_keys is not None:
            api = tuple(_split(settings.api_keys.get_secret_value(), "GRAPHCDP_API_KEYS"))
        if settings.write_keys is not None:
            write = dict(_bound(part) for part in _split(settings.write_keys.get_secret_value(), "GRAPHCDP_WRITE_KEYS"))
        both = set(api) & set(write)
        if both:
            raise ConfigurationError(
                "The same key stands in GRAPHCDP_API_KEYS and GRAPHCDP_WRITE_KEYS; browsers show write keys to "
                "everybody, so give each its own."
            )
        return cls(api, write)

    def is_api_key(self, key: str) -> bool:
        """Say whether a key may read and administer, in the same time for every key."""
        digest = _digest(key)
        found = False
        for known in self._api:
            found |= hmac.compare_digest(digest, known)
        return found

    def source_of(self, key: str) -> str | None:
        """Return the source that a write key is bound to, None for an unknown key, in the same time for every key."""
        digest = _digest(key)
        found: str | None = None
        for known, source in self._write:
            if hmac.compare_digest(digest, known):
                found = source
        return found

    def require_source(self, key: str | None) -> str:
        """Return the source of a write key.

        Raises:
            UnauthorizedError: there is none, a wrong one, or an API key.
        """
        if not key:
            raise UnauthorizedError(
                "The call has no write key. Send it as the user of basic authentication with an empty password, or as "
                "writeKey in the body; graphcdp serve prints it."
            )
        source = self.source_of(key)
        if source is None:
            if self.is_api_key(key):
                raise UnauthorizedError("This is an API key, which must not be used to track. Use a write key.")
            raise UnauthorizedError("This write key is not known here. graphcdp serve prints the one in force.")
        return source


def scopes_of(connection: HTTPConnection, key: str | None) -> frozenset[Scope]:
    """Return what a key may do on a connection; nothing where there is none. The keys in force: `app.state.keys`.

    Raises:
        UnauthorizedError: the key is not known.
    """
    if key is None:
        return frozenset()
    keys: Keys = connection.app.state.keys
    if keys.is_api_key(key):
        return _API_SCOPES
    if keys.source_of(key) is not None:
        return frozenset({Scope.TRACK})
    raise UnauthorizedError("This API key is not known here. graphcdp serve prints the one in force.")


def key_name(key: str | None) -> str:
    """Return how the audit names a key: `key:` and the first 8 hex digits of its SHA-256."""
    return f"key:{_digest(key or '').hex()[:8]}"


def api_key_in(headers: Mapping[str, str]) -> str | None:
    """Return the API key that headers carry, `Authorization: Bearer …` or `X-API-Key: …`; None if they carry none.

    Args:
        headers: of a request, or what a web socket says in their stead; names in small letters.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return headers.get("x-api-key", "").strip() or None


def write_key_in(headers: Headers) -> str | None:
    """Return the write key in a request's headers: the user of basic authentication, or a bearer token.

    Raises:
        UnauthorizedError: the header is not basic authentication.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        user, _, _ = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise UnauthorizedError(
            "The header Authorization is not basic authentication; write `Basic `, then base64 of the write key and a "
            "colon."
        ) from None
    return user or None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


def _split(text: str, name: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise ConfigurationError(f"{name} is empty; give at least one key, or unset it to have one generated.")
    short = next((part for part in parts if len(part.partition("=")[0]) < 8), None)
    if short is not None:
        raise ConfigurationError(f"A key in {name} is shorter than 8 characters; anybody could guess it.")
    return parts


def _bound(part: str) -> tuple[str, str]:
    key, _, source = part.partition("=")
    if source and not _SOURCE.fullmatch(source):
        raise ConfigurationError(
            f"GRAPHCDP_WRITE_KEYS binds a key to {source[:40]!r}, which is no name of a source; names are lower-case "
            "letters, digits and _."
        )
    return key, source or DEFAULT_SOURCE


def _stored(path: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the stored keys; make them if there are none yet (of several processes, the first one's stay)."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}.new")
        fresh = {"api": [f"gcdp_{secrets.token_hex(20)}"], "write": {f"gcdp_w_{secrets.token_hex(20)}": DEFAULT_SOURCE}}
        write_private(draft, json.dumps(fresh, indent=2) + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        stored = json.loads(path.read_text())
        api, write = stored["api"], stored["write"]
        if not (api and write and all(isinstance(key, str) for key in [*api, *write, *write.values()])):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ConfigurationError(
            f"The keys in {path} cannot be read. Remove the file to have new ones generated.", path=str(path)
        ) from None
    return tuple(api), dict(write)
