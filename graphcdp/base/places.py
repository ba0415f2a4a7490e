"""Where the files that ship beside the code are: in a checkout at its root, in a wheel inside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def data_folder(name: str) -> Path:
    """Return the folder `cypher`, `graphql_schema` or `seed`.

    Raises:
        FileNotFoundError: the installation is damaged.
    """
    for place in (_PACKAGE.parent / name, _PACKAGE / "_data" / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"The folder {name} is missing beside the package; install graphcdp again.")
