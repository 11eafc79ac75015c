"""What all commands share: one sentence and status 2 for wrong input, `-` and `_` alike, durations."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from typing import Any

import click

SEED_MAX = (1 << 53) - 1
US = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "min": 60_000_000, "h": 3_600_000_000}
SIGNAL_STATUS = 128
"""A process ended by signal n has exit status 128 + n."""
DURATION_US_MAX = 30 * 24 * US["h"]


class Sentence(click.ClickException):
    """Wrong input: the sentence goes to stderr, the exit status is 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), err=True)


class Interrupt(KeyboardInterrupt):
    """A signal ended the command. number: which."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__()
        self.number = number


class Plain(click.Command):
    """A command whose usage errors are one sentence, too, and Ctrl-C as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("context_settings", {})["token_normalize_func"] = normalised
        super().__init__(*args, **kwargs)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:
        """Parse the command line. Raises: Sentence."""
        try:
            return super().make_context(info_name, args, *rest, **extra)
        except click.UsageError as error:
            raise Sentence(_one_sentence(info_name or "", error)) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Do it. Raises: Sentence."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise Sentence(_one_sentence(ctx.info_name or "", error)) from None
        except KeyboardInterrupt as problem:
            click.echo(f"flask {ctx.info_name}: interrupted.", err=True)
            # As a shell counts them: 130 for Ctrl-C, 143 for SIGTERM.
            sys.exit(SIGNAL_STATUS + getattr(problem, "number", signal.SIGINT))


def normalised(name: str) -> str:
    """`--gap_max` is `--gap-max`."""
    return name.replace("_", "-")


def _one_sentence(command: str, error: click.UsageError) -> str:
    text = " ".join(error.format_message().split()).rstrip(".")
    return f"flask {command}: {text} (flask {command} --help)."


class Duration(click.ParamType[int]):
    """A span of time -> microseconds: `60s`, `500ms`, `2m`, `1h`; a bare number is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"([0-9]{1,15})(?:\.([0-9]{1,6}))?\s*(us|ms|s|min|m|h)?", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no duration; allowed are e.g. 60s, 500ms, 2m, 1h", param, ctx)
        unit = US[match.group(3) or "s"]
        fraction = match.group(2) or ""
        total = int(match.group(1)) * unit + int(fraction.ljust(6, "0")) * unit // 1_000_000
        if total > DURATION_US_MAX:
            self.fail(f"{value!r} is longer than 30 days, the most that is allowed", param, ctx)
        return total


DURATION = Duration()


def command(name: str, **options: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Like `click.command`, for commands of ours."""
    return click.command(name, cls=Plain, **options)


def trace_options(gap_max: str) -> Callable[[Any], Any]:
    """What is changed about a trace when it is replayed. gap_max: the longest gap, if none is given."""
    longest = click.option(
        "--gap-max", type=DURATION, default=gap_max, show_default=True, help="Longest gap between arrivals."
    )
    divide = click.option(
        "--compress",
        type=click.IntRange(1, 1_000_000),
        default=60,
        show_default=True,
        help="Divide lifetimes.",
    )
    first = click.option(
        "--limit", type=click.IntRange(1, 10_000), help="Only the first so many pods of the trace."
    )
    return lambda command: longest(divide(first(command)))


def world_options(gap_max: str) -> Callable[[Any], Any]:
    """How a world is run here, and on which commands or trace."""
    options = (
        click.option(
            "--seed", type=click.IntRange(0, SEED_MAX), default=42, show_default=True, help="Of all chance."
        ),
        click.option(
            "--until", type=DURATION, default="60s", show_default=True, help="Virtual time to run for."
        ),
        click.option("--commands", "script", metavar="FILE", help="Commands, one JSON a line; - for stdin."),
        click.option(
            "--trace", nargs=2, metavar="NODES.csv PODS.csv", help="Replay a trace on its own nodes."
        ),
        trace_options(gap_max),
    )

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def counted(count: int, one: str, many: str = "") -> str:
    """`1 seed`, `2,000 seeds`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def read_text(path: str, what: str) -> str:
    """The text of a file, `-` for stdin. Raises: Sentence."""
    try:
        with click.open_file(path, encoding="utf-8", errors="strict") as file:
            return str(file.read())
    except OSError as error:
        raise Sentence(f"The {what} {path!r} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise Sentence(f"The {what} {path!r} is not UTF-8 text.") from None
    except ValueError:
        raise Sentence(f"The {what} {path!r} has a name that no file can have.") from None
