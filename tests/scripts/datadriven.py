"""Scripts as tests: commands with comments, `----`, and the output they must give. `pytest --rewrite` writes it anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

RULE = "----"


class Step(NamedTuple):
    """comment: the lines that start with #. command: one line. output: what it must print."""

    comment: str
    command: str
    output: str


def parse(text: str) -> list[Step]:
    """The steps of a script: blocks between empty lines."""
    steps: list[Step] = []
    for block in text.strip().split("\n\n"):
        lines = block.splitlines()
        rule = lines.index(RULE)
        comment = "\n".join(line for line in lines[:rule] if line.startswith("#"))
        (command,) = [line for line in lines[:rule] if not line.startswith("#")]
        steps.append(Step(comment, command, "\n".join(lines[rule + 1 :])))
    return steps


def unparse(steps: list[Step]) -> str:
    """The text that `parse` gives these steps for."""
    blocks = [(step.comment, step.command, RULE, step.output) for step in steps]
    return "\n\n".join("\n".join(part for part in block if part) for block in blocks) + "\n"


def check(script: Path, run: Callable[[str], str], rewrite: bool) -> None:
    """Run each command; its output must be the script's, or becomes it."""
    steps = parse(script.read_text(encoding="utf-8"))
    done = [step._replace(output=run(step.command).strip()) for step in steps]
    if rewrite:
        script.write_text(unparse(done), encoding="utf-8")
        return
    for step, fresh in zip(steps, done, strict=True):
        assert fresh.output == step.output, f"{script.name}: {step.command}\n{step.comment}"
