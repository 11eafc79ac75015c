"""`flask conformance`: others' cases, put to our code."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from app.cli.base import Sentence, command

DISAGREE_STATUS = 1


@command("conformance")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def conformance(paths: tuple[str, ...], as_json: bool) -> None:
    """Put cases taken from Kubernetes' own tests to this scheduler and these controllers.

    A PATH is a file of cases or a folder of such files. A case gives objects, a question and the answer of Kubernetes; one
    that nothing here can answer counts as not supported. Exit status 1 when an answer of ours differs, 2 for wrong input.
    """
    from app.conformance.adapters import ADAPTERS
    from app.conformance.cases import BadFile, load
    from app.conformance.runner import UNSUPPORTED, report, run

    try:
        cases = load(paths)
    except BadFile as problem:
        raise Sentence(str(problem)) from None
    verdicts = run(cases, ADAPTERS)
    result = report(verdicts)
    if as_json:
        click.echo(json.dumps(result))
    else:
        _tell(result)
        for one in result.get("passed_over", ()):
            click.echo(f"passed over in {one['id']}: {', '.join(one['fields'])}")
        for verdict in verdicts:
            if verdict.outcome == UNSUPPORTED:
                click.echo(f"not supported: {verdict.case.id}: {verdict.why}")
    if result["disagree"]:
        sys.exit(DISAGREE_STATUS)


def _tell(result: dict[str, Any]) -> None:
    rows = [*result["by_plugin"].items(), ("all", result)]
    width = max(len(name) for name, _ in rows)
    click.echo(f"{'':{width}}  agree  disagree  not supported")
    for name, counts in rows:
        click.echo(
            f"{name:{width}}  {counts['agree']:>5,}  {counts['disagree']:>8,}  {counts['unsupported']:>13,}"
        )
    for one in result["disagreements"]:
        click.echo(f"disagrees: {one['id']}")
        click.echo(f"  expected {json.dumps(one['expected'])}")
        click.echo(f"  got      {json.dumps(one['got'], default=str)}")
