"""`fyr horizon`: lists the forecasts of all targets."""

import json
import os
import shutil
import sys
from datetime import datetime, timedelta
from io import StringIO
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.chains.words import BREAK_TEXTS, REASON_TEXTS, escaped, json_time, time_until, utc_text
from app.cli.database import open_database
from app.domain.certificates.forecast import Forecast
from app.domain.certificates.horizon import WARNING_DAYS
from app.i18n.languages import SOURCE
from app.i18n.localization import Locale
from app.rendering.forecast_sentences import advice_text
from app.settings import load_settings
from app.usecases.context import SHELL, Ctx
from app.usecases.public import pages
from app.usecases.targets import forecasts
from app.usecases.targets.forecasts import ForecastFilter
from app.web.api.targets import horizon_schemas

__all__ = ["horizon"]

_PAGE = 100
_NARROWEST = 80


def horizon(
    days: Annotated[
        int, typer.Option(min=0, max=40_000, help="Only breaks within this number of days.")
    ] = max(WARNING_DAYS),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List which clients will stop trusting which targets, when, why, and what would help."""
    with open_database(load_settings()) as database, database.reading(SHELL) as ctx:
        found = _all(ctx, timedelta(days=days))
        page, now = pages.facts(ctx), ctx.now
    zone, default = ZoneInfo(page.time_zone), page.default_language
    if as_json:
        locales = [Locale.of(tag, default=default, zone=zone) for tag in page.languages]
        encoded = [
            horizon_schemas.Forecast.of(each, locales, now).model_dump(mode="json")
            for each in found
        ]
        stamp = json_time(now)
        typer.echo(json.dumps({"at": stamp, "days": days, "horizons": encoded}, indent=2))
        return
    if not found:
        typer.echo(f"Nothing that is known ends within {days} days.")
        return
    typer.echo(_screen(found, now, Locale.of(SOURCE, default=default, zone=zone)))


def _all(ctx: Ctx, within: timedelta) -> list[Forecast]:
    found: list[Forecast] = []
    cursor = None
    while True:
        some = forecasts.list_forecasts(
            ctx, ForecastFilter(within=within), cursor=cursor, limit=_PAGE
        )
        found += some.items
        cursor = some.next
        if cursor is None:
            return found


def _screen(found: list[Forecast], now: datetime, locale: Locale) -> str:
    page = StringIO()
    colourful = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    console = Console(
        file=page,
        width=max(shutil.get_terminal_size().columns, _NARROWEST),
        force_terminal=colourful,
        color_system="auto" if colourful else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), header_style="dim")
    table.add_column(Text("WHEN"), no_wrap=True)
    table.add_column(Text("TARGET"), overflow="fold")
    table.add_column(Text("CAUSE, CLIENTS, REMEDY"), ratio=1)
    for each in found:
        table.add_row(*_row(each, now, locale))
    console.print(table)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()).rstrip()


def _row(each: Forecast, now: datetime, locale: Locale) -> tuple[Text, Text, Text]:
    when = Text(f"{utc_text(each.at)}\n", style="yellow" if each.step else "")
    when.append(time_until(each.at, now), style="bold")
    if each.step:
        when.append(f"\nwarning {each.step} given", style="dim")
    host = f"[{each.host}]" if ":" in each.host else each.host
    what = Text(escaped(each.subject) or REASON_TEXTS[each.reason], style="bold")
    what.append(f": {BREAK_TEXTS[each.kind]}\n", style="not bold")
    who = [client.named.choose(SOURCE, default=SOURCE).text for client in each.clients]
    what.append(escaped(", ".join(who)), style="not bold")
    if each.advice is not None:
        advice = escaped(advice_text(each.advice, each.host, locale))
        what.append(f"\n{advice}", style="not bold italic")
    return when, Text(f"{host}:{each.port}"), what
