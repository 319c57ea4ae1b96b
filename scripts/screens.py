"""Takes the screenshots of docs/: `python -m scripts.screens [NAME ...]`, by default all of them.

Starts the demo with an empty folder, adds data through `/api/v1`, waits for the incident of the
demo, and takes the screenshots with the browser of the tests. This takes a minute.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.programs import browser

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
LARGEST_BYTES = 120_000
EMAIL, PASSWORD = "ada@example.com", "a password of a demo"

LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" rx="14" fill="#12518f"/>
<path d="M22 50V14h13a11.5 11.5 0 0 1 0 23h-5v13z" fill="#fff"/>
<path d="M30 21v9h4.500a4.500 4.500 0 0 0 0-9z" fill="#12518f"/>
<circle cx="49" cy="15" r="5" fill="#ffc83d"/></svg>"""


@dataclass(frozen=True)
class Screen:
    """One screenshot: its page, width, and maximum height; None is the whole page.

    `is_dark` takes it in the dark colour scheme.
    """

    name: str
    path: str
    width: int = 1280
    height: int | None = 900
    staff: bool = True
    is_dark: bool = False


SCREENS = (
    Screen("page-overview", "/en/", staff=False),
    Screen("page-overview-dark", "/en/", staff=False, is_dark=True),
    Screen("page-incident", "/en/incidents/{incident}", staff=False),
    Screen("page-report", "/en/report", 1280, 760, staff=False),
    Screen("console-now", "/console/", 390, 1000),
    Screen("console-incidents", "/console/incidents?state=all"),
    Screen("console-incident", "/console/incidents/{incident}", 390, 1100),
    Screen("console-update", "/console/incidents/{incident}/update", 390, 844),
    Screen("console-postmortem", "/console/incidents/{resolved}/postmortem", 1280, 1000),
    Screen("overview-phone", "/sv/", 390, 844, staff=False),
    Screen("share-picture", "/en/incidents/{incident}/share.png", 1200, 630, staff=False),
    Screen("console-sign-in", "/console/login", 390, 560, staff=False),
    Screen("console-services", "/console/services"),
    Screen("console-maintenance", "/console/maintenances/{maintenance}", 1280, 1000),
    Screen("console-certificate", "/console/certificates/{target}", 1280, 1000),
    Screen("console-sources", "/console/sources", 1280, 640),
    Screen("console-logo", "/console/page/logo", 1280, 1000),
    Screen("console-audit", "/console/audit", 1280, 860),
)
# The first picture of the README: the page on a wide screen, and on a phone in front of it.
OVERVIEW = "overview"
WIDE = Screen("", "/en/", 1010, 900, staff=False)
PHONE = Screen("", "/sv/", 390, 980, staff=False, is_dark=True)


@contextmanager
def demo(data: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Run the demo; its URL and its environment variables."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://localhost:{port}"
    own = {"FYR_DATA_DIR": str(data), "FYR_BASE_URL": url, "FYR_DATABASE_URL": ""}
    environment = {**os.environ, **own}
    command = [sys.executable, "-m", "app.cli", "serve", "--demo", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: answers(url), "the demo answers")
            yield url, environment
        finally:
            server.terminate()
            server.wait(20)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def wait_until(holds: Callable[[], object], what: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"Waited in vain until {what}.")
        time.sleep(0.5)


def fyr(environment: dict[str, str], *words: str, stdin: str = "") -> str:
    command = [sys.executable, "-m", "app.cli", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input=stdin, text=True, capture_output=True, check=True
    )
    return done.stdout.strip()


def add_data(api: httpx.Client) -> None:
    """Add what the screenshots show to the demo: a name, a logo, maintenances, sources."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)  # noqa: TID251
    name = {"en": "NetPark", "sv": "NetPark", "ar": "نت بارك"}
    api.patch("page", json={"name": name, "time_zone": "Europe/Stockholm"}).raise_for_status()
    api.put("page/logo", content=LOGO).raise_for_status()
    for title, body, services, days, rule in (
        (
            {"en": "New switches at two locations", "sv": "Nya växlar på två platser"},
            {"en": "Gates open by hand for an hour.", "sv": "Bommar öppnas för hand en timme."},
            ["self-park"], 2, None,
        ),
        (
            {"en": "Database upgrade", "sv": "Databasuppgradering"},
            {"en": "Payments may be slow.", "sv": "Betalningar kan gå långsamt."},
            ["card-payments"], 5, "FREQ=MONTHLY;BYDAY=1SU",
        ),
    ):  # fmt: skip
        begins = (now + timedelta(days=days)).replace(hour=1)
        plan: dict[str, Any] = {
            "title": title,
            "body": body,
            "services": services,
            "starts_at": begins.isoformat(),
            "ends_at": (begins + timedelta(hours=2)).isoformat(),
        }
        if rule:
            plan["recurrence"] = rule
        api.post("maintenances", json=plan).raise_for_status()
    for kind, called in (("alertmanager", "Alertmanager"), ("grafana", "Grafana"),
                         ("uptime-kuma", "Uptime Kuma")):  # fmt: skip
        api.post("sources", json={"kind": kind, "name": called}).raise_for_status()
    aliases = (
        ("checkout", "card-payments"),
        ("psp-gateway", "card-payments"),
        ("barrier", "self-park"),
    )
    for alias, service in aliases:
        api.post("aliases", json={"alias": alias, "service": service}).raise_for_status()


def is_open(api: httpx.Client) -> bool:
    found = api.get("incidents").json()["items"]
    return any(each["status"] != "resolved" for each in found)


def sign_in(opened: Browser, url: str) -> dict[str, Any]:
    """The storage state of a browser in which the admin is signed in."""
    context = opened.new_context()
    tab = context.new_page()
    tab.goto(f"{url}/console/login")
    tab.fill("#email", EMAIL)
    tab.fill("#password", PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.wait_for_url(f"{url}/console/")
    state: Any = context.storage_state()
    context.close()
    return dict(state)


def take(opened: Browser, url: str, screen: Screen, state: Any) -> bytes:  # noqa: ANN401
    context = opened.new_context(
        viewport={"width": screen.width, "height": screen.height or 900},
        device_scale_factor=2 if screen.width < 600 else 1,
        storage_state=state if screen.staff else None,
        timezone_id="Europe/Stockholm",
        locale="en",
        color_scheme="dark" if screen.is_dark else "light",
    )
    tab: Page = context.new_page()
    tab.goto(url + screen.path)
    tab.wait_for_load_state("networkidle")
    picture = tab.screenshot(full_page=screen.height is None)
    context.close()
    return picture


def composed(wide: bytes, phone: bytes) -> bytes:
    """The two screenshots as one picture, with a frame around the phone."""
    canvas = Image.new("RGB", (1400, 900), "#e8eaed")
    canvas.paste(Image.open(BytesIO(wide)).convert("RGB"), (40, 40))
    screen = Image.open(BytesIO(phone)).convert("RGB").resize((330, 829))
    mask = Image.new("L", canvas.size)
    ImageDraw.Draw(mask).rounded_rectangle((1030, 110, 1360, 930), 22, fill=255)
    ImageDraw.Draw(canvas).rounded_rectangle((1024, 104, 1366, 940), 28, fill="#24262b")
    behind = canvas.copy()
    behind.paste(screen, (1030, 110))
    canvas.paste(behind, (0, 0), mask)
    written = BytesIO()
    canvas.save(written, "PNG")
    return written.getvalue()


def compress(picture: bytes) -> bytes:
    """The screenshot with as many colours as fit into LARGEST_BYTES."""
    decoded = Image.open(BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32):
        written = BytesIO()
        decoded.quantize(colours, kmeans=2, dither=Image.Dither.NONE).save(
            written, "PNG", optimize=True
        )
        if written.tell() <= LARGEST_BYTES:
            break
    return written.getvalue()


def main(names: list[str]) -> int:
    known = [*(each.name for each in SCREENS), OVERVIEW]
    wanted = [name for name in known if not names or name in names]
    program = browser.find()
    if program is None or not wanted:
        print(f"Names are {', '.join(known)}; Chromium is needed.")
        return 64
    with tempfile.TemporaryDirectory() as data, demo(Path(data)) as (url, environment):
        fyr(
            environment, "user", "add", EMAIL, "--role", "admin", "--password-stdin", stdin=PASSWORD
        )
        token = fyr(environment, "token", "add", "screens", "--role", "admin")
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{url}/api/v1/", headers=headers) as api:
            add_data(api)
            wait_until(lambda: is_open(api), "the demo's incident is open")
            shown = {
                "incident": api.get("incidents?status=open").json()["items"][0]["id"],
                "resolved": api.get("incidents?status=resolved").json()["items"][0]["id"],
                "target": api.get("targets").json()["items"][-1]["id"],
                "maintenance": api.get("maintenances").json()["items"][0]["id"],
            }
        with sync_playwright() as playwright:
            opened = playwright.chromium.launch(executable_path=program, args=browser.arguments())
            state = sign_in(opened, url)

            def picture(name: str) -> bytes:
                if name == OVERVIEW:
                    return composed(*(take(opened, url, each, state) for each in (WIDE, PHONE)))
                (screen,) = (each for each in SCREENS if each.name == name)
                at = replace(screen, path=screen.path.format_map(shown))
                return take(opened, url, at, state)

            for name in wanted:
                content = compress(picture(name))
                (FOLDER / f"{name}.png").write_bytes(content)
                print(f"{name}.png {len(content) // 1000} kB", flush=True)
            opened.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
