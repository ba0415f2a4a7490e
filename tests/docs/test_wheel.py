"""What `pip install graphcdp` brings: the wheel, built and installed away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("cypher", "graphql_schema", "seed")


def tracked(folder: str) -> set[str]:
    """The files of a folder as they stand in the checkout, built ones left out."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(target), str(ROOT)], check=True)
    (built,) = target.glob("graphcdp-*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_data_folders(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in FOLDERS:
        wanted = {f"graphcdp/_data/{name}" for name in tracked(folder)}
        assert wanted, f"{folder}/ is empty"
        assert wanted - names == set()
    assert "graphcdp/server/jars.txt" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_installed_away_from_the_checkout_it_finds_its_folders_and_its_command(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(command, check=True)
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    script = (
        "from pathlib import Path\n"
        "import graphcdp\n"
        "from graphcdp.base import data_folder\n"
        "from graphcdp.graph import Catalogue\n"
        "print(graphcdp.__file__)\n"
        f"print(*(data_folder(name) for name in {FOLDERS!r}), sep='\\n')\n"
        "print(len(Catalogue.load()))\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GRAPHCDP_"))}
    ran = subprocess.run(
        [python, "-c", f"import sys; sys.path.append({packages!r})\n{script}"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    *places, statements = ran.stdout.split()
    assert len(places) == 1 + len(FOLDERS)
    assert all(Path(place).is_relative_to(home) for place in places), places
    assert int(statements) > 10
    assert (home / "bin" / "graphcdp").is_file()
