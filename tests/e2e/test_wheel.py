"""What `pip install` would give: the wheel alone, in an empty environment and an empty folder."""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import sysconfig
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scripts.files import project_files
from tests.network import PLAIN

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 300


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*command, "--directory", str(folder)], cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has our wheel, and the packages of this one."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False, symlinks=True)
    uv = str(Path(sys.executable).parent / "uv")
    install = [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(folder)]
    subprocess.run([*install, str(wheel)], check=True)
    # A path in a .pth file is searched after the environment's own packages, and the .pth files
    # in it (such as the one that makes this checkout importable) are not read.
    packages = next((folder / "lib").glob("python*/site-packages"))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def environment() -> dict[str, str]:
    """No settings but the two that a machine without a network needs."""
    stored = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**stored, "FYR_DATA_DIR": "data", "FYR_ALLOWED_NETWORKS": "127.0.0.0/8"}


def test_the_wheel_carries_every_file_that_the_program_reads(wheel: Path) -> None:
    shipped = {
        f"app/_shipped/{name}"
        for file in project_files(ROOT)
        if (name := file.relative_to(ROOT).as_posix()).startswith(
            ("templates/", "locales/", "migrations/")
        )
    }
    inside = {
        name
        for file in project_files(ROOT)
        if (name := file.relative_to(ROOT).as_posix()).startswith("app/")
    }
    kinds = {Path(name).suffix for name in shipped | inside}
    assert {".html", ".po", ".py", ".css", ".js"} <= kinds, "there is something to carry"
    assert (shipped | inside) - set(ZipFile(wheel).namelist()) == set()


def test_the_wheel_carries_every_document_that_the_program_names(wheel: Path) -> None:
    named = {
        found
        for file in project_files(ROOT / "app")
        if file.suffix == ".py"
        for found in re.findall(r"docs/[a-z_/]+\.md", file.read_text(encoding="utf-8"))
        if not found.startswith("docs/adr")
    }
    assert {"docs/import.md", "docs/settings.md", "docs/subscribers.md"} <= named
    shipped = {f"app/_shipped/{name}" for name in named}
    assert shipped - set(ZipFile(wheel).namelist()) == set()


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"app", "fyr"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".mo")]


def test_the_code_comes_from_the_wheel(bin_folder: Path, empty: Path) -> None:
    output = subprocess.check_output(
        [
            bin_folder / "python",
            "-c",
            "import app; print(app.__file__); print(app.folder('locales'))",
        ],
        cwd=empty,
        text=True,
    )
    code, catalogues = map(Path, output.splitlines())
    assert code.is_relative_to(bin_folder.parent)
    assert (catalogues / "sv" / "LC_MESSAGES" / "messages.po").is_file()
    assert catalogues.is_relative_to(bin_folder.parent)


def test_serve_answers_and_shows_the_page(bin_folder: Path, empty: Path) -> None:
    with serving(bin_folder, empty) as address:
        page = httpx.get(f"{address}/en/")
        assert page.status_code == 200
        assert '<html lang="en"' in page.text
        assert httpx.get(f"{address}/readyz").status_code == 200
    assert list(empty.iterdir()) == [empty / "data"]


def test_a_damaged_catalogue_is_named_and_the_page_goes_on_from_the_snapshot(
    bin_folder: Path, empty: Path
) -> None:
    snapshot, log = empty / "data" / "snapshot", empty.parent / "serve.log"
    with serving(bin_folder, empty):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (snapshot / "pages").exists():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
    (file,) = bin_folder.parent.glob("lib/*/site-packages/app/_shipped/locales/sv/*/messages.po")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    try:
        with serving(bin_folder, empty) as address:
            assert httpx.get(f"{address}/en/").status_code == 200
            assert httpx.get(f"{address}/readyz").status_code == 503
        assert f"The catalogue {file} is damaged" in log.read_text()
        shutil.rmtree(snapshot)
        refused = subprocess.run(
            [bin_folder / "fyr", "serve", "--port", str(free_port())],
            check=False,
            cwd=empty,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert refused.returncode != 0
        assert f"The catalogue {file} is damaged" in refused.stderr
        assert "Traceback" not in refused.stderr
    finally:
        file.write_bytes(content)


def test_probe_looks_at_a_server(bin_folder: Path, empty: Path, tmp_path: Path) -> None:
    with tls_server(tmp_path) as port:
        done = subprocess.run(
            [bin_folder / "fyr", "probe", f"127.0.0.1:{port}", "--json"],
            check=False,
            cwd=empty,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
    assert done.returncode in {0, 1, 2}, done.stderr
    assert isinstance(json.loads(done.stdout), dict)


@contextmanager
def serving(bin_folder: Path, folder: Path) -> Iterator[str]:
    """The address of `fyr serve`; at the end it is asked to stop, and does."""
    port = free_port()
    log = folder.parent / "serve.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [bin_folder / "fyr", "serve", "--port", str(port)],
            cwd=folder,
            env=environment(),
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server, log)
        yield f"http://127.0.0.1:{port}"
        server.terminate()
        assert server.wait(timeout=PATIENCE_SECONDS) in {0, -signal.SIGTERM}, log.read_text()
    finally:
        server.kill()
        server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert server.poll() is None, f"fyr serve ended:\n{log.read_text()}"
        assert time.monotonic() < deadline, f"fyr serve never answered:\n{log.read_text()}"
        try:
            assert httpx.get(url, verify=PLAIN).status_code == 200
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def tls_server(folder: Path) -> Iterator[int]:
    """The port of a server on loopback that shakes hands with a certificate nobody trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(folder))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=shake_hands, args=(context, listening), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def shake_hands(context: ssl.SSLContext, listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:  # the test is over
            return
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()


def self_signed(folder: Path) -> Path:
    """A file with a key and a certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)  # noqa: TID251  # the server's clock is the real one
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


def next_version(wheel: Path, folder: Path) -> Path:
    """The wheel as its next version."""
    version = wheel.name.split("-")[1]
    file = folder / wheel.name.replace(version, "9.9.9")
    with ZipFile(wheel) as former, ZipFile(file, "w") as later:
        record = []
        for each in former.namelist():
            name = each.replace(f"fyr-{version}.dist-info", "fyr-9.9.9.dist-info")
            content = former.read(each)
            if each.endswith(("app/__init__.py", "/METADATA")):
                content = content.replace(version.encode(), b"9.9.9", 1)
            record.append(f"{name},,\n")
            if not name.endswith("/RECORD"):
                later.writestr(name, content)
        later.writestr("fyr-9.9.9.dist-info/RECORD", "".join(record))
    return file


def commit_release(repository: Path, tag: str, wheel: Path | None) -> None:
    """A commit whose `make setup` installs the wheel; without one it fails half-way."""
    uv = Path(sys.executable).parent / "uv"
    install = f"{uv} pip install --quiet --offline --no-deps --python .venv *.whl"
    borrow = "cp borrowed.pth .venv/lib/python*/site-packages/"
    steps = [f"{sys.executable} -m venv --without-pip .venv", install if wheel else "false", borrow]
    repository.mkdir(exist_ok=True)
    (repository / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    (repository / "Makefile").write_text("setup:\n" + "".join(f"\t{step}\n" for step in steps))
    for former in repository.glob("*.whl"):
        former.unlink()
    if wheel is not None:
        shutil.copy(wheel, repository)
    git = ["git", "-C", str(repository), "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", tag], ["tag", tag]):
        subprocess.run([*git, *arguments], check=True)


def test_a_release_is_installed_and_one_that_cannot_be_changes_nothing(
    wheel: Path, tmp_path: Path
) -> None:
    repository, root = tmp_path / "repository", tmp_path / "fyr"
    former = wheel.name.split("-")[1]
    commit_release(repository, "v1", wheel)
    commit_release(repository, "v2", None)
    commit_release(repository, "v3", next_version(wheel, tmp_path))

    def upgrade(*arguments: str) -> int:
        surroundings = environment() | {"FYR_ROOT": str(root), "FYR_RELOAD": "touch reloaded"}
        (tmp_path / "reloaded").unlink(missing_ok=True)
        script = ROOT / "deploy" / "upgrade.sh"
        done = subprocess.run([script, *arguments], check=False, env=surroundings, cwd=tmp_path)
        assert (tmp_path / "reloaded").exists() == (done.returncode == 0)
        return done.returncode

    def current() -> str:
        return subprocess.check_output(
            [root / "current" / ".venv" / "bin" / "fyr", "--version"], env=environment(), text=True
        )

    assert upgrade(str(repository), "v1") == 0
    assert former in current()
    assert upgrade(str(repository), "v2") != 0
    assert upgrade(str(repository), "v4") != 0
    assert former in current()
    assert upgrade(str(repository), "v3") == 0
    assert "9.9.9" in current()
    assert upgrade("--to", "v1") == 0
    assert former in current()
    # An attempt that failed leaves nothing that looks like a release.
    names = {each.name for each in (root / "releases").iterdir()}
    assert {each for each in names if not each.endswith(".new")} == {"v1", "v3"}
    # Installed already: only switched to.
    shutil.rmtree(repository)
    assert upgrade(str(repository), "v3") == 0
