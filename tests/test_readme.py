"""The generated parts of the README are those of the code: `pytest tests/test_readme.py --rewrite` writes them."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from app.config import PREFIX, Settings

README = Path(__file__).parent.parent / "README.md"


def settings_table() -> str:
    rows = ["| variable | meaning | default |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = str(int(default)) if isinstance(default, bool) else str(default)
        shown = f"`{shown}`" if default not in ("", ()) else ""
        rows.append(f"| `{PREFIX}{name.upper()}` | {field.description} | {shown} |")
    return "\n".join(rows)


def commands_table() -> str:
    from wsgi import app

    rows = ["| command | what it does |", "|---|---|"]
    for name, command in sorted(app.cli.commands.items()):
        if command.callback is None or not command.callback.__module__.startswith("app."):
            continue
        arguments = " ".join(
            p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)
        )
        shown = f"{name} {arguments}".strip().replace("|", "\\|")
        rows.append(f"| `{shown}` | {command.get_short_help_str(200)} |")
    return "\n".join(rows)


def faults_table() -> str:
    from app.faults import FAULTS
    from app.words import sentences

    shown = {"inside": "inside", "outside": "outside", "depends": "depends"}
    rows = ["| fault | command | what it does | the model |", "|---|---|---|---|"]
    for fault in FAULTS:
        tag = str(fault.begin.command.__struct_config__.tag)
        about = (fault.begin.command.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        title = sentences()["fault"][fault.name]
        rows.append(f"| {title} | `{tag}` | {' '.join(about.split())} | {shown[fault.model_shown]} |")
    return "\n".join(rows)


@pytest.mark.parametrize("part", ["settings", "commands", "faults"])
def test_generated_part_is_fresh(part: str, request: pytest.FixtureRequest) -> None:
    made = {"settings": settings_table, "commands": commands_table, "faults": faults_table}[part]()
    text = README.read_text()
    pattern = re.compile(f"(<!-- {part} -->\n).*?(<!-- /{part} -->)", re.DOTALL)
    fresh, count = pattern.subn(lambda found: f"{found[1]}{made}\n{found[2]}", text)
    assert count == 1, f"README.md has no part {part}"
    if request.config.getoption("--rewrite"):
        README.write_text(fresh)
    else:
        assert text == fresh, f"part {part} of README.md is stale; run pytest tests/test_readme.py --rewrite"


def test_what_the_readme_names_is_there() -> None:
    named = re.findall(r"`((?:app|static|tests)/[\w/.]+)`|\]\(([\w/.-]+)\)", README.read_text())
    for code, link in named:
        if "artefacts" not in code:
            assert (README.parent / (code or link)).exists(), f"README.md names {code or link}"
