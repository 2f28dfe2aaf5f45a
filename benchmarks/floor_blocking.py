"""The floor of the blocking flavour: prepared bytes over plain blocking sockets. Usage: see measure.py."""

from __future__ import annotations

import socket

from measure import JOB, SETTINGS, microseconds, report, resident_bytes

floor = SETTINGS["floor"]
HELLO, REQUEST = bytes.fromhex(floor["hello"]), bytes.fromhex(floor["request"])
BUFFER = bytearray(1 << 18)


def receive(sock: socket.socket, size: int) -> None:
    while size:
        got = sock.recv_into(BUFFER)
        if not got:
            raise SystemExit("the stub hung up")
        size -= got


def connect() -> socket.socket:
    host, port = SETTINGS["endpoint"].removeprefix("http://").split(":")
    sock = socket.create_connection((host, int(port)))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(HELLO)
    receive(sock, floor["hello_reply_size"])
    return sock


def timed() -> float:
    """Every connection sends its whole window in one write, then collects the replies."""
    sockets = [connect() for _ in range(floor["connections"])]
    request, reply_size = REQUEST * floor["window"], floor["reply_size"] * floor["window"]
    operations = floor["connections"] * floor["window"] * floor["operations"]

    def turn() -> int:
        for sock in sockets:
            sock.sendall(request)
        for sock in sockets:
            receive(sock, reply_size)
        return operations

    return microseconds(turn)


def memory() -> dict[str, float]:
    held = [connect()]
    before = resident_bytes()
    held += [connect() for _ in range(SETTINGS["connections"])]
    return {"memory_base": before, "memory": (resident_bytes() - before) / SETTINGS["connections"]}


match JOB:
    case "first_call":
        sock = connect()
        sock.sendall(REQUEST)
        receive(sock, floor["reply_size"])
        report({})
    case "memory":
        report(memory())
    case _:
        report({JOB: timed()})
