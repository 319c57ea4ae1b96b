"""What probes cost, each figure beside a yardstick measured in the same run.

`python -m benchmarks.probes [TARGETS]`: handshakes against `openssl s_time` on the same server,
whole probes with ten profiles, ten times the targets, and memory while 2,000 wait. Costs are the
processor time of the client alone, so that what else the machine does matters little.
"""

import asyncio
import gc
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from statistics import median
from time import process_time

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.domain.certificates.probe_results import EndpointScan
from app.net.guard import Guard
from app.probes.scanner import Scanner
from app.trust.clients.profiles import Profile, shipped_profiles
from app.trust.clients.stores import Store
from app.trust.scan import examine_scan
from app.trust.timeline import clear_timelines
from app.trust.x509.certificate import parse
from benchmarks.judge import NOON, make, profiles_with

__all__ = ["main"]

HOST = "probed.example"
_ROUNDS, _IN_FLIGHT, _SECONDS = 5, 2000, 2
_WAITING = "waiting"
_LOOPBACK = (ip_network("127.0.0.0/8"),)
# Goals of the trust engine, per minute and core: must, stretch; and megabytes.
_TARGETS_A_MINUTE, _MEGABYTES = (30_000, 60_000), (300, 120)


async def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def scanner(concurrency: int = 100, patience: float = 60) -> Scanner:
    return Scanner(Guard(_LOOPBACK, here), patience, concurrency)


@contextmanager
def served(file: Path | None) -> Iterator[int]:
    """A server in a process of its own; gives its port."""
    command = [sys.executable, "-m", "benchmarks.tls_server", *([str(file)] if file else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()


def chain(folder: Path) -> tuple[Path, Store]:
    """A chain of four certificates with its key, and the store with its root."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(4)]
    names = ["Root", "Upper", "Inter", HOST]
    ders = [make("Root", keys[0], "Root", keys[0], days=4000, ca=True)]
    for below in (1, 2, 3):
        signer = keys[below - 1]
        days, ca = (60, False) if below == 3 else (900, True)
        ders.append(make(names[below], keys[below], names[below - 1], signer, days=days, ca=ca))
    secret = keys[3].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pems = [x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders[::-1]]
    file = folder / "served.pem"
    file.write_bytes(b"".join([secret, *pems]))
    return file, Store("own", [parse(ders[0])])


def cost(act: Callable[[], object]) -> float:
    """The processor time of this process while it does that, in seconds."""
    began = process_time()
    act()
    return process_time() - began


def surveyed(port: int, targets: int, then: Callable[[EndpointScan], object] = bool) -> None:
    """So many targets looked at, each once, and what was seen handed on."""

    async def all_of_them() -> None:
        ours, left = scanner(), iter(range(targets))

        async def work() -> None:
            for _ in left:
                seen = await ours.scan(HOST, port)
                assert seen.failure is None, seen.failure
                then(seen)

        # As the worker does: a target begins when another is done with.
        await asyncio.gather(*(work() for _ in range(ours.concurrency)))

    asyncio.run(all_of_them())


def s_time(port: int) -> float:
    """The processor time of one handshake that `openssl s_time` makes, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-time", str(_SECONDS)],
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    counts = [line.split()[0] for line in done.stdout.splitlines() if " connections in " in line]
    return spent / int(counts[-1])


def handshakes(port: int, targets: int) -> None:
    if shutil.which("openssl") is None:
        print("openssl is not here, so there is no yardstick")
        return
    # Taking turns, since others use the machine too.
    pairs = [
        (cost(lambda: surveyed(port, targets)) / targets, s_time(port)) for _ in range(_ROUNDS)
    ]
    ours, theirs = zip(*pairs, strict=True)
    print(f"{'one look, processor time':<44} {median(ours) * 1e6:>8,.0f} us")
    ratio = median(b / a for a, b in zip(ours, theirs, strict=True))
    print(f"{'one handshake of openssl s_time':<44} {median(theirs) * 1e6:>8,.0f} us")
    print(f"{'looks per core / handshakes of s_time':<44} {ratio:>8.2f}")


def whole(port: int, targets: int, ten: list[Profile]) -> None:
    """Look and judgement for ten profiles: of a chain seen before, and of one worked out anew."""

    def judged(seen: EndpointScan) -> None:
        examine_scan(seen, at=NOON, profiles=ten)

    def anew(seen: EndpointScan) -> None:
        clear_timelines()
        judged(seen)

    def each_of(then: Callable[[EndpointScan], object]) -> float:
        return median(cost(lambda: surveyed(port, targets, then)) for _ in range(_ROUNDS)) / targets

    for said, then in (("chain seen before", judged), ("worked out anew", anew)):
        each = each_of(then)
        must, stretch = _TARGETS_A_MINUTE
        rate = 60 / each
        print(
            f"{'whole probe, 10 profiles, ' + said:<44} {each * 1e6:>8,.0f} us  {rate:>7,.0f}/min"
            f"  {rate / must:.2f} of must, {rate / stretch:.2f} of stretch"
        )


def growth(port: int, targets: int, ten: list[Profile]) -> None:
    def judged(seen: EndpointScan) -> None:
        examine_scan(seen, at=NOON, profiles=ten)

    few = targets // 5
    pairs = [
        (
            cost(lambda: surveyed(port, few, judged)),
            cost(lambda: surveyed(port, 10 * few, judged)),
        )
        for _ in range(_ROUNDS)
    ]
    ratio = median(much / little for little, much in pairs)
    print(f"{'10 times the targets cost':<44} {ratio:>8.1f} times the processor time, goal 10")


def waiting(port: int) -> None:
    """Megabytes with 2,000 handshakes that wait for the first byte."""

    async def hold() -> tuple[float, float]:
        await scanner(patience=0.2).scan(HOST, port)
        gc.collect()
        before = resident_mb()
        ours = scanner(_IN_FLIGHT)
        tasks = [asyncio.create_task(ours.scan(HOST, port)) for _ in range(_IN_FLIGHT)]
        await _until_all_wait(tasks)
        during = resident_mb()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return before, during

    before, during = asyncio.run(hold())
    each = (during - before) * 1024 / _IN_FLIGHT
    must, stretch = _MEGABYTES
    print(
        f"{'resident with 2,000 handshakes in flight':<44} {during:>8.0f} MB, {each:.0f} kB each;"
        f" must {must}, stretch {stretch}"
    )


async def _until_all_wait(tasks: list["asyncio.Task[EndpointScan]"]) -> None:
    """Until memory no longer grows."""
    last = 0.0
    while abs(resident_mb() - last) > 0.5:
        last = resident_mb()
        await asyncio.sleep(2)
    assert not any(task.done() for task in tasks)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024 / 1024


def all_wait() -> None:
    """Print the memory that waiting handshakes take."""
    _raise_limit()
    with served(None) as port:
        waiting(port)


def _raise_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main(targets: int = 500) -> None:
    # In a process of its own, which holds nothing but what probing needs.
    subprocess.run([sys.executable, "-m", "benchmarks.probes", _WAITING], check=True)
    with tempfile.TemporaryDirectory() as name:
        file, store = chain(Path(name))
        ten = profiles_with(store, list(shipped_profiles())[:10])
        with served(file) as port:
            surveyed(port, 50)
            handshakes(port, targets)
            whole(port, targets, ten)
            growth(port, targets, ten)


if __name__ == "__main__":
    if sys.argv[1:] == [_WAITING]:
        all_wait()
    else:
        main(*map(int, sys.argv[1:2]))
