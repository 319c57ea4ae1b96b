"""The log is sent to a syslog receiver as RFC 5424, and nothing waits for the receiver."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.cli.processes.logs.logs import JsonFormatter
from app.cli.processes.logs.syslog import SyslogAddress, SyslogHandler
from app.settings import SettingsError, load_settings

# PRI VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG: RFC 5424 section 6.
MESSAGE = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?P<host>[!-~]{1,255}) fyr"
    r" (?P<process>\d+) (?P<id>[!-~]{1,32}) - (?P<text>.*)",
    re.DOTALL,
)


def read(message: bytes) -> dict[str, str]:
    found = MESSAGE.fullmatch(message.decode())
    assert found is not None, message
    return found.groupdict()


@contextmanager
def logging_to(
    target: str, losses: list[int] | None = None, *, timeout: float = 30
) -> Iterator[logging.Logger]:
    """A logger whose records go to the receiver; all are sent at the end."""
    address = SyslogAddress.parse(target)
    assert address is not None
    on_loss = (losses if losses is not None else []).append
    handler = SyslogHandler(address, on_loss, timeout=timeout)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("fyr.syslog_of_tests")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield logger
    finally:
        handler.close()
        logger.removeHandler(handler)


@contextmanager
def receiver(family: int, kind: int, place: object) -> Iterator[socket.socket]:
    with socket.socket(family, kind) as made:
        made.settimeout(30)
        made.bind(place)  # type: ignore[arg-type]
        if kind == socket.SOCK_STREAM:
            made.listen()
        yield made


def frames(stream: bytes) -> list[bytes]:
    """The messages of a stream with octet counting: RFC 6587 section 3.4.1."""
    found = []
    while stream:
        length, _, rest = stream.partition(b" ")
        found.append(rest[: int(length)])
        stream = rest[int(length) :]
    return found


def received(stream: socket.socket) -> bytes:
    connected, _ = stream.accept()
    with connected:
        connected.settimeout(30)
        return b"".join(iter(lambda: connected.recv(65_536), b""))


def test_a_receiver_by_udp_gets_each_record_with_its_severity() -> None:
    with receiver(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)) as place:
        with logging_to(f"syslog:udp://127.0.0.1:{place.getsockname()[1]}") as log:
            for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, 50):
                log.log(level, "web.failed path=%s", "/é\n")
        messages = [read(place.recv(65_536)) for _ in range(5)]
    # Facility 3 (system daemons) times 8, plus the severity.
    assert [int(each["pri"]) - 24 for each in messages] == [7, 6, 4, 3, 2]
    assert {each["id"] for each in messages} == {"fyr.syslog_of_tests"}
    assert json.loads(messages[0]["text"])["message"] == "web.failed path=/é\n"


def test_a_receiver_by_tcp_gets_messages_with_their_length() -> None:
    with receiver(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)) as place:
        with logging_to(f"syslog:tcp://127.0.0.1:{place.getsockname()[1]}") as log:
            log.info("audit.entry", extra={"audit": {"action": "user.add", "hash": "f00"}})
            log.info("two\nlines")
        messages = [read(each) for each in frames(received(place))]
    texts = [json.loads(each["text"]) for each in messages]
    assert texts[0]["audit"] == {"action": "user.add", "hash": "f00"}
    assert texts[1]["message"] == "two\nlines"


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_receiver_on_a_unix_socket_gets_them_too(
    kind: socket.SocketKind, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("s") / "log"
    with receiver(socket.AF_UNIX, kind, str(path)) as place:
        with logging_to(f"syslog:{path}") as log:
            log.warning("here")
        sent = place.recv(65_536) if kind == socket.SOCK_DGRAM else frames(received(place))[0]
    assert json.loads(read(sent)["text"])["message"] == "here"


def test_a_long_record_is_cut_to_what_receivers_take() -> None:
    with receiver(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)) as place:
        with logging_to(f"syslog:udp://127.0.0.1:{place.getsockname()[1]}") as log:
            log.info("x" * 100_000)
        assert len(place.recv(200_000)) == 8192


def test_a_receiver_that_is_away_costs_nothing_but_its_records(tmp_path: Path) -> None:
    losses: list[int] = []
    with logging_to(f"syslog:{tmp_path / 'nobody'}", losses) as log:
        for number in range(100):
            log.info("n=%d", number)
    assert sum(losses) == 100


def test_a_receiver_that_reads_nothing_never_makes_a_request_wait() -> None:
    losses: list[int] = []
    with receiver(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        target = f"syslog:tcp://127.0.0.1:{place.getsockname()[1]}"
        with logging_to(target, losses, timeout=0.05) as log:
            # More than the buffers of the connection hold; each call returns at once.
            for number in range(300):
                log.info("n=%d %s", number, "x" * 60_000)
    assert sum(losses) > 0


def test_a_receiver_that_was_restarted_gets_the_next_record(tmp_path: Path) -> None:
    with receiver(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)) as place:
        with logging_to(f"syslog:tcp://127.0.0.1:{place.getsockname()[1]}") as log:
            log.info("first")
            connected, _ = place.accept()
            connected.settimeout(30)
            while b"first" not in connected.recv(4096):
                pass
            connected.close()
            log.info("second")
        assert json.loads(read(frames(received(place))[0])["text"])["message"] == "second"


def test_a_handler_that_was_closed_sends_the_next_record() -> None:
    with receiver(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)) as place:
        with logging_to(f"syslog:udp://127.0.0.1:{place.getsockname()[1]}") as log:
            log.info("first")
            # As logging.config.dictConfig does with the handlers that exist.
            log.handlers[0].close()
            log.info("second")
        texts = [json.loads(read(place.recv(65_536))["text"]) for _ in range(2)]
    assert [each["message"] for each in texts] == ["first", "second"]


TARGETS = {
    "stderr": None,
    "stdout": None,
    "syslog:/dev/log": SyslogAddress("unix", "/dev/log"),
    "syslog:udp://logs.example:514": SyslogAddress("udp", "logs.example", 514),
    "syslog:tcp://[fd00::1]:601": SyslogAddress("tcp", "fd00::1", 601),
}


@pytest.mark.parametrize("target", TARGETS)
def test_the_setting_and_the_sender_read_one_address(target: str) -> None:
    assert load_settings(_env_file=None, log_target=target).log_target == target
    assert SyslogAddress.parse(target) == TARGETS[target]


@pytest.mark.parametrize(
    "target",
    [
        "",
        "syslog",
        "syslog:",
        "syslog:udp://logs.example",
        "syslog:udp://logs.example:0",
        "syslog:tcp://logs.example:65536",
        "syslog:tls://logs.example:6514",
        "syslog:tcp://u:p@logs.example:601",
        "file:/var/log/fyr",
    ],
)
def test_another_target_is_refused_with_what_is_possible(target: str) -> None:
    assert SyslogAddress.parse(target) is None
    with pytest.raises(SettingsError, match="FYR_LOG_TARGET: must be stderr, stdout, syslog:"):
        load_settings(_env_file=None, log_target=target)
