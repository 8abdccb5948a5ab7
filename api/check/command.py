"""``pennyworth check``."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from api.check import report
from api.check.profile import OWN, BadProfile, read_profile
from api.check.promise import BROKEN, Outcome
from api.check.run import Unreachable, check
from api.check.wire import server_at

FORMS = {"text": report.as_text, "json": report.as_json, "markdown": report.as_markdown}


def headers_of(
    context: click.Context, option: click.Parameter, given: Sequence[str]
) -> dict[str, str]:
    pairs = [one.partition(":") for one in given]
    for name, colon, _ in pairs:
        if not (name.strip() and colon):
            raise click.BadParameter('it must be like "Authorization: Bearer …"')
    return {name.strip(): value.strip() for name, _, value in pairs}


@click.command(name="check", help="Try which of HTTP's promises the REST server at URL keeps.")
@click.argument("url")
@click.option("--profile", type=click.Path(path_type=Path), default=OWN,
              help="Where its things are: a TOML file. Default: Pennyworth's.")  # fmt: skip
@click.option("--header", "headers", multiple=True, callback=headers_of,
              help='Sent with every request, such as "Authorization: Bearer …".')  # fmt: skip
@click.option("--timeout", "seconds", type=click.FloatRange(0.1, 120), default=10.0,
              show_default=True, help="Seconds to wait for an answer.")  # fmt: skip
@click.option("--json", "form", flag_value="json", help="For a machine.")
@click.option("--markdown", "form", flag_value="markdown", help="A table.")
def check_command(
    url: str, profile: Path, headers: dict[str, str], seconds: float, form: str | None
) -> None:
    try:
        server = server_at(url)
        read = read_profile(profile, os.environ, headers)
        outcomes = check(server, read, seconds)
    except (ValueError, BadProfile, Unreachable) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    click.echo(FORMS[form or "text"](read.name, outcomes))
    sys.exit(status_of(outcomes))


def status_of(outcomes: list[Outcome]) -> int:
    return int(any(one.verdict == BROKEN for one in outcomes))
