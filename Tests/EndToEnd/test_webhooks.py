"""Webhooks from the built program to a receiver on this machine, which --allow-network lets it reach."""
import hashlib
import hmac
import http.server
import json
import threading

import pytest
from client import Client
from conftest import PASSWORD
from studio import Studio, until
from visitor import Visitor


@pytest.fixture(scope="module")
def receiver():
    came = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            came.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, came
    server.shutdown()


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    studio = Studio(tmp_path_factory.mktemp("hooks") / "data", options=("--no-install", "--allow-network", "127.0.0.0/8")).start()
    yield studio
    assert studio.stop() == 0


def test_a_program_is_told_of_a_finished_song(studio, receiver):
    port, came = receiver
    chief = Visitor(studio.url)
    chief.send(chief.open("/setup"), "/setup", {
        "code": studio.setup_code(), "site_name": "Hooks", "name": "olive", "email": "olive@example.org", "password": PASSWORD,
    })
    client = Client(studio, studio.create_key("hooks"))
    address = f"http://127.0.0.1:{port}/hook"
    assert client.post("/api/v1/webhooks/endpoints", json={"url": address}).status_code == 403, "off until it is switched on"
    assert chief.send(chief.open("/admin"), "/admin/webhooks", {"webhooks": "http"}).status == 200
    made = client.post("/api/v1/webhooks/endpoints", json={"url": address})
    assert made.status_code == 201, made.text
    job = client.song()
    headers, body = until(lambda: came[0] if came else None, what="a webhook")
    news = json.loads(body)
    assert news["event_type"] == "job.completed" and news["job_id"] == job["id"] and news["status"] == "COMPLETED"
    signed = f"{headers['X-AudioPod-Timestamp']}.".encode() + body
    expected = hmac.new(made.json()["secret"].encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-AudioPod-Signature"] == f"sha256={expected}"
    page = chief.open("/account")
    assert "job.completed" in page.words and made.json()["secret"] not in page.words
