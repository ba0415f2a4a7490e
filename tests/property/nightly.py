"""Runs the 10,000 histories in pieces: `python -m tests.property.nightly --minutes 60`, as often as it takes.

Each piece is one shard of `profiles`, in a pytest of its own. What passed is kept in a file, by the commit it was on,
so that the next run goes on where this one stopped. A shard that failed is run again; with files that are not committed
all are. The server is kept between pieces (CDP_TEST_HOME, set here if it is not) and stopped at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITES = {"graph": ("test_resolution.py",), "replay": ("test_replay.py",), "segments": ("test_segments.py",)}


def commit() -> str:
    """Return the commit that is checked out, marked where files differ from it."""
    answer = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return answer.stdout.strip()


def main() -> int:
    """Run shards until all are done or the time is over; answer 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.property.nightly", description=__doc__)
    parser.add_argument(
        "--suite",
        choices=sorted(SUITES),
        default="graph",
        help="the engine on Neo4j, the replay, or what segments' evaluators say of random rules",
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no further shard after so many minutes")
    parser.add_argument("--shards", type=int, default=100, help="in how many pieces (10,000 histories in all)")
    parser.add_argument("--state", type=Path, default=ROOT / ".hypothesis" / "nightly.json", help="what was done")
    parser.add_argument("--anew", action="store_true", help="forget what was done")
    chosen = parser.parse_args()
    began = time.monotonic()
    name = f"{commit()} {chosen.suite} {chosen.shards}"
    done: dict[str, dict[str, float]] = json.loads(chosen.state.read_text()) if chosen.state.exists() else {}
    mine = {} if chosen.anew or "-dirty" in name else done.get(name, {})
    home = os.environ.get("CDP_TEST_HOME", str(ROOT / ".hypothesis" / "server"))
    env = os.environ | {"HYPOTHESIS_PROFILE": "nightly", "CDP_TEST_HOME": home}
    tests = [str(ROOT / "tests" / "property" / file) for file in SUITES[chosen.suite]]
    failed: list[int] = []
    try:
        for shard in range(1, chosen.shards + 1):
            if str(shard) in mine:
                continue
            if time.monotonic() - began > chosen.minutes * 60:
                break
            started = time.monotonic()
            env["HYPOTHESIS_SHARD"] = f"{shard}/{chosen.shards}"
            code = subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT, env=env, check=False)
            seconds = round(time.monotonic() - started, 1)
            if code.returncode:
                failed.append(shard)
            else:
                mine[str(shard)] = seconds
                done[name] = mine
                chosen.state.parent.mkdir(parents=True, exist_ok=True)
                chosen.state.write_text(json.dumps(done, indent=1))
            _say(f"shard {shard} of {chosen.shards}: {'FAILED' if code.returncode else 'passed'} in {seconds} s")
    finally:
        if chosen.suite != "replay" and "CDP_TEST_HOME" not in os.environ:
            stop = env | {"GRAPHCDP_HOME": home}
            subprocess.run([Path(sys.executable).with_name("graphcdp"), "down"], cwd=ROOT, env=stop, check=False)
    histories = 10_000 * len(mine) // chosen.shards
    _say(
        f"{name}: {len(mine)} of {chosen.shards} shards passed ({histories} histories); failed now: {failed or 'none'}"
    )
    return int(bool(failed))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
