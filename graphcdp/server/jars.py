"""The programs that make the server: which files, where they are cached, and whether they are whole.

`jars.txt` beside this module names every file with its size and SHA-256. jgo wrote that list (see `resolve.py`) and jgo
fetches the files, from Maven Central or from a mirror that the machine's own jgo settings name.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import requests
from filelock import FileLock
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext

from graphcdp.base import ServerError, logger

Progress = Callable[[str], None]
"""Takes one line for a person: what is being done now."""

_LIST = Path(__file__).with_name("jars.txt")
_LANES = 8
_TRIES = 3
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Jar:
    """One file of the server.

    Attributes:
        kind: `server` (class path only) or `plugin` (class path and plugins folder).
        coordinate: group:artifact:version or group:artifact:version:classifier.
        size: bytes.
        sha256: of the whole file, in hex.
    """

    kind: str
    coordinate: str
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        """Return where it lies below a Maven folder."""
        group, artifact, version, *rest = self.coordinate.split(":")
        name = "-".join((artifact, version, *rest)) + ".jar"
        return Path(*group.split("."), artifact, version, name)


@dataclass(frozen=True, slots=True)
class ClassPath:
    """The files, all there and whole.

    Attributes:
        jars: everything, in class path order.
        plugins: those that must also be in the plugins folder.
        fetched: how many had to be fetched just now.
    """

    jars: tuple[Path, ...]
    plugins: tuple[Path, ...]
    fetched: int


def required_jars() -> tuple[Jar, ...]:
    """Return all files of the server in class path order."""
    rows = [line.split() for line in _LIST.read_text().splitlines() if line and not line.startswith("#")]
    return tuple(Jar(kind, coordinate, int(size), digest) for kind, coordinate, size, digest in rows)


class JarCache:
    """The cached files of the server; several processes may use one folder at the same time."""

    def __init__(self, cache: Path, jars: Sequence[Jar] | None = None) -> None:
        self._cache = cache
        self._maven = cache / "maven"
        self._seen = cache / "verified.json"
        self._jars = tuple(jars) if jars is not None else required_jars()

    @property
    def count(self) -> int:
        """Return how many files make the server."""
        return len(self._jars)

    def missing(self, *, deep: bool = False) -> list[Jar]:
        """Return the files that are absent or damaged; nothing is changed and no network is used.

        Args:
            deep: read every file and compare its SHA-256; else only those whose size or time changed since they were
                last found whole.
        """
        return self._missing(self._known_whole(), deep=deep)

    def ensure(self, progress: Progress, stop: threading.Event | None = None) -> ClassPath:
        """Return the class path, after fetching what is absent or damaged.

        Args:
            progress: is told what is fetched and how much of it has come.
            stop: set it from another thread to give up; what has come by then is kept.

        Raises:
            ServerError: the network or the disk does not allow it, or `stop` was set.
        """
        stop = stop or threading.Event()
        jars = tuple(self._maven / jar.path for jar in self._jars)
        plugins = tuple(self._maven / jar.path for jar in self._jars if jar.kind == "plugin")
        wanted: list[Jar] = []
        if self._missing(self._known_whole()):
            self._cache.mkdir(parents=True, exist_ok=True)
            with FileLock(self._cache / "fetch.lock"):
                whole = self._known_whole()
                wanted = self._missing(whole)
                if wanted:
                    self._fetch(wanted, progress, stop)
                for jar in self._jars:
                    whole[str(jar.path)] = self._stamp(jar)
                self._write_known_whole(whole)
        return ClassPath(jars, plugins, len(wanted))

    def _missing(self, whole: dict[str, list[int]], *, deep: bool = False) -> list[Jar]:
        return [
            jar
            for jar in self._jars
            if (deep or whole.get(str(jar.path)) != self._stamp(jar)) and not self._intact(jar)
        ]

    def _stamp(self, jar: Jar) -> list[int]:
        try:
            stat = (self._maven / jar.path).stat()
        except OSError:
            return []
        return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]

    def _intact(self, jar: Jar) -> bool:
        return _whole(self._maven / jar.path, jar)

    def _known_whole(self) -> dict[str, list[int]]:
        try:
            known: dict[str, list[int]] = json.loads(self._seen.read_text())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _write_known_whole(self, whole: dict[str, list[int]]) -> None:
        draft = self._seen.with_suffix(".draft")
        draft.write_text(json.dumps(whole))
        draft.replace(self._seen)

    def _fetch(self, wanted: Sequence[Jar], progress: Progress, stop: threading.Event) -> None:
        total = sum(jar.size for jar in wanted)
        _require_disk(self._cache, total * 2)
        damaged = sum((self._maven / jar.path).exists() for jar in wanted)
        if damaged:
            progress(f"{damaged} damaged file{'s' * (damaged != 1)} in {self._cache}: fetching again")
        progress(f"Fetching Neo4j: {len(wanted)} files, {total / 1e6:.0f} MB, into {self._cache}")
        started, done, told = time.monotonic(), 0, time.monotonic()
        drafts = self._cache / "drafts"
        shutil.rmtree(drafts, ignore_errors=True)
        with ThreadPoolExecutor(_LANES) as lanes:
            work = {lanes.submit(self._fetch_one, jar, drafts, stop): jar for jar in wanted}
            try:
                for number, future in enumerate(as_completed(work), 1):
                    future.result()
                    if stop.is_set():
                        raise ServerError("Fetching Neo4j was interrupted. Run the same command again to go on.")
                    done += work[future].size
                    if time.monotonic() - told >= 2 or number == len(wanted):
                        told = time.monotonic()
                        progress(
                            f"  {number} of {len(wanted)} files, {done / 1e6:.0f} of {total / 1e6:.0f} MB "
                            f"({work[future].path.name})"
                        )
            except BaseException:
                stop.set()
                lanes.shutdown(cancel_futures=True)
                raise
        shutil.rmtree(drafts, ignore_errors=True)
        progress(f"Fetched and checked in {time.monotonic() - started:.0f} s")

    def _fetch_one(self, jar: Jar, drafts: Path, stop: threading.Event) -> None:
        problem = ""
        for attempt in range(_TRIES):
            if stop.is_set():
                return
            try:
                draft = _download(jar, drafts / str(attempt))
            except (requests.RequestException, RuntimeError, OSError, AssertionError) as error:
                problem = _reason(error)
                _log.debug("jar.fetch_failed", jar=jar.coordinate, attempt=attempt, problem=problem)
                if not stop.wait(attempt + 0.5):
                    continue
                return
            if _whole(draft, jar):
                final = self._maven / jar.path
                final.parent.mkdir(parents=True, exist_ok=True)
                draft.replace(final)
                return
            problem = "what arrived is not the file that was asked for (its SHA-256 differs)"
            draft.unlink(missing_ok=True)
        raise ServerError(
            f"Neo4j could not be fetched into {self._cache}: {jar.coordinate}: {problem}. The first start needs the "
            "network (or a Maven mirror named as `central` under [repositories] in ~/.config/jgo.conf); later starts "
            "do not. Run the same command again: what has arrived is kept.",
            jar=jar.coordinate,
        )


def fetch_context(folder: Path) -> MavenContext:
    """Return jgo's view of Maven, with its files in a folder of ours and the machine's own repositories first."""
    remote = dict(GlobalSettings.load().repositories)
    remote.setdefault("central", MAVEN_CENTRAL_URL)
    return MavenContext(repo_cache=folder, remote_repos=remote, timeout=60)


def _download(jar: Jar, folder: Path) -> Path:
    group, artifact, version, *rest = jar.coordinate.split(":")
    (folder / jar.path).unlink(missing_ok=True)
    component = fetch_context(folder).project(group, artifact).at_version(version)
    asked: Artifact = component.artifact(classifier=rest[0] if rest else "", packaging="jar")
    return Path(asked.resolve())


def _whole(path: Path, jar: Jar) -> bool:
    try:
        if path.stat().st_size != jar.size:
            return False
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != jar.sha256:
                return False
        with zipfile.ZipFile(path) as archive:
            return bool(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _require_disk(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ServerError(
            f"Neo4j needs {needed / 1e6:.0f} MB in {folder}, and only {free / 1e6:.0f} MB are free there. Make room, "
            "or set GRAPHCDP_CACHE to a folder on another disk.",
            path=str(folder),
            free_bytes=free,
        )


def _reason(error: BaseException) -> str:
    if isinstance(error, requests.exceptions.SSLError):  # one of requests' connection errors
        if "certificate" in str(error).lower():
            return (
                "the repository's certificate is not one that this machine trusts; where a proxy reads along, name the "
                "file with its certificates in REQUESTS_CA_BUNDLE"
            )
        return "the repository does not speak TLS as its https address says"
    if isinstance(error, requests.ConnectionError):
        return "the network does not answer"
    if isinstance(error, requests.Timeout):
        return "the network is too slow (no answer in 60 s)"
    if "not found in remote repositories" in str(error):
        return "no Maven repository has it"
    return str(error) or type(error).__name__


def sha256_of(paths: Iterable[Path]) -> list[str]:
    """Return the SHA-256 of each file, in hex."""
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
