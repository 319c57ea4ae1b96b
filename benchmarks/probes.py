"""Probes: processor time of handshakes and of whole probes, and memory of waiting handshakes.

`python -m benchmarks.probes [TARGETS]` probes a local TLS server. The yardstick is `openssl s_time`
on that server, measured in this run. Times are processor time of the client process, which depends
less on the load of the machine than elapsed time.
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
from dataclasses import replace
from functools import partial
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
from app.trust.shared_timelines import clear_timelines
from app.trust.x509.certificate import parse
from benchmarks import goals
from benchmarks.judge import NOON, make_certificate, profiles_with

__all__ = ["main"]

HOST = "probed.example"
_ROUNDS, _IN_FLIGHT, _SECONDS = 5, 2000, 2
_WAITING_ONLY = "waiting"
_LOOPBACK = (ip_network("127.0.0.0/8"),)
# Goals: the required value and the desired one, in targets per minute and core, and in megabytes.
_TARGETS_PER_MINUTE, _MEGABYTES = (30_000, 60_000), (300, 120)


async def resolve_to_loopback(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def scanner(concurrency: int = 100, timeout: float = 60) -> Scanner:
    return Scanner(Guard(_LOOPBACK, resolve_to_loopback), timeout, concurrency)


@contextmanager
def tls_server(file: Path | None) -> Iterator[int]:
    """A TLS server in a separate process; yields its port. Without `file` it sends nothing."""
    command = [sys.executable, "-m", "benchmarks.tls_server", *([str(file)] if file else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()


def write_chain(folder: Path) -> tuple[Path, Store, Callable[[], bytes]]:
    """A PEM file with a chain of four certificates and its key, a store with the root, and a
    function that issues another leaf under these intermediates.
    """
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(4)]
    names = ["Root", "Upper", "Inter", HOST]
    ders = [make_certificate("Root", keys[0], "Root", keys[0], days=4000, ca=True)]
    for level in (1, 2, 3):
        signer = keys[level - 1]
        days, ca = (60, False) if level == 3 else (900, True)
        ders.append(
            make_certificate(names[level], keys[level], names[level - 1], signer, days=days, ca=ca)
        )
    key_pem = keys[3].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pems = [x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders[::-1]]
    file = folder / "served.pem"
    file.write_bytes(b"".join([key_pem, *pems]))
    issue = partial(make_certificate, HOST, keys[3], names[2], keys[2], days=60, ca=False)
    return file, Store("own", [parse(ders[0])]), issue


def cost(call: Callable[[], object]) -> float:
    """The processor time of one call in this process, in seconds."""
    started = process_time()
    call()
    return process_time() - started


def scan_targets(
    port: int, targets: int, use_result: Callable[[EndpointScan], object] = bool
) -> None:
    """Scan the server once for each target, and call `use_result` with each result."""

    async def all_of_them() -> None:
        own_scanner, remaining = scanner(), iter(range(targets))

        async def scan_remaining() -> None:
            for _ in remaining:
                scan = await own_scanner.scan(HOST, port)
                assert scan.failure is None, scan.failure
                use_result(scan)

        # Like app.worker.prober: a fixed number of scans in flight.
        await asyncio.gather(*(scan_remaining() for _ in range(own_scanner.concurrency)))

    asyncio.run(all_of_them())


def s_time_cost(port: int) -> float:
    """The processor time of one handshake of `openssl s_time`, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    completed = subprocess.run(
        ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-time", str(_SECONDS)],
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    counts = [
        line.split()[0] for line in completed.stdout.splitlines() if " connections in " in line
    ]
    return seconds / int(counts[-1])


def measure_handshakes(port: int, targets: int) -> None:
    if shutil.which("openssl") is None:
        print("openssl is not installed: no yardstick")
        return
    # Alternately, so that a change of the load affects each of the two.
    pairs = [
        (cost(lambda: scan_targets(port, targets)) / targets, s_time_cost(port))
        for _ in range(_ROUNDS)
    ]
    scan_costs, openssl_costs = zip(*pairs, strict=True)
    print(f"{'one scan, processor time':<44} {median(scan_costs) * 1e6:>8,.0f} us")
    ratio = median(b / a for a, b in zip(scan_costs, openssl_costs, strict=True))
    print(f"{'one handshake of openssl s_time':<44} {median(openssl_costs) * 1e6:>8,.0f} us")
    print(f"{'scans per core / handshakes of s_time':<44} {ratio:>8.2f}")


def measure_whole_probes(
    port: int, targets: int, ten_profiles: list[Profile], issue: Callable[[], bytes]
) -> None:
    """Scan and judgement for ten profiles: of a known chain, of a leaf that is new under known
    intermediates, and with an empty cache of timelines.
    """
    new_leaves = iter([issue() for _ in range(_ROUNDS * targets)])

    def judge_scan(scan: EndpointScan) -> None:
        examine_scan(scan, at=NOON, profiles=ten_profiles)

    def judge_new_leaf(scan: EndpointScan) -> None:
        # Another certificate instead of the one served; the handshake costs as much.
        (result,) = scan.results
        chain = (next(new_leaves), *result.certificates[1:])
        judge_scan(replace(scan, results=(replace(result, certificates=chain),)))

    def judge_with_empty_cache(scan: EndpointScan) -> None:
        clear_timelines()
        judge_scan(scan)

    def median_cost(use_result: Callable[[EndpointScan], object]) -> float:
        return (
            median(cost(lambda: scan_targets(port, targets, use_result)) for _ in range(_ROUNDS))
            / targets
        )

    for label, use_result in (
        ("warm cache", judge_scan),
        ("new leaf", judge_new_leaf),
        ("empty cache", judge_with_empty_cache),
    ):
        each = median_cost(use_result)
        required, desired = _TARGETS_PER_MINUTE
        rate = 60 / each
        print(
            f"{'whole probe, 10 profiles, ' + label:<44} {each * 1e6:>8,.0f} us  {rate:>7,.0f}/min"
            f"  {rate / required:.2f} of required, {rate / desired:.2f} of desired"
        )
    goals.record("probes", f"{rate:,.0f}/min")


def measure_growth(port: int, targets: int, ten_profiles: list[Profile]) -> None:
    def judge_scan(scan: EndpointScan) -> None:
        examine_scan(scan, at=NOON, profiles=ten_profiles)

    # Fewer than are in flight at a time cost less each: they share the turns of the event loop.
    few_targets = max(targets // 5, 2 * scanner().concurrency)
    pairs = [
        (
            cost(lambda: scan_targets(port, few_targets, judge_scan)),
            cost(lambda: scan_targets(port, 10 * few_targets, judge_scan)),
        )
        for _ in range(_ROUNDS)
    ]
    ratio = median(many_cost / few_cost for few_cost, many_cost in pairs)
    print(f"{'10 times the targets cost':<44} {ratio:>8.1f} times the processor time, goal 10")
    goals.record("probes growth", f"{ratio:.1f} x")


def measure_waiting(port: int) -> None:
    """Print the resident memory with 2,000 handshakes that wait for the first byte."""

    async def measure_memory() -> tuple[float, float]:
        await scanner(timeout=0.2).scan(HOST, port)
        gc.collect()
        before = resident_mb()
        own_scanner = scanner(_IN_FLIGHT)
        tasks = [asyncio.create_task(own_scanner.scan(HOST, port)) for _ in range(_IN_FLIGHT)]
        await _until_all_wait(tasks)
        during = resident_mb()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return before, during

    before, during = asyncio.run(measure_memory())
    each = (during - before) * 1024 / _IN_FLIGHT
    required, desired = _MEGABYTES
    print(
        f"{'resident with 2,000 handshakes in flight':<44} {during:>8.0f} MB, {each:.0f} kB each;"
        f" required {required}, desired {desired}"
    )


async def _until_all_wait(tasks: list["asyncio.Task[EndpointScan]"]) -> None:
    """Wait until the memory no longer grows. Every task must still be waiting then."""
    last = 0.0
    while abs(resident_mb() - last) > 0.5:
        last = resident_mb()
        await asyncio.sleep(2)
    assert not any(task.done() for task in tasks)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024 / 1024


def measure_waiting_in_this_process() -> None:
    """Print the memory that waiting handshakes use; run in a separate process."""
    _raise_limit()
    with tls_server(None) as port:
        measure_waiting(port)


def _raise_limit() -> None:
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))


def main(targets: int = 500) -> None:
    # In a separate process, whose memory holds only what probes need.
    subprocess.run([sys.executable, "-m", "benchmarks.probes", _WAITING_ONLY], check=True)
    with tempfile.TemporaryDirectory() as name:
        file, store, issue = write_chain(Path(name))
        ten_profiles = profiles_with(store, list(shipped_profiles())[:10])
        with tls_server(file) as port:
            scan_targets(port, 50)
            measure_handshakes(port, targets)
            measure_whole_probes(port, targets, ten_profiles, issue)
            measure_growth(port, targets, ten_profiles)


if __name__ == "__main__":
    if sys.argv[1:] == [_WAITING_ONLY]:
        measure_waiting_in_this_process()
    else:
        main(*map(int, sys.argv[1:2]))
