"""The generated password of the embedded server: made once, kept in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from graphcdp.base import ServerError
from graphcdp.base.ids import write_private

USER = "neo4j"
_ROUNDS = 1024


def password_file(folder: Path) -> Path:
    """Return where the password of the server in a folder is kept."""
    return folder / "password"


def read_password(folder: Path) -> str | None:
    """Return the server's password, or None where none was made yet."""
    try:
        return password_file(folder).read_text().strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ServerError(
            f"The password file {password_file(folder)} cannot be read ({error.strerror}). It belongs to another user? "
            "Start as that user, or set GRAPHCDP_HOME to a folder of your own.",
            path=str(password_file(folder)),
        ) from None


def ensure_password(folder: Path) -> str:
    """Return the server's password; make one where the server is new.

    The password reaches Neo4j as a salted hash in `data/dbms/auth.ini`, which it reads when it first makes its system
    database; so it is never on a command line.

    Raises:
        ServerError: the server has data but its password is gone.
    """
    password = read_password(folder)
    if password is None:
        if (folder / "data" / "databases" / "system").exists():
            raise ServerError(
                f"The password file {password_file(folder)} is missing, but the server there has data. Put the file "
                f"back, or remove the folder {folder} (this deletes the data) to begin anew.",
                path=str(password_file(folder)),
            )
        password = secrets.token_urlsafe(24)
        write_private(password_file(folder), password + "\n")
    write_private(folder / "data" / "dbms" / "auth.ini", f"{USER}:{_hashed(password)}:\n")
    return password


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(32)
    digest = salt + password.encode()
    for _ in range(_ROUNDS):
        digest = hashlib.sha256(digest).digest()
    return f"SHA-256,{digest.hex()},{salt.hex()},{_ROUNDS}"
