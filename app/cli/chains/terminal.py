"""Report for a terminal: the chain as a tree, findings, horizons and advice."""

from collections.abc import Iterator
from datetime import datetime
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from app.cli.chains.report import Report
from app.cli.chains.words import (
    BREAK_TEXTS,
    REASON_TEXTS,
    escaped,
    finding_text,
    time_until,
    utc_text,
    validity_text,
)
from app.domain.certificates.findings import (
    CertificateFacts,
    Level,
    ProbeFailure,
    Reason,
    Stage,
    Verdict,
)
from app.domain.certificates.horizon import Break, Horizon
from app.domain.certificates.probe_results import EndpointScan
from app.trust.advice import ADVICE_TEXTS
from app.trust.checks import REMEDIES
from app.trust.x509.chain import read_chain

__all__ = ["render_report"]

_NARROWEST = 60
_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.INFO: "dim"}


def render_report(report: Report, *, width: int, colourful: bool = False) -> str:
    """Render a report as text, with control characters in certificates escaped.

    `colourful` adds terminal codes for colours.
    """
    page = StringIO()
    console = Console(
        file=page,
        width=max(width, _NARROWEST),
        force_terminal=colourful,
        color_system="auto" if colourful else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in _parts(report):
        console.print(part)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def _parts(report: Report) -> Iterator[RenderableType]:
    examination = report.examination
    yield Text(f"{_endpoint(report)} as of {utc_text(examination.at)}", style="bold")
    if examination.failure is not None:
        yield _failed(examination.failure)
    if report.scan is not None and len(report.scan.results) > 1:
        yield _titled("Addresses", _addresses(report.scan))
    if examination.chain:
        yield _titled("Chain as served", _tree(examination.chain, examination.at))
    if examination.findings:
        yield _titled("Findings", _findings(report))
    if report.horizons:
        yield _titled("What lies ahead", _matrix(report))
    elif examination.verdicts:
        yield _titled("Clients", _verdicts(examination.verdicts))
    if report.advice:
        yield _titled("Remedies", _advice(report))


def _failed(failure: ProbeFailure) -> Text:
    detail = f" ({escaped(failure.detail)})" if failure.detail else ""
    text = f"\nCould not probe: {failure.stage.value}: {failure.code}{detail}"
    advice = "\nName the network in FYR_ALLOWED_NETWORKS if it may be probed."
    return Text(text, style="red").append(advice if failure.stage is Stage.REFUSED else "", "")


def _titled(title: str, body: RenderableType) -> RenderableType:
    return Group(Text(f"\n{title}", style="bold"), Padding(body, (0, 0, 0, 2)))


def _endpoint(report: Report) -> str:
    host = escaped(report.examination.host)
    if report.result is None:
        return host
    via = [part for part in (report.result.address, report.result.tls_version) if part]
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{report.result.port}" + (f" ({', '.join(via)})" if via else "")


def _addresses(scan: EndpointScan) -> Table:
    rows = Table.grid(padding=(0, 2))
    for result in scan.results:
        failure = result.failure
        text = Text(result.tls_version) if failure is None else Text(style="yellow")
        if failure is not None:
            text.append(f"{failure.stage.value}: {failure.code}")
        leaf = read_chain(result.certificates[:1]).facts
        rows.add_row(result.address, text, escaped(leaf[0].name) if leaf else "")
    return rows


def _tree(chain: tuple[CertificateFacts, ...], at: datetime) -> Tree:
    root = Tree(_certificate(1, chain[0], at), guide_style="dim")
    branch = root
    for position, facts in enumerate(chain[1:], start=2):
        branch = branch.add(_certificate(position, facts, at))
    return root


def _certificate(position: int, facts: CertificateFacts, at: datetime) -> Text:
    if facts.malformed or facts.not_before is None or facts.not_after is None:
        return Text(f"{position}  (cannot be read)  sha256 {facts.fingerprint[:16]}…", style="red")
    name = escaped(facts.subject) or escaped(facts.name) or "(no name)"
    shown = Text(f"{position}  {name}\n", style="bold")
    shown.append(f"issued by {escaped(facts.issuer) or '(no name)'}\n", style="not bold")
    standing = validity_text(facts.not_before, facts.not_after, at)
    fresh = facts.not_before <= at <= facts.not_after
    shown.append(f"{utc_text(facts.not_before)} to {utc_text(facts.not_after)}, ", style="not bold")
    shown.append(standing, style="not bold" if fresh else "red")
    return shown


def _findings(report: Report) -> Table:
    rows = Table.grid(padding=(0, 2))
    for finding in report.examination.findings:
        text = Text(escaped(finding_text(finding)))
        affected = finding.params.get("profiles")
        if affected:
            text.append(f" [{escaped(str(affected))}]", style="dim")
        if finding.level is not Level.INFO:
            text.append(f"\n{REMEDIES[finding.code]}", style="italic")
        rows.add_row(Text(finding.level.value, style=_STYLES[finding.level]), text)
    return rows


def _verdicts(verdicts: tuple[Verdict, ...]) -> Table:
    table = _table("PROFILE", "VERDICT", "UNTIL")
    for verdict in verdicts:
        until = Text("ever" if verdict.ok else "-")
        if verdict.until is not None:
            blamed = verdict.until_blamed_certificate
            name = escaped(blamed.name) if blamed else ""
            until = Text(f"{utc_text(verdict.until)}  {name}".rstrip())
        table.add_row(
            verdict.profile, _verdict_text(verdict.reason, verdict.blamed_certificate), until
        )
    return table


def _matrix(report: Report) -> Table:
    table = _table("PROFILE", "NOW", "NEXT BREAK", "BREAK THAT RENEWAL DOES NOT FIX")
    for horizon in report.horizons:
        table.add_row(horizon.profile, *_row(horizon, report))
    if report.others:
        table.add_row(Text("\nfor information, not counted:", style="dim"))
        for horizon in sorted(report.others, key=_soonest):
            table.add_row(Text(horizon.profile, style="dim"), *_row(horizon, report))
    return table


def _soonest(horizon: Horizon) -> tuple[bool, float]:
    lasting = horizon.lasting
    return lasting is None, lasting.at.timestamp() if lasting else 0.0


def _row(horizon: Horizon, report: Report) -> tuple[Text, Text, Text]:
    now = _verdict_text(horizon.reason, horizon.next.blamed_certificate if horizon.next else None)
    if horizon.reason is not Reason.OK:
        return now, Text("-", style="dim"), _break(horizon.lasting, report)
    if horizon.lasting is not None and horizon.lasting == horizon.next:
        style = "yellow" if report.is_near(horizon.lasting) else ""
        same = Text("the same:\n", style=style).append(BREAK_TEXTS[horizon.lasting.kind])
        return now, _break(horizon.next, report), same
    return now, _break(horizon.next, report), _break(horizon.lasting, report)


def _break(found: Break | None, report: Report) -> Text:
    at = report.examination.at
    if found is None:
        return Text("none", style="dim")
    name = escaped(found.blamed_certificate.name) if found.blamed_certificate else ""
    if found.at <= at:
        return Text("holds already", style="red")
    shown = Text(f"{utc_text(found.at)}\n", style="yellow" if report.is_near(found) else "")
    shown.append(
        f"{REASON_TEXTS[found.reason]}: {name}, {time_until(found.at, at)}", style="not bold"
    )
    return shown


def _verdict_text(reason: Reason, blamed: CertificateFacts | None) -> Text:
    if reason is Reason.OK:
        return Text("ok", style="green")
    name = f": {escaped(blamed.name)}" if blamed is not None else ""
    return Text(f"{REASON_TEXTS[reason]}{name}", style="red")


def _advice(report: Report) -> Table:
    rows = Table.grid(padding=(0, 1))
    for advice in report.advice:
        rows.add_row(Text("•"), Text(escaped(ADVICE_TEXTS[advice.code] % advice.params)))
    return rows


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(Text(heading))
    return table
