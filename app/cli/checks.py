"""`flask check` and `flask check-suite`: histories of clients, judged offline."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from app.cli.base import Sentence, command, counted
from app.words import kind_of

VERDICTS = "verdicts.json"
INVALID_STATUS, UNKNOWN_STATUS = 1, 3
FIELDS = {"init": "init", "cas_fail": "cas_fail", "read_null": "read_null"}
LINE_MAX = 1_000_001


@command("check")
@click.argument("history", metavar="HISTORY.jsonl")
@click.option("--model", help="register, cas-register, kv-append, mutex or multi-register.")
@click.option("--init", help="The state before the first operation, as JSON (or plain text).")
@click.option("--cas-fail", help="What a failed cas is: no_effect (the default) or observed_mismatch.")
@click.option(
    "--read-null", help="What a read of null saw: absent (the initial value, the default) or unknown."
)
@click.option(
    "--budget", type=click.IntRange(1, 1 << 53), help="Steps to spend; then the verdict is unknown."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
def check(
    history: str,
    model: str | None,
    init: str | None,
    cas_fail: str | None,
    read_null: str | None,
    budget: int | None,
    as_json: bool,
) -> None:
    """Say whether a history of client operations is linearizable.

    HISTORY.jsonl holds one event a line, - is stdin: {"process", "type": "invoke|ok|fail|info", "f", "value", ["key"]}.
    Options left out are taken from a verdicts.json beside the file, if it names the history. Exit status 1 when it is not
    linearizable, 3 when the budget was spent, 2 for wrong input.
    """
    from app.checking.linearizability import BUDGET
    from app.checking.linearizability import check as judge

    said = _beside(history)
    chosen = {"init": _value(init), "cas_fail": cas_fail, "read_null": read_null}
    said |= {name: value for name, value in chosen.items() if value is not None}
    known, reading = _reading(model or said.get("model"), said, history)
    operations = _read(history, known, reading)
    began_s = time.process_time()
    result = judge(operations, known, budget or BUDGET, reading)
    report = _report(history, known.name, result, time.process_time() - began_s)
    if as_json:
        click.echo(json.dumps(report))
    else:
        _tell(report, result)
    if result.verdict != "valid":
        sys.exit(INVALID_STATUS if result.verdict == "invalid" else UNKNOWN_STATUS)


@command("check-suite")
@click.argument("folder", metavar="DIR")
@click.option("--budget", type=click.IntRange(1, 1 << 53), help="Steps to spend on each history.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def check_suite(folder: str, budget: int | None, as_json: bool) -> None:
    """Check every history that DIR/verdicts.json names, and compare with the verdicts there.

    Its form: {"NAME": {"model", "linearizable", ["init", "cas_fail", "read_null"]}}, for DIR/NAME.jsonl. `seconds` is
    CPU time, reading included. Exit status 1 when a verdict differs or is unknown, 2 for wrong input.
    """
    suite = _suite(Path(folder) / VERDICTS)
    if suite is None:
        raise Sentence(f"There is no {VERDICTS} in {folder!r}.")
    began_s = time.process_time()
    agree, unknown = 0, 0
    disagreements: list[str] = []
    for name, said in suite.items():
        verdict = _verdict(Path(folder) / f"{name}.jsonl", said, budget)
        if verdict == "unknown":
            unknown += 1
        elif (verdict == "valid") == said["linearizable"]:
            agree += 1
        else:
            disagreements.append(name)
    seconds = round(time.process_time() - began_s, 3)
    if as_json:
        report = {"agree": agree, "disagree": len(disagreements), "unknown": unknown, "seconds": seconds}
        click.echo(json.dumps(report | {"disagreements": disagreements}))
    else:
        click.echo(f"{agree:,} agree, {len(disagreements):,} disagree, {unknown:,} unknown, {seconds} s CPU")
        for name in disagreements:
            click.echo(f"  {name}: said to be {'' if suite[name]['linearizable'] else 'not '}linearizable")
    if unknown or disagreements:
        sys.exit(INVALID_STATUS)


def _verdict(path: Path, said: dict[str, Any], budget: int | None) -> str:
    from app.checking.linearizability import BUDGET
    from app.checking.linearizability import check as judge

    known, reading = _reading(said.get("model"), said, str(path))
    return judge(_read(str(path), known, reading), known, budget or BUDGET, reading, explain=False).verdict


def _reading(model: Any, said: dict[str, Any], history: str) -> tuple[Any, Any]:
    """The model and how to read for it. Raises: Sentence."""
    from app.checking.linearizability import MODELS, Reading

    known = MODELS.get(model) if isinstance(model, str) else None
    if known is None:
        asked = "No model is given" if model is None else f"The model is {model!r}"
        raise Sentence(f"{asked} for {history!r}; allowed are {', '.join(MODELS)} (--model).")
    given = {field: said[name] for name, field in FIELDS.items() if said.get(name) is not None}
    try:
        reading = Reading(**given)
        known.start(reading)
    except (TypeError, ValueError) as error:
        sentence = str(error)
        raise Sentence(f"{history}: {sentence}") from None
    return known, reading


def _read(path: str, model: Any, reading: Any) -> list[Any]:
    """The operations of a history file. Raises: Sentence."""
    from app.checking.linearizability.jsonl import BadLine, read

    try:
        with click.open_file(path, encoding="utf-8", errors="strict") as file:
            return read(_lines(file), model, reading)
    except OSError as error:
        raise Sentence(f"The history {path!r} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise Sentence(f"The history {path!r} is not UTF-8 text.") from None
    except BadLine as error:
        raise Sentence(f"{path}: {error}") from None
    except ValueError:
        raise Sentence(f"The history {path!r} has a name that no file can have.") from None


def _lines(file: Any) -> Iterator[str]:
    """Lines, or the beginnings of those that are too long to be any."""
    while line := file.readline(LINE_MAX):
        yield line


def _beside(history: str) -> dict[str, Any]:
    """What the verdicts.json beside a history says of it; empty if there is none."""
    path = Path(history)
    try:
        suite = _suite(path.parent / VERDICTS) if history != "-" else None
    except Sentence:
        return {}
    return dict((suite or {}).get(path.stem, {}))


def _suite(path: Path) -> dict[str, dict[str, Any]] | None:
    """A verdicts.json; None if there is none. Raises: Sentence."""
    try:
        suite = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise Sentence(f"{str(path.parent)!r} is no folder.") from None
    except OSError as error:
        raise Sentence(f"{str(path)!r} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise Sentence(f"{str(path)!r} is not JSON: {error}.") from None
    if not isinstance(suite, dict):
        raise Sentence(f"{str(path)!r} holds {kind_of(suite)}; allowed is an object of histories by name.")
    for name, said in suite.items():
        if not isinstance(said, dict) or not isinstance(said.get("linearizable"), bool):
            raise Sentence(f"{str(path)!r}: {name!r} lacks linearizable, which is true or false.")
    return suite


def _value(text: str | None) -> Any:
    """JSON, or else the text itself."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _report(history: str, model: str, result: Any, seconds: float) -> dict[str, Any]:
    from app.checking.linearizability.jsonl import events

    report: dict[str, Any] = {
        "history": history,
        "model": model,
        "verdict": result.verdict,
        "linearizable": {"valid": True, "invalid": False}.get(result.verdict),
        "operations": result.operations,
        "steps": result.steps,
        "seconds": round(seconds, 3),
    }
    if result.verdict == "valid":
        report["order"] = [operation.index for operation in result.order]
    if result.verdict == "invalid":
        report["key"] = result.key
        report["stuck"] = _operation(result.stuck)
        report["prefix"] = [operation.index for operation in result.order]
        report["minimal"] = events(result.minimal)
    return report


def _operation(operation: Any) -> dict[str, Any]:
    return {
        "line": operation.invoked,
        "ended_line": operation.returned,
        "process": operation.process,
        "f": operation.f,
        "key": operation.key,
        "value": operation.value,
        "result": operation.result,
    }


def _tell(report: dict[str, Any], result: Any) -> None:
    """The verdict in sentences."""
    click.echo(
        f"{report['verdict']}: {counted(report['operations'], 'operation')} of {report['model']}, "
        f"{counted(report['steps'], 'step')}, "
        f"{report['seconds']} s"
    )
    if result.verdict == "unknown":
        click.echo("The budget is spent (--budget): neither an order nor the want of one was found.")
    if result.verdict != "invalid":
        return
    stuck = result.stuck
    where = "" if result.key is None else f" (key {result.key})"
    click.echo(
        f"Line {stuck.returned}{where}: no order of the operations so far has room for {_shown(stuck)}, begun in line "
        f"{stuck.invoked}; {len(result.order):,} could be placed before it."
    )
    click.echo("These cannot be put in order by themselves:")
    for operation in result.minimal:
        until = "never ends" if operation.returned is None else f"ends in line {operation.returned}"
        click.echo(f"  line {operation.invoked}: {_shown(operation)}, {until}")


def _shown(operation: Any) -> str:
    value = operation.value if operation.result is None else operation.result
    failed = " (failed)" if operation.outcome == "fail" else ""
    return f"{operation.f} {json.dumps(value)} of process {operation.process}{failed}"
