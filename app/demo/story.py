"""The demo's story: an old root expires, older devices fail, the operator renews the chain.

It acts as the operator of three TLS servers on loopback. Fyr itself opens and resolves the
incident; the story waits for that and prints where to see it.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from app.demo.hierarchy import Hierarchy, make_hierarchy
from app.demo.seed import documents
from app.demo.servers import DemoServers
from app.domain.ownership import ActorKind
from app.domain.records import IncidentRecord
from app.i18n.languages import LANGUAGES
from app.usecases.context import Actor, Ctx
from app.usecases.database import Database
from app.usecases.imports import document as imports
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.public import pages
from app.usecases.services import services
from app.usecases.targets import targets
from app.usecases.targets.targets import NewTarget, TargetChanges

__all__ = ["HOSTS", "RENEWED_AFTER", "ROOT_LASTS", "Story"]

# The service that depends on each host.
_SERVICE_OF = {
    "gates.netpark.example": "self-park",
    "pay.netpark.example": "card-payments",
    "www.netpark.example": "web-and-api",
}
HOSTS = tuple(_SERVICE_OF)

ROOT_LASTS = timedelta(seconds=20)
RENEWED_AFTER = timedelta(seconds=90)
_INTERVAL_SECONDS = 2
_INCIDENT_WITHIN = timedelta(minutes=2)
_OPERATOR = Actor(ActorKind.SHELL, "demo operator")
_PROFILES = ("demo-current", "demo-legacy")


class Story:
    """Runs the story in a thread inside its `with` block; `say` receives each line of output."""

    def __init__(
        self,
        database: Database,
        profiles: Path,
        base_url: str,
        say: Callable[[str], None],
        *,
        root_lasts: timedelta = ROOT_LASTS,
        renewed_after: timedelta = RENEWED_AFTER,
    ) -> None:
        self._database = database
        self._profiles = profiles
        self._url = base_url
        self._say = say
        self._stopped = threading.Event()
        now = database.clock().replace(microsecond=0)
        self._root_lasts, self._renewed_after = root_lasts, renewed_after
        self._expires_at = now + root_lasts
        self._hierarchy = make_hierarchy(now, expires_at=self._expires_at)
        long_chains = {host: self._hierarchy.long_chain([host], now=now) for host in HOSTS}
        self._servers = DemoServers(long_chains)
        self._thread = threading.Thread(target=self._run, name="demo-story", daemon=True)

    def __enter__(self) -> "Story":
        write_profiles(self._profiles, self._hierarchy)
        self._servers.__enter__()
        with self._database.writing(_OPERATOR) as ctx:
            _import_content(ctx)
            _add_targets(ctx, self._servers)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join(1)
        self._servers.__exit__(kind, error, trace)

    def _run(self) -> None:
        self._say(
            f"\n  Fyr's demo is at {self._url}/ (also {self._url}/sv/ and {self._url}/ar/)\n"
            "  The services and their names are ours, and so is everything but the account\n"
            f"  of 30 September 2021, which is at {self._url}/history/2021-09\n\n"
            f"  Three servers on loopback serve a chain of the 2021 shape: {', '.join(HOSTS)}.\n"
            f"  Its old root expires at {self._clock_time(self._expires_at)}, "
            f"{_seconds(self._root_lasts)} after the start.\n"
            "  Browsers will not notice. Older devices will."
        )
        if not self._until(self._expires_at):
            return
        self._say("\n  The old root has expired. The probes will see it within seconds.")
        broken = self._incident(is_open=True)
        if broken is None:
            return
        self._say(
            f"  Fyr opened an incident by itself: {self._url}/sv/incidents/{broken.id}\n"
            "  The operator will renew the chain about "
            f"{_seconds(self._renewed_after)} after it broke."
        )
        if not self._until(self._expires_at + self._renewed_after):
            return
        now = self._database.clock()
        for host in HOSTS:
            self._servers.switch(host, self._hierarchy.short_chain([host], now=now))
        self._say("\n  The operator has renewed: the servers send the short chain from now on.")
        if self._incident(is_open=False, only=broken.id) is not None:
            self._say(
                "  Fyr watched for a while and resolved the incident by itself: "
                f"{self._url}/incidents/{broken.id}\n"
                "  That was the story. The page stays up; Ctrl-C ends it."
            )

    def _until(self, at: datetime) -> bool:
        """Wait for `at`; return False when the demo ends before."""
        seconds = (at - self._database.clock()).total_seconds()
        return not self._stopped.wait(max(0.0, seconds))

    def _incident(self, *, is_open: bool, only: str | None = None) -> IncidentRecord | None:
        """Return the incident of this story once its state is `is_open`; None after two minutes."""
        deadline = self._database.clock() + _INCIDENT_WITHIN
        while self._database.clock() < deadline and not self._stopped.wait(0.5):
            with self._database.reading() as ctx:
                shown = pages.overview(ctx)
            known = [*shown.open_incidents, *(each for day in shown.days for each in day.incidents)]
            for each in known:
                is_own = each.id == only if only else each.started_at >= self._expires_at
                if is_own and each.automatic and each.is_open is is_open:
                    return each
        return None

    def _clock_time(self, at: datetime) -> str:
        return at.astimezone().strftime("%H:%M:%S")


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.0f} seconds"


def write_profiles(folder: Path, hierarchy: Hierarchy) -> None:
    """Write the demo's two client profiles, each with its file of roots.

    The older devices have the old and the new root, as OpenSSL 1.0.2 did, so that the served chain
    decides.
    """
    folder.mkdir(parents=True, exist_ok=True)
    roots = {
        "demo-current": hierarchy.new_root.pem,
        "demo-legacy": hierarchy.old_root.pem + hierarchy.new_root.pem,
    }
    for name, pem in roots.items():
        (folder / f"{name}.pem").write_bytes(pem)
        (folder / f"{name}.toml").write_text(_PROFILE_TEXTS[name], encoding="utf-8")


_PROFILE_TEXTS = {
    "demo-current": """\
id = "demo-current"
roots = "demo-current.pem"
builder = "any_path"
anchor_expiry = false
tier = "current"

[label]
en = "current browsers"
sv = "aktuella webbläsare"
ar = "المتصفحات الحديثة"
""",
    "demo-legacy": """\
id = "demo-legacy"
roots = "demo-legacy.pem"
builder = "served_first_alt"
tier = "legacy"
share = "7 %"

[label]
en = "older on-site devices and card terminals"
sv = "äldre enheter på plats och kortterminaler"
ar = "الأجهزة القديمة في الموقع وأجهزة الدفع بالبطاقات"
""",
}


def _import_content(ctx: Ctx) -> None:
    if not services.list_services(ctx):
        edit_page(ctx, PageChange(languages=LANGUAGES))
        for document in documents(ctx.now):
            imports.import_document(ctx, document)


def _add_targets(ctx: Ctx, servers: DemoServers) -> None:
    """Add this run's servers as targets. A target of an earlier run gets its new port."""
    known = {
        target.host: target for target in targets.list_targets(ctx, cursor=None, limit=100).items
    }
    for host, service in _SERVICE_OF.items():
        port = servers.ports[host]
        if host in known:
            targets.edit_target(ctx, known[host].id, TargetChanges(port=port), _PROFILES)
            continue
        new = NewTarget(
            host,
            port,
            services=(service,),
            interval_seconds=_INTERVAL_SECONDS,
            profiles=_PROFILES,
        )
        targets.add_target(ctx, new, _PROFILES)
