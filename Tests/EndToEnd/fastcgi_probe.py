#!/usr/bin/env python3
"""A backend that answers as its path says, to test nginx.conf and `run` by themselves.

Started as `run` starts the real one: `fastcgi_probe.py serve --data DIR`. What it answers:

    /health               200
    /api/echo             the FastCGI parameters and the length of the body, as JSON
    /api/status/N         status N with a JSON body of its own, and `Retry-After: 7` where ?retry is asked for
    /api/drop             nothing: the connection is closed, as by a backend that crashed
    /media/NAME           an X-Accel-Redirect to /_protected/NAME
    /share/NAME           the same with the two headers that a share page loosens
    .../events            ?count events 100 ms apart, each the time of its sending; holds on for ?hold seconds
    anything else         a page of ?size bytes
"""
import contextlib
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
import urllib.parse

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


class Exchange:
    """One request on one connection, as nginx makes them without keep-alive."""

    def __init__(self, connection):
        self.connection = connection
        self.incoming = connection.makefile("rb")
        self.parameters, self.body_length = self._read()

    def _read(self):
        parameters, body = b"", 0
        while True:
            _, kind, _, length, padding, _ = struct.unpack("!BBHHBB", self.incoming.read(8))
            content = self.incoming.read(length)
            self.incoming.read(padding)
            if kind == PARAMS:
                parameters += content
            elif kind == STDIN:
                if not content:
                    return self._pairs(parameters), body
                body += len(content)

    @staticmethod
    def _pairs(data):
        pairs, at = {}, 0
        while at < len(data):
            lengths = []
            for _ in range(2):
                length = data[at]
                if length & 0x80:
                    length = struct.unpack("!I", data[at : at + 4])[0] & 0x7FFFFFFF
                    at += 3
                at += 1
                lengths.append(length)
            name, value = data[at : at + lengths[0]], data[at + lengths[0] : at + sum(lengths)]
            pairs[name.decode()] = value.decode()
            at += sum(lengths)
        return pairs

    def write(self, data):
        for at in range(0, len(data), 65528):
            piece = data[at : at + 65528]
            self.connection.sendall(struct.pack("!BBHHBB", 1, STDOUT, 1, len(piece), 0, 0) + piece)

    def answer(self, status=200, body=b"", kind="text/html; charset=utf-8", **headers):
        head = f"Status: {status}\r\nContent-Type: {kind}\r\n"
        head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.write(head.encode() + b"\r\n" + body)

    def finish(self):
        self.connection.sendall(struct.pack("!BBHHBB", 1, STDOUT, 1, 0, 0, 0))
        self.connection.sendall(struct.pack("!BBHHBBIB3x", 1, END, 1, 8, 0, 0, 0, 0))


def send_events(exchange, query):
    exchange.answer(kind="text/event-stream", Cache_Control="no-store")
    for _ in range(int(query.get("count", 3))):
        exchange.write(f"data: {time.time()}\n\n".encode())
        time.sleep(0.1)
    time.sleep(float(query.get("hold", 0)))


def handle(exchange):
    address = urllib.parse.urlsplit(exchange.parameters["REQUEST_URI"])
    query = dict(urllib.parse.parse_qsl(address.query, keep_blank_values=True))
    path = address.path.split("/")
    if address.path.endswith("/events"):
        send_events(exchange, query)
    elif path[1:3] == ["api", "echo"]:
        body = json.dumps({"parameters": exchange.parameters, "body": exchange.body_length})
        exchange.answer(body=body.encode(), kind="application/json")
    elif path[1:3] == ["api", "status"]:
        headers = {"Retry_After": 7} if "retry" in query else {}
        exchange.answer(int(path[3]), b'{"detail": "the backend says so"}', "application/json", **headers)
    elif path[1:3] == ["api", "drop"]:
        return
    elif path[1] in ("media", "share"):
        loosened = {"Content_Security_Policy": "frame-ancestors *", "Cross_Origin_Resource_Policy": "cross-origin"}
        exchange.answer(
            kind="audio/flac",
            X_Accel_Redirect=f"/_protected/{path[2]}",
            Content_Disposition='attachment; filename="song.flac"',
            Cache_Control="private, max-age=60",
            **(loosened if path[1] == "share" else {}),
        )
    else:
        exchange.answer(body=b"x" * int(query.get("size", 10)), X_Content_Type_Options="from-the-backend")
    exchange.finish()


def serve(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1024)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))

    def work(connection):
        with connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            handle(Exchange(connection))

    while True:
        threading.Thread(target=work, args=(listener.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    data = sys.argv[sys.argv.index("--data") + 1]
    serve(os.path.join(data, "run", "cantiga.sock"))
