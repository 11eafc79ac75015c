"""(scenario, seed, commands) is the whole run: same three, same log, byte for byte."""

from __future__ import annotations

import os
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from app.scenarios import load_scenario, to_plain
from app.vocabulary.base import Refused
from app.vocabulary.ids import SECOND
from app.world.wire import encode_entry
from app.world.world import World
from tests.properties.digest_of_a_run import digest
from tests.world.runs import trouble, world

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests" / "properties" / "digest_of_a_run.py"

GOLDEN = Path(__file__).with_name("golden_digest.txt")
"""Changes only when the core is meant to behave otherwise: `pytest --rewrite` writes it, the commit says why."""


def classroom() -> dict:
    return to_plain(load_scenario("classroom"))


def digest_elsewhere(interpreter: str, hash_seed: str, path: str = "") -> tuple[str, int]:
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": os.pathsep.join([str(ROOT), path]),
    }
    done = subprocess.run(
        [interpreter, str(PROGRAM), "42", "36"],
        input=msgspec.json.encode(classroom()),
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    value, length = done.stdout.decode().split()
    return value, int(length)


def test_golden_digest(pytestconfig):
    value, length = digest(classroom(), 42, 36)
    line = f"{value} {length} entries\n"
    if pytestconfig.getoption("--rewrite"):
        GOLDEN.write_text(line, "utf-8")
    assert GOLDEN.read_text("utf-8") == line


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_the_same_run_in_another_process_with_other_hashes(hash_seed):
    assert digest_elsewhere(sys.executable, hash_seed) == digest(classroom(), 42, 36)


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_the_same_run_in_another_python(version, tmp_path):
    if sys.version_info[:2] == tuple(int(part) for part in version.split(".")):
        pytest.skip("that is the version that runs the tests")
    interpreter = find_python(version)
    if interpreter is None:
        pytest.skip(f"no Python {version} on this machine")
    if not has_msgspec(interpreter, tmp_path):
        pytest.skip(f"Python {version} has no msgspec here, and none could be installed")
    assert digest_elsewhere(interpreter, "7", str(tmp_path)) == digest(classroom(), 42, 36)


def find_python(version: str) -> str | None:
    """An interpreter of that version that starts: on the path, or kept by pyenv, whose own command may say no."""
    kept = (
        Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob(f"versions/{version}.*/bin/python")
    )
    for candidate in (shutil.which(f"python{version}"), *sorted(str(path) for path in kept)):
        if (
            candidate
            and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0
        ):
            return candidate
    return None


def has_msgspec(interpreter: str, folder: Path) -> bool:
    """Whether that interpreter can import msgspec, if need be from `folder`, where it is then installed."""
    if (
        subprocess.run([interpreter, "-c", "import msgspec"], capture_output=True, check=False).returncode
        == 0
    ):
        return True
    wanted = f"msgspec=={msgspec.__version__}"
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(folder)]
    install += ["--python", interpreter, wanted]
    return subprocess.run(install, capture_output=True, check=False, timeout=60).returncode == 0


def test_other_seeds_give_other_runs():
    assert digest(classroom(), 1, 32)[0] != digest(classroom(), 2, 32)[0]


@pytest.mark.parametrize("seed", [3, 4])
def test_a_copy_made_between_any_two_instants_goes_on_as_the_original(seed):
    dice = random.Random(seed)
    original = world(seed=seed)
    original.start()
    for _ in range(12):
        original.advance(
            original.now_us + dice.randrange(1, 5 * SECOND), max_entries=dice.choice([1, 50, 10_000])
        )
        copy: World = pickle.loads(pickle.dumps(original))
        command = trouble(dice, original)
        ours, theirs = original.take(command), copy.take(command)
        assert encoded(ours) == encoded(theirs)
        until_us = original.now_us + 3 * SECOND
        ahead = copy.advance(until_us)
        assert encoded(original.advance(until_us)) == encoded(ahead)
        assert copy.view() == original.view()


def encoded(entries: list | Refused) -> list[bytes] | Refused:
    return entries if isinstance(entries, Refused) else [encode_entry(entry) for entry in entries]


def test_slicing_decides_when_instants_run_never_what_they_do():
    whole, sliced = world(seed=5), world(seed=5)
    expected = encoded(whole.start() + whole.advance(20 * SECOND))
    dice = random.Random(5)
    found = sliced.start()
    while sliced.now_us < 20 * SECOND:
        until_us = min(20 * SECOND, sliced.now_us + dice.randrange(1, SECOND))
        found += sliced.advance(until_us, max_entries=dice.choice([None, 1, 7]))
    assert encoded(found) == expected


def test_a_command_replays_at_the_instant_where_a_step_had_stopped():
    """Stepping stops after an instant; a command given there must come after that instant on replay too."""
    dice = random.Random(6)
    live = world(seed=6)
    log = live.start() + live.advance(8 * SECOND)
    given = []
    for _ in range(10):
        log += live.advance(live.now_us + SECOND, max_entries=1)
        command = trouble(dice, live)
        taken = live.take(command)
        if not isinstance(taken, Refused):
            given.append((live.now_us, command))
            log += taken
    log += live.advance(20 * SECOND)
    replay = world(seed=6)
    again = replay.start()
    for at_us, command in given:
        again += replay.advance(at_us)
        taken = replay.take(command)
        assert not isinstance(taken, Refused)
        again += taken
    again += replay.advance(20 * SECOND)
    assert encoded(again) == encoded(log)
