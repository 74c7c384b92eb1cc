"""Lost clients, rubbish on the socket, many sessions, another client."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import oracledb
import pyora
import pytest
from net_servers import start_server, stop_server
from patience import STALL, until


def connect(dsn: str) -> oracledb.Connection:
    return oracledb.connect(user="scott", password="tiger", dsn=dsn)


def address(dsn: str) -> tuple[str, int]:
    host, port = dsn.partition("/")[0].split(":")
    return host, int(port)


def children(process: subprocess.Popen[str]) -> list[int]:
    listing = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in listing.split()]


def wait_for_no_children(process: subprocess.Popen[str]) -> None:
    until(lambda: not children(process), "the end of every session's process")


def test_every_session_process_ends_with_its_client() -> None:
    process, dsn = start_server("23ai")
    try:
        connections = [connect(dsn) for _ in range(5)]
        assert len(children(process)) == 5
        for connection in connections[:3]:
            connection.close()
        with socket.create_connection(address(dsn)):
            pass
        script = (
            "import oracledb, os, threading\n"
            f"c = oracledb.connect(user='scott', password='tiger', dsn='{dsn}')\n"
            "t = threading.Timer(0.3, os._exit, [0]); t.start()\n"
            "c.cursor().execute('begin sleep(:s); end;', [60])\n"
        )
        subprocess.run([sys.executable, "-c", script], check=True, timeout=STALL)
        for connection in connections[3:]:
            connection.close()
        wait_for_no_children(process)
    finally:
        stop_server(process)


def test_rubbish_ends_its_connection_and_not_the_server() -> None:
    process, dsn = start_server("23ai")
    generator = random.Random(20261124)
    try:
        for size in (0, 1, 8, 30, 300):
            with socket.create_connection(address(dsn)) as sock:
                sock.sendall(generator.randbytes(size))
        connect_packet = bytes.fromhex("00480000010000000000013f012c00010000200000004f9800000001")
        with socket.create_connection(address(dsn)) as sock:
            sock.sendall(connect_packet)
        with connect(dsn) as connection:
            connection.ping()
        wait_for_no_children(process)
    finally:
        stop_server(process)


def test_corrupt_requests_of_a_live_session_do_not_reach_others(modern_dsn: str) -> None:
    """A relay flips bytes of what the client sends after the log-on."""
    generator = random.Random(7)

    def forward(source: socket.socket, target: socket.socket, clean: int) -> None:
        """Pass on ``clean`` packets as they are, the rest with some bytes flipped."""
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                clean -= 1
                if clean < 0:
                    noise = (generator.choice((0, 0, 0, 255)) for _ in data)
                    data = bytes(
                        byte if at < 12 else byte ^ flip
                        for at, (byte, flip) in enumerate(zip(data, noise, strict=True))
                    )
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def relay(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client, socket.create_connection(address(modern_dsn)) as server:
            back = threading.Thread(target=forward, args=(server, client, 10**9), daemon=True)
            back.start()
            forward(client, server, 4)
            back.join(STALL)

    for _ in range(3):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=relay, args=(listener,), daemon=True)
            thread.start()
            port = listener.getsockname()[1]
            with pytest.raises(oracledb.Error):
                connection = oracledb.connect(
                    user="scott",
                    password="tiger",
                    dsn=f"127.0.0.1:{port}/FREEPDB1",
                    tcp_connect_timeout=STALL,
                )
                connection.call_timeout = 1000
                for _ in range(5):
                    connection.cursor().execute("select n, text from numbers where n < 3")
            thread.join(STALL)
    with connect(modern_dsn) as connection:
        connection.ping()


def test_a_session_process_that_dies_is_noticed() -> None:
    process, dsn = start_server("23ai")
    try:
        connection = connect(dsn)
        (child,) = children(process)
        os.kill(child, signal.SIGKILL)
        wait_for_no_children(process)
        with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
            connection.ping()
        connection.close()
    finally:
        stop_server(process)


def test_eight_clients_read_at_once(modern_dsn: str) -> None:
    counts: list[int] = []

    def work() -> None:
        with connect(modern_dsn) as connection, connection.cursor() as cursor:
            cursor.execute("select n, text from numbers where n < 1000")
            counts.append(len(cursor.fetchall()))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1000] * 8


def test_another_driver_connects_and_queries(modern_dsn: str) -> None:
    """``oracle-driver`` is a port of go-ora, written independently of Oracle's own driver."""
    connection = pyora.connect(f"oracle://scott:tiger@{modern_dsn}")
    try:
        cursor = connection.cursor()
        cursor.execute("select n, text from numbers where n < 1000")
        rows = cursor.fetchall()
        assert [int(row[0]) for row in rows] == list(range(1000))
        assert rows[7][1] == "row 7 " + "x" * 7
        with pytest.raises(pyora.OracleError, match="942"):
            cursor.execute("select 1 from missing")
    finally:
        connection.close()
