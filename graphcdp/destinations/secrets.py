"""Secrets of destinations: sealed in the graph with a key that is not in the graph."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

import orjson
from cryptography.fernet import Fernet, InvalidToken

from graphcdp.base import ConfigurationError, Settings
from graphcdp.base.ids import write_private

FILE = "secrets.key"


class Sealer:
    """Seals and opens. Whoever can read the graph alone cannot open."""

    def __init__(self, key: bytes) -> None:
        self._box = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest()))

    @classmethod
    def load(cls, settings: Settings) -> Sealer:
        """Take the key from `GRAPHCDP_SECRETS_KEY`, else from a file in the home folder, made on first use."""
        if settings.secrets_key is not None:
            return cls(settings.secrets_key.get_secret_value().encode())
        path = settings.home / FILE
        if not path.is_file():
            write_private(path, Fernet.generate_key().decode())
        return cls(path.read_bytes().strip())

    def seal(self, secrets: Mapping[str, str]) -> str | None:
        """Return secrets as a text that can stand in the graph; None if there are none."""
        return self._box.encrypt(orjson.dumps(dict(secrets))).decode() if secrets else None

    def open(self, sealed: str | None) -> dict[str, str]:
        """Return what was sealed.

        Raises:
            ConfigurationError: it was sealed with another key.
        """
        if sealed is None:
            return {}
        try:
            told: dict[str, str] = orjson.loads(self._box.decrypt(sealed.encode()))
        except InvalidToken:
            raise ConfigurationError(
                "The secrets of a destination were sealed with another key. Set GRAPHCDP_SECRETS_KEY to the key of the "
                f"process that created it, bring its home's file {FILE} here, or define the destination anew."
            ) from None
        return told
