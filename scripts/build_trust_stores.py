"""Builds app/trust/data, the dated trust stores, from released packages.

Run it by hand: `python -m scripts.build_trust_stores`. It is reproducible byte for byte. pip
downloads each release from its configured index; the hash is verified against
scripts/trust_releases.py, and stores.json names the release of each store.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.trust_releases import LISTS, MOZILLA, OBSERVATORY, Release

__all__ = ["DATA", "main", "packed"]

DATA = Path(__file__).resolve().parent.parent / "app" / "trust" / "data"
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----")
_FETCHED = re.compile(r"^date_fetched: (\d{4}-\d{2}-\d{2})\s*$", re.MULTILINE)

# The entry of a store in stores.json, and its roots in their order.
_Store = tuple[dict[str, str], list[bytes]]


def main() -> None:
    stores: dict[str, _Store] = {}
    for name, release in MOZILLA.items():
        with tempfile.TemporaryDirectory() as folder:
            stores[name] = _mozilla(release, Path(folder))
    for release in OBSERVATORY:
        with tempfile.TemporaryDirectory() as folder:
            for name, store in _observatory(release, Path(folder)):
                stores.setdefault(name, store)
    body = packed({name: (entry["on"], ders) for name, (entry, ders) in stores.items()})
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / "stores.bin").write_bytes(body)
    provenance = {
        "note": "Built by scripts/build_trust_stores.py; do not edit.",
        "file": "stores.bin",
        "sha256": hashlib.sha256(body).hexdigest(),
        "stores": {name: entry for name, (entry, _) in sorted(stores.items())},
    }
    text = json.dumps(provenance, indent=1) + "\n"
    (DATA / "stores.json").write_text(text, encoding="utf-8")
    distinct = {der for _, ders in stores.values() for der in ders}
    print(f"{len(stores)} stores, {len(distinct)} distinct roots, {len(body)} bytes")


def packed(stores: Mapping[str, tuple[str, list[bytes]]]) -> bytes:
    """The packed stores: each root once, and for each store its day and the indexes of roots."""
    every = {der for _, ders in stores.values() for der in ders}
    order = sorted(every, key=lambda der: hashlib.sha256(der).digest())
    position = {der: number for number, der in enumerate(order)}
    header: dict[str, Any] = {
        "lengths": [len(der) for der in order],
        "stores": {
            name: {"on": on, "roots": [position[der] for der in ders]}
            for name, (on, ders) in sorted(stores.items())
        },
    }
    plain = json.dumps(header, separators=(",", ":")).encode() + b"\n" + b"".join(order)
    return zlib.compress(plain, 9)


def _mozilla(release: Release, folder: Path) -> _Store:
    member = "certifi/cacert.pem"
    with zipfile.ZipFile(_download(release, folder, "--only-binary")) as archive:
        ders = list(_roots(archive.read(member), member))
    return _entry(release, member, "MPL-2.0", release.on, ders), ders


def _observatory(release: Release, folder: Path) -> Iterator[tuple[str, _Store]]:
    with tarfile.open(_download(release, folder, "--no-binary")) as archive:
        for member in sorted(archive.getnames()):
            kind = LISTS.get(Path(member).name)
            if kind is None or "/pem_files/" not in member:
                continue
            notes = _read(archive, member.removesuffix(".pem") + ".yaml").decode("utf-8")
            found = _FETCHED.search(notes)
            if found is None:
                sys.exit(f"{member} of {release.package} {release.version} has no date")
            ders = list(_roots(_read(archive, member), member))
            licence = "MIT (Trust Stores Observatory)"
            entry = _entry(release, member, licence, found[1], ders)
            yield f"{kind}-{found[1][:7]}", (entry, ders)


def _entry(
    release: Release, member: str, licence: str, on: str, ders: list[bytes]
) -> dict[str, str]:
    return {
        "package": release.package,
        "version": release.version,
        "sha256": release.sha256,
        "member": member,
        "licence": licence,
        "on": on,
        "roots": str(len(ders)),
    }


def _download(release: Release, folder: Path, form: str) -> Path:
    """The released file. Exits with a message when its hash is not the pinned one."""
    requirement = f"{release.package}=={release.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, form, release.package, "-d", str(folder), requirement], check=True)
    (file,) = folder.iterdir()
    actual = hashlib.sha256(file.read_bytes()).hexdigest()
    if actual != release.sha256:
        sys.exit(f"{file.name} has SHA-256 {actual}, expected {release.sha256}")
    return file


def _read(archive: tarfile.TarFile, member: str) -> bytes:
    stream = archive.extractfile(member)
    return b"" if stream is None else stream.read()


def _roots(pem: bytes, member: str) -> Iterator[bytes]:
    """The DER bytes of each root, without duplicates, in the order of the file."""
    blocks = _BLOCK.findall(pem)
    if not blocks:
        sys.exit(f"{member} has no certificates")
    yield from dict.fromkeys(base64.b64decode(b"".join(body.split())) for body in blocks)


if __name__ == "__main__":
    main()
