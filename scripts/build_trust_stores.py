"""Build app/trust/data: the dated trust stores, from released packages.

Run by hand: `python -m scripts.build_trust_stores`. Reproducible: the same releases give the same
bytes. Each release is fetched by pip from wherever pip is set up to look, checked against the hash
pinned in scripts/trust_releases.py, and named in stores.json beside what was taken from it.
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

# What stores.json says of a store, and its roots in their order.
_Store = tuple[dict[str, str], list[bytes]]


def main() -> None:
    stores: dict[str, _Store] = {}
    for name, release in MOZILLA.items():
        with tempfile.TemporaryDirectory() as folder:
            stores[name] = _mozilla(release, Path(folder))
    for release in OBSERVATORY:
        with tempfile.TemporaryDirectory() as folder:
            for name, store in _observed(release, Path(folder)):
                stores.setdefault(name, store)
    body = packed({name: (told["on"], ders) for name, (told, ders) in stores.items()})
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / "stores.bin").write_bytes(body)
    provenance = {
        "note": "Built by scripts/build_trust_stores.py; do not edit.",
        "file": "stores.bin",
        "sha256": hashlib.sha256(body).hexdigest(),
        "stores": {name: told for name, (told, _) in sorted(stores.items())},
    }
    text = json.dumps(provenance, indent=1) + "\n"
    (DATA / "stores.json").write_text(text, encoding="utf-8")
    distinct = {der for _, ders in stores.values() for der in ders}
    print(f"{len(stores)} stores, {len(distinct)} distinct roots, {len(body)} bytes")


def packed(stores: Mapping[str, tuple[str, list[bytes]]]) -> bytes:
    """Each root once, and per store its day and the positions of its roots; see app/trust/pack."""
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
    with zipfile.ZipFile(_fetched(release, folder, "--only-binary")) as archive:
        ders = list(_roots(archive.read(member), member))
    return _told(release, member, "MPL-2.0", release.on, ders), ders


def _observed(release: Release, folder: Path) -> Iterator[tuple[str, _Store]]:
    with tarfile.open(_fetched(release, folder, "--no-binary")) as archive:
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
            told = _told(release, member, licence, found[1], ders)
            yield f"{kind}-{found[1][:7]}", (told, ders)


def _told(
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


def _fetched(release: Release, folder: Path, form: str) -> Path:
    """The released file, checked against the pinned hash; exits with a message otherwise."""
    wanted = f"{release.package}=={release.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, form, release.package, "-d", str(folder), wanted], check=True)
    (file,) = folder.iterdir()
    actual = hashlib.sha256(file.read_bytes()).hexdigest()
    if actual != release.sha256:
        sys.exit(f"{file.name} has SHA-256 {actual}, expected {release.sha256}")
    return file


def _read(archive: tarfile.TarFile, member: str) -> bytes:
    stream = archive.extractfile(member)
    return b"" if stream is None else stream.read()


def _roots(pem: bytes, member: str) -> Iterator[bytes]:
    """The DER bytes of each root in the order of the file, each once."""
    blocks = _BLOCK.findall(pem)
    if not blocks:
        sys.exit(f"{member} has no certificates")
    yield from dict.fromkeys(base64.b64decode(b"".join(body.split())) for body in blocks)


if __name__ == "__main__":
    main()
