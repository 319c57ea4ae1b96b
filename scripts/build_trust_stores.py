"""Build app/trust/data: the dated trust stores, from released packages.

Run by hand: `python scripts/build_trust_stores.py`. Reproducible: the same releases give the same
bytes. Each release is fetched by pip from wherever pip is set up to look, checked against the hash
pinned here, and named in stores.json beside what was taken from it.
"""

import base64
import gzip
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "app" / "trust" / "data"
BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class Release:
    """One store and the released file it is taken from."""

    store: str
    package: str
    version: str
    sha256: str
    member: str
    licence: str
    on: str


# One line each. The 2021 store is the last list that older systems were shipped with while it
# still held DST Root CA X3, the root whose end broke them on 2021-09-30.
RELEASES = (
    Release(
        store="mozilla-2021",
        package="certifi",
        version="2021.5.30",
        sha256="50b1e4f8446b06f41be7dd6338db18e0990601dce795c2b1686458aa7e8fa7d8",
        member="certifi/cacert.pem",
        licence="MPL-2.0",
        on="2021-05-30",
    ),
)


def main() -> None:
    roots: dict[str, bytes] = {}
    stores: dict[str, object] = {}
    for release in RELEASES:
        found = {hashlib.sha256(der).hexdigest(): der for der in roots_of(fetch(release), release)}
        roots |= found
        stores[release.store] = {
            "package": release.package,
            "version": release.version,
            "sha256": release.sha256,
            "member": release.member,
            "licence": release.licence,
            "on": release.on,
            "roots": list(found),
        }
    DATA.mkdir(parents=True, exist_ok=True)
    note = "Built by scripts/build_trust_stores.py; do not edit."
    index = json.dumps({"note": note, "stores": stores}, indent=1) + "\n"
    (DATA / "stores.json").write_text(index, encoding="utf-8")
    pem = b"".join(encoded(roots[fingerprint]) for fingerprint in sorted(roots))
    # No time and no name in the header: the same roots give the same file.
    (DATA / "roots.pem.gz").write_bytes(gzip.compress(pem, compresslevel=9, mtime=0))
    print(f"{len(stores)} stores, {len(roots)} distinct roots")


def fetch(release: Release) -> bytes:
    """The wheel's bytes, checked against the pinned hash; exits with a message otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{release.package}=={release.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*command, "--only-binary", ":all:", "-d", folder, wanted], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        content = wheel.read_bytes()
        actual = hashlib.sha256(content).hexdigest()
        if actual != release.sha256:
            sys.exit(f"{wheel.name} has SHA-256 {actual}, expected {release.sha256}")
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(release.member)


def roots_of(pem: bytes, release: Release) -> Iterator[bytes]:
    """The DER bytes of each root in the order of the file."""
    blocks = BLOCK.findall(pem)
    if not blocks:
        sys.exit(f"{release.member} of {release.package} {release.version} has no certificates")
    for body in blocks:
        yield base64.b64decode(b"".join(body.split()))


def encoded(der: bytes) -> bytes:
    """One PEM block."""
    text = base64.encodebytes(der)
    return b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"


if __name__ == "__main__":
    main()
