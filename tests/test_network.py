import socket
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.network import OutsideWorldError, serving_threads, started


def test_no_connection_leaves_this_machine() -> None:
    with socket.socket() as sock, pytest.raises(OutsideWorldError):
        sock.connect(("192.0.2.1", 443))


def test_nor_one_that_reports_errors_by_number() -> None:
    with socket.socket(socket.AF_INET6) as sock, pytest.raises(OutsideWorldError):
        sock.connect_ex(("2001:db8::1", 443))


def test_other_names_do_not_resolve() -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("status.example.org", 443), timeout=1)


def test_loopback_is_reached_by_address_and_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            with socket.create_connection((host, port), timeout=60) as connection:
                assert connection.getpeername() == ("127.0.0.1", port)


def test_the_thread_of_a_server_ends_with_the_block_also_by_an_exception() -> None:
    def fail() -> None:
        with started(HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)):
            assert len(serving_threads()) == len(before) + 1
            raise ZeroDivisionError

    before = serving_threads()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert serving_threads() == before
