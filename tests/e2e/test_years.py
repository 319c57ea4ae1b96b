"""Three years of an installation, by the commands of README.md and docs/operations.md.

All that time a visitor reads the page, and must not see the past as the present.
"""

import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.databases import PostgresDatabases
from tests.docs.test_readme import commands
from tests.e2e.machines import Machine, documented
from tests.e2e.observers import Observer, State, is_in_order
from tests.e2e.proxies import NGINX, proxy
from tests.e2e.releases import break_start, install, install_next, shift_clock
from tests.e2e.serving import PATIENCE_SECONDS
from tests.network import PLAIN

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx")

YEAR_DAYS = 365
INSTALL = documented("Install on one machine", "FYR_RELOAD=true deploy/upgrade.sh REPOSITORY REF")
LINK = documented("Install on one machine", "ln -s /opt/fyr/current/deploy/fyr /usr/local/bin/fyr")
UPGRADE = documented("Upgrade", "deploy/upgrade.sh REPOSITORY REF")
ROLL_BACK = documented("Roll back", "deploy/upgrade.sh --to REF")
SWITCH = documented("Roll back", "FYR_RELOAD=true deploy/upgrade.sh --to REF")
BACKUP = documented("Back up and restore", "fyr backup /backup/fyr.backup")
RESTORE = documented("Back up and restore", "fyr restore /backup/fyr.backup")
MOVE = [
    documented("Back up and restore", "fyr backup fyr.backup"),
    documented(
        "Back up and restore",
        "FYR_DATABASE_URL=postgresql+psycopg://fyr:PASSWORD@db.example.com/fyr"
        " fyr restore fyr.backup",
    ),
]


class Story:
    """The machine, its visitor, its operator, and what was posted."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.observer = Observer(machine.address)
        self.posted = [State(works=True, step=0)]
        self.titles: list[str] = []
        self._token = ""
        self._step = 0

    def make_token(self) -> None:
        """Make a token that is valid in all of these years."""
        add = f"fyr token add operator --role admin --days {5 * YEAR_DAYS}"
        self._token = self.machine.run(add).strip()

    def open_incident(self, title: str) -> str:
        """Open an incident, and wait until the visitor reads of it; returns its id."""
        self.titles.append(title)
        self._expect(works=False)
        body = {
            "title": title,
            "body": f"Step {self._step}: we are looking into it.",
            "services": [{"service": "payments", "status": "major_outage"}],
        }
        created: str = self._post("incidents", body)["id"]
        self.observer.wait_for(self.posted[-1])
        return created

    def update(self, incident: str, status: str = "identified") -> None:
        """Post an update, and wait until the visitor reads it."""
        self._expect(works=status == "resolved")
        text = {"status": status, "body": f"Step {self._step}: {status}."}
        self._post(f"incidents/{incident}/updates", text)
        self.observer.wait_for(self.posted[-1])

    def history(self) -> list[tuple[int, str]]:
        """The years and titles of all incidents, oldest first."""
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(verify=PLAIN, timeout=PATIENCE_SECONDS, headers=headers) as client:
            found = client.get(f"{self.machine.address}/api/v1/incidents?limit=100")
        assert found.status_code == 200, found.text
        incidents = reversed(found.json()["items"])
        return [(int(each["started_at"][:4]), each["title"]["en"]) for each in incidents]

    def pass_a_year(self) -> None:
        """Stop the service, let a year pass, and start it."""
        self.machine.stop()
        self.machine.days += YEAR_DAYS
        self.machine.start()

    def _expect(self, *, works: bool) -> None:
        self._step += 1
        self.posted.append(State(works, 0 if works else self._step))

    def _post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(verify=PLAIN, timeout=PATIENCE_SECONDS, headers=headers) as client:
            answer = client.post(f"{self.machine.address}/api/v1/{path}", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()


@contextmanager
def machine(folder: Path, *, like: Machine | None = None) -> Iterator[Machine]:
    """A machine; with `like`, one with the releases, the settings and the date of another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Machine(folder, listener)
        if like is not None:
            made.days = like.days
            made.root.symlink_to(like.root)
            made.settings.write_text(like.settings.read_text())
            made.run(LINK)
        try:
            yield made
        finally:
            made.lose_power()


def follow_the_readme(story: Story) -> None:
    """Install the first release, and do what README.md says."""
    here = story.machine
    for release in (install(here.root, "v1"), install_next(here.root, "v2")):
        shift_clock(release)
    broken = install_next(here.root, "v3")
    shift_clock(broken)
    break_start(broken)
    here.run(INSTALL, REPOSITORY="no-repository", REF="v1")
    here.run(LINK)
    here.settings.write_text("FYR_BASE_URL=https://status.example.com\n")
    for words in commands():
        here.run(shlex.join(["fyr", *words]))
    here.start()
    assert here.release() == "v1"
    story.make_token()


def upgrade_and_roll_back(story: Story) -> None:
    """Upgrade during an outage; then to a release that does not start, and back; then roll back."""
    here = story.machine
    incident = story.open_incident("Payments fail in one region")
    here.run(UPGRADE, REPOSITORY="no-repository", REF="v2")
    here.wait_for_log("serve.renewed")
    assert here.release() == "v2"
    story.update(incident)
    here.run(BACKUP)
    here.run(UPGRADE, REPOSITORY="no-repository", REF="v3")
    here.wait_for_log("not_renewed")
    assert here.release() == "v2"
    go_back_by_the_backup(story, "v2")
    story.update(incident)
    here.run(ROLL_BACK, REF="v1")
    here.wait_for_log("serve.renewed", 2)
    assert here.release() == "v1"
    story.update(incident)
    story.update(incident, "resolved")


def go_back_by_the_backup(story: Story, release: str) -> None:
    """Stop the service, switch to the release that made the backup, and restore it.

    Until the restored database is read, pages say of when they are, and are not the present.
    """
    here, stale = story.machine, story.observer.stale
    here.stop()
    here.run(SWITCH, REF=release)
    (here.data / "fyr.db").rename(here.folder / "former.db")
    here.run(RESTORE)
    here.start()
    assert here.release() == release
    story.observer.wait_for(story.posted[-1])
    story.observer.stale = stale


def move_to_postgresql(story: Story, url: str) -> None:
    """Move the database; the service uses it from the next year on.

    The port stays open, so that the visitor's request waits and is the first that is answered.
    """
    here = story.machine
    here.stop()
    given = "postgresql+psycopg://fyr:PASSWORD@db.example.com/fyr"
    for command in MOVE:
        here.run(command, **{given: url})
    with here.settings.open("a") as file:
        file.write(f"FYR_DATABASE_URL={url}\n")
    story.pass_a_year()


def lose_a_machine(story: Story, folder: Path) -> None:
    """Add a second machine, lose the first one, and let it come back with what it knew."""
    first = story.machine
    key = (first.data / "secret.key").read_text()
    with first.settings.open("a") as file:
        file.write(f"FYR_SECRET_KEY={key}\n")
    # The key of its file is the key of the setting: the process that runs need not follow.
    # While both are up, one shows a change of the other within half a second (docs/adr/0036): so
    # this is posted before the second one is there.
    incident = story.open_incident("Payments fail with one card")
    with machine(folder / "second", like=first) as second:
        second.start()
        balancer = folder / "nginx"
        balancer.mkdir()
        servers = [each.address.removeprefix("http://") for each in (first, second)]
        with proxy(balancer, servers) as address:
            story.observer.address = address
            story.observer.wait_for(story.posted[-1])
            first.lose_power()
            story.machine = second
            story.update(incident)
            story.update(incident, "resolved")
            first.regain_power()
            story.observer.wait_for(story.posted[-1])
            story.machine = first
            # Before the balancer ends, so that no request of the visitor is cut.
            story.observer.address = first.address
            story.observer.wait_for(story.posted[-1])


def restore_a_backup(story: Story, folder: Path) -> None:
    """Lose everything but the backup and the key; restore them on a new machine, a year later."""
    lost = story.machine
    lost.run(BACKUP)
    with machine(folder / "new", like=lost) as new:
        new.days += YEAR_DAYS
        lost.lose_power()
        new.settings.write_text("FYR_BASE_URL=https://status.example.com\n")
        (new.folder / "backup" / "fyr.backup").write_bytes(
            (lost.folder / "backup" / "fyr.backup").read_bytes()
        )
        (new.data / "secret.key").write_bytes((lost.data / "secret.key").read_bytes())
        new.run(RESTORE)
        new.start()
        story.machine = new
        later = Observer(new.address)
        with later.reading():
            later.wait_for(story.posted[-1])
        assert (later.states, later.failed, later.stale) == ([story.posted[-1]], [], 0)
        assert [title for _, title in story.history()] == story.titles


def test_no_visitor_sees_the_past_as_the_present_in_three_years(
    tmp_path: Path, postgres: PostgresDatabases
) -> None:
    with machine(tmp_path / "first") as first, postgres.empty() as url:
        story = Story(first)
        follow_the_readme(story)
        with story.observer.reading():
            incident = story.open_incident("Payments are slow")
            story.update(incident)
            story.update(incident, "resolved")
            story.pass_a_year()
            upgrade_and_roll_back(story)
            move_to_postgresql(story, url)
            lose_a_machine(story, tmp_path)
        observer = story.observer
        assert observer.failed == []
        assert observer.stale == 0
        went = [(each.works, each.step) for each in observer.states]
        assert is_in_order(observer.states, story.posted), f"{went} of {story.posted}"
        assert observer.steps == sorted(observer.steps)
        years = [year for year, _ in story.history()]
        assert years == [years[0], years[0] + 1, years[0] + 2]
        restore_a_backup(story, tmp_path)


def test_a_page_that_goes_back_is_noticed() -> None:
    works, fails = State(works=True, step=0), State(works=False, step=1)
    assert is_in_order([works, fails], [works, fails, works])
    assert not is_in_order([fails, works, fails], [works, fails, works])
