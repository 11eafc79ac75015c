"""Commands that act on a live server, by REST: one for every command a world takes, and the run's own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

import click
import msgspec

from app.cli.base import Plain, Sentence, command, read_text, trace_options

SHORT = {
    "kill-node": "kill",
    "restart-node": "restart",
    "pause-node": "pause",
    "resume-node": "resume",
    "cut-link": "cut",
    "heal-network": "heal",
    "set-network": "weather",
    "set-rate": "rate",
    "put-key": "put",
    "get-key": "get",
    "compare-and-set": "cas",
    "submit-tasks": "submit",
    "submit-computation": "compute",
    "forge-prepare": "forge",
    "cordon-node": "cordon",
    "uncordon-node": "uncordon",
}
"""The everyday names; the others are called as on the wire."""
BY_HAND = frozenset({"submit-manifest", "replay-trace", "partition", "set-nemesis"})
TYPES: dict[Any, Any] = {int: click.INT, str: click.STRING, bool: click.BOOL, str | None: click.STRING}
MANY = (tuple[str, ...], dict[str, str], dict[str, int])
"""Fields that an option may give several times; a map by KEY=VALUE."""
TIMEOUT_S = 60.0
SEQ_MAX = (1 << 53) - 1


class Speed(click.FloatRange):
    """A range of numbers in which `nan`, which is neither below nor above, has no place."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if number != number:
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return number


class Server:
    """A running Synod, by REST."""

    def __init__(self, url: str, token: str | None) -> None:
        if not _is_address(url):
            raise Sentence(f"--server {url!r} is no address; allowed is e.g. http://127.0.0.1:5000.")
        if token and not (token.isascii() and token.isprintable()):
            raise Sentence(f"--token {token!r} is no token; allowed are printable ASCII characters.")
        self._url = url.rstrip("/")
        self._token = token

    def ask(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """The decoded answer. Raises: Sentence with the server's own."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json"} | (
            {"Content-Type": content_type} if data is not None else {}
        )
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(
            f"{self._url}/api/v1{path}", data=data, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Sentence(_sentence(error)) from None
        except (OSError, ValueError, HTTPException) as error:
            reason = " ".join(str(getattr(error, "reason", error) or type(error).__name__).split())
            raise Sentence(f"No Synod answers at {self._url} ({reason}); start it with make run.") from None

    def run(self, run: str | None) -> str:
        """The run to act on: the named one, or the server's default."""
        if run:
            return quote(run, safe="")
        listed = self.ask("GET", "/runs")
        if not isinstance(listed, dict) or not listed.get("default"):
            raise Sentence(f"What answers at {self._url} is no Synod; give its address with --server.")
        return quote(str(listed["default"]), safe="")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = url.isprintable() and " " not in url
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        said = json.load(error)
    except (OSError, ValueError, HTTPException):
        said = None
    if not isinstance(said, dict):
        return f"The server answered {error.code} {error.reason}."
    told = said.get("error") or said.get("refused")
    if not isinstance(told, dict) or "sentence" not in told:
        return f"The server answered {error.code} {error.reason}."
    return str(told["sentence"]).rstrip(".") + "."


def acting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that acts on a server."""
    options = (
        click.option("--server", envvar="SYNOD_SERVER", default="http://127.0.0.1:5000", show_default=True),
        click.option(
            "--token", envvar="SYNOD_TOKEN", help="The driver's token, where the server asks for one."
        ),
        click.option("--run", help="The run to act on.  [default: the one that the server shows first]"),
    )
    for option in reversed(options):
        function = option(function)
    return function


def send(
    server: str, token: str | None, run: str | None, wish: dict[str, Any], id: str | None = None
) -> None:
    """Have a command taken, and print where."""
    line = Server(server, token)
    body = {"id": id or uuid.uuid4().hex, "command": wish}
    taken = line.ask("POST", f"/runs/{line.run(run)}/commands", body)
    click.echo(json.dumps(taken))


def generated() -> list[click.Command]:
    """A click command for every command of the registry that has only plain fields."""
    from app.world.registry import COMMANDS

    return [
        _generated(tag, kind)
        for tag, kind in COMMANDS.items()
        if tag not in BY_HAND and all(map(_plain, msgspec.structs.fields(kind)))
    ]


def _plain(field: Any) -> bool:
    return field.type in TYPES or (field.type in MANY and not field.required)


def _pair(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """KEY=VALUE ... as a map."""
    for text in given:
        if "=" not in text:
            raise click.BadParameter(f"{text!r} is not KEY=VALUE.", ctx, param)
    return dict(text.split("=", 1) for text in given)


def _numbers(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, int]:
    """KEY=NUMBER ... as a map."""
    pairs = _pair(ctx, param, given)
    for key, text in pairs.items():
        if not text.removeprefix("-").isdecimal():
            raise click.BadParameter(f"'{key}={text}' is not KEY=NUMBER.", ctx, param)
    return {key: int(text) for key, text in pairs.items()}


_READERS: dict[Any, Any] = {dict[str, str]: ("KEY=VALUE", _pair), dict[str, int]: ("KEY=NUMBER", _numbers)}
"""Metavar and reader of the maps."""


def _generated(tag: str, kind: type[Any]) -> click.Command:
    """Required fields are arguments, the others options."""
    parameters: list[click.Parameter] = []
    for field in msgspec.structs.fields(kind):
        dashed = field.name.replace("_", "-")
        if field.required:
            parameters.append(click.Argument([field.name], type=TYPES[field.type]))
        elif field.type is bool:
            parameters.append(click.Option([f"--{dashed}", field.name], is_flag=True))
        elif field.type in MANY:
            metavar, reader = _READERS.get(field.type, (None, None))
            parameters.append(
                click.Option([f"--{dashed}", field.name], multiple=True, metavar=metavar, callback=reader)
            )
        else:
            shown = field.default not in ("", 0, None)
            option = click.Option(
                [f"--{dashed}", field.name], type=TYPES[field.type], default=field.default, show_default=shown
            )
            parameters.append(option)

    def act(server: str, token: str | None, run: str | None, id: str | None, **fields: Any) -> None:
        send(server, token, run, {"type": tag, **fields}, id)

    act.__doc__ = kind.__doc__
    callback: Any = acting(
        click.option("--id", help="Asked again with the same id, it takes effect once.")(act)
    )
    own = list(reversed(callback.__click_params__))
    about = (kind.__doc__ or "").replace("\n\n", "\n\n\b\n", 1)
    # A number that may be negative looks like an option.
    signed = {"ignore_unknown_options": any(parameter.type is click.INT for parameter in parameters[:2])}
    return Plain(
        SHORT.get(tag, tag), callback=act, params=[*parameters, *own], help=about, context_settings=signed
    )


@command("partition")
@click.argument("groups", nargs=-1, required=True)
@click.option("--label", default="", help='What people call it, e.g. "zone b".')
@acting
def partition(groups: tuple[str, ...], label: str, server: str, token: str | None, run: str | None) -> None:
    """Cut the network into GROUPS: names with commas, e.g. `flask partition s1,s2 s3,s4,s5`."""
    wish = {"type": "partition", "groups": [group.split(",") for group in groups], "label": label}
    send(server, token, run, wish)


@command("nemesis")
@click.argument("per_1000_s", type=click.INT)
@click.option("--faults", default="", help="Names with commas.  [default: all that are inside the model]")
@click.option("--seed", type=click.INT, default=0, help="Another number, another course of things.")
@acting
def nemesis(per_1000_s: int, faults: str, seed: int, server: str, token: str | None, run: str | None) -> None:
    """Let faults come and go at random, PER_1000_S times in 1,000 seconds; 0 calls it off."""
    names = [name for name in faults.split(",") if name]
    send(server, token, run, {"type": "set-nemesis", "per_1000_s": per_1000_s, "faults": names, "seed": seed})


@command("submit-manifest")
@click.argument("file")
@acting
def submit_manifest(file: str, server: str, token: str | None, run: str | None) -> None:
    """Apply manifests of any kind from a YAML FILE (- for stdin)."""
    send(server, token, run, {"type": "submit-manifest", "manifest": read_text(file, "manifest")})


@command("trace")
@click.argument("nodes")
@click.argument("pods")
@trace_options("2s")
@acting
def trace(
    nodes: str,
    pods: str,
    gap_max: int,
    compress: int,
    limit: int | None,
    server: str,
    token: str | None,
    run: str | None,
) -> None:
    """Start a run on the NODES of a trace (CSV), and replay its PODS (CSV) there."""
    fields = {"gap_max_s": str(gap_max / 1_000_000), "compress": str(compress)}
    if limit is not None:
        fields["limit"] = str(limit)
    files = {"nodes": read_text(nodes, "trace"), "pods": read_text(pods, "trace")}
    body, content_type = _multipart(fields, files)
    click.echo(json.dumps(Server(server, token).ask("POST", "/trace", body, content_type)))


def _multipart(fields: dict[str, str], files: dict[str, str]) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    for name, text in files.items():
        head = (
            f'Content-Disposition: form-data; name="{name}"; filename="{name}.csv"\r\nContent-Type: text/csv'
        )
        parts.append(f"--{mark}\r\n{head}\r\n\r\n{text}\r\n")
    return ("".join(parts) + f"--{mark}--\r\n").encode(), f"multipart/form-data; boundary={mark}"


@command("new-run")
@click.argument("scenario")
@click.option("--seed", type=click.IntRange(0, (1 << 53) - 1), default=42, show_default=True)
@acting
def new_run(scenario: str, seed: int, server: str, token: str | None, run: str | None) -> None:
    """Start a run of SCENARIO, a shipped name or the path of a YAML file."""
    wish: dict[str, Any] = {"seed": seed}
    if scenario.endswith((".yaml", ".yml")):
        wish["scenario_yaml"] = read_text(scenario, "scenario")
    else:
        wish["scenario"] = scenario
    click.echo(json.dumps(Server(server, token).ask("POST", "/runs", wish)))


@command("open-run")
@acting
def open_run(server: str, token: str | None, run: str | None) -> None:
    """Let a recorded run go on."""
    line = Server(server, token)
    click.echo(json.dumps(line.ask("POST", f"/runs/{line.run(run)}/open")))


@command("show-run")
@acting
def show_run(server: str, token: str | None, run: str | None) -> None:
    """Where a run stands."""
    line = Server(server, token)
    click.echo(json.dumps(line.ask("GET", f"/runs/{line.run(run)}")))


@command("pace")
@click.option("--play/--stop", "playing", default=None, help="Let virtual time go on, or stand still.")
@click.option("--speed", type=Speed(0.05, 100), help="Virtual seconds per real second.")
@click.option(
    "--step", type=click.Choice(["entry", "message", "landmark"]), help="Go on by one, then stand still."
)
@acting
def pace(
    playing: bool | None,
    speed: float | None,
    step: str | None,
    server: str,
    token: str | None,
    run: str | None,
) -> None:
    """Play, stop, change speed, or step."""
    wish = {"playing": playing, "speed": speed, "step": step}
    line = Server(server, token)
    given = {name: value for name, value in wish.items() if value is not None}
    if not given:
        raise Sentence("flask pace: give --play, --stop, --speed or --step.")
    click.echo(json.dumps(line.ask("POST", f"/runs/{line.run(run)}/pace", given)))


@command("entries")
@click.option("--from-seq", type=click.IntRange(0, SEQ_MAX), default=0, show_default=True)
@click.option("--to-seq", type=click.IntRange(0, SEQ_MAX))
@click.option("--type", "types", help="Types of entries, with commas.")
@click.option("--node", help="Only entries that name this machine.")
@click.option("--limit", type=click.IntRange(1, 5_000), default=100, show_default=True)
@acting
def entries(server: str, token: str | None, run: str | None, **wanted: Any) -> None:
    """Print entries of the log, one JSON a line."""
    line = Server(server, token)
    wanted["type"] = wanted.pop("types")
    query = "&".join(f"{name}={quote(str(value))}" for name, value in wanted.items() if value is not None)
    for entry in line.ask("GET", f"/runs/{line.run(run)}/entries?{query}")["entries"]:
        click.echo(json.dumps(entry))


BY_NAME = (partition, nemesis, submit_manifest, trace, new_run, open_run, show_run, pace, entries)
