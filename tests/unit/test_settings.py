"""Settings: what is read, what is refused, and where things are kept when nothing is said."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graphcdp.base import ConfigurationError, load_settings

ROOT = Path(__file__).resolve().parents[2]


def test_an_unknown_setting_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHCDP_PROT", "9000")
    with pytest.raises(ConfigurationError, match=r"GRAPHCDP_PROT is not a setting .* Did you mean GRAPHCDP_PORT\?"):
        load_settings()


def test_a_wrong_value_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHCDP_PORT", "99999")
    with pytest.raises(ConfigurationError, match="GRAPHCDP_PORT is wrong"):
        load_settings()


def test_two_checkouts_have_homes_of_their_own(tmp_path: Path) -> None:
    homes = set()
    for name in ("one", "two"):
        checkout = tmp_path / name
        shutil.copytree(ROOT / "graphcdp" / "base", checkout / "graphcdp" / "base")
        (checkout / "graphcdp" / "__init__.py").touch()
        (checkout / "pyproject.toml").touch()
        (checkout / "cypher").mkdir()
        told = subprocess.run(
            [sys.executable, "-c", "from graphcdp.base import load_settings; print(load_settings().home)"],
            cwd=checkout,
            env={"HOME": str(tmp_path), "PYTHONPATH": str(checkout)},
            capture_output=True,
            text=True,
            check=True,
        )
        homes.add(told.stdout.strip())
    assert len(homes) == 2
    assert all(home.startswith(str(tmp_path)) for home in homes)
