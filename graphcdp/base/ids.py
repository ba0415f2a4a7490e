"""Opaque ids: a keyed hash where the same input must give the same id, a random one elsewhere."""

from __future__ import annotations

import hashlib
import hmac
import os
import uuid
from pathlib import Path


def keyed_id(prefix: str, secret: bytes, text: str) -> str:
    """Return `prefix_` and 26 hex digits of HMAC-SHA-256(secret, text); the text cannot be read back from it."""
    return f"{prefix}_{hmac.digest(secret, text.encode(), 'sha256').hex()[:26]}"


def content_hash(text: str | bytes) -> str:
    """Return 32 hex digits of BLAKE2b: same content, same hash."""
    return hashlib.blake2b(text.encode() if isinstance(text, str) else text, digest_size=16).hexdigest()


def random_id(prefix: str) -> str:
    """Return a fresh id."""
    return f"{prefix}_{uuid.uuid4().hex}"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read (mode 600), in one step."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
