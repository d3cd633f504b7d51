"""What the shipped nginx.conf promises, whatever stands behind it."""
import http.client
import re
import socket
import subprocess
import time

import pytest
import requests
from studio import REPOSITORY, until

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
        "connect-src 'self'; font-src 'none'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@pytest.fixture(scope="module")
def song(probe):
    """A file in the media folder, and its bytes."""
    content = bytes(range(256)) * 400
    (probe.data / "media/song.flac").write_bytes(content)
    return content


def raw(probe, request):
    """Sends bytes as they are and gives the status and the body of the answer."""
    with socket.create_connection(("127.0.0.1", probe.port), timeout=10) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


def test_the_configuration_is_valid(probe):
    tested = subprocess.run(
        ["nginx", "-t", "-p", f"{probe.data}/run/", "-c", "nginx.conf"],
        cwd=probe.data / "run", capture_output=True, text=True,
    )
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr


# --- Headers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/login", "/health", "/nginx-health", "/api/echo", "/api/status/500", "/api/drop", "/uploads",
     "/static/1/errors/errors.css", "/static/1/nothing.css", "/favicon.ico", "/media/song.flac",
     "/media/nothing.flac", "/_protected/song.flac", "/.git/config", "/api/v1/events?count=1"],
)
def test_every_location_sends_every_security_header_once(probe, song, path):
    headers = probe.get(path).raw.headers
    for name, value in SECURITY.items():
        assert headers.getlist(name) == [value], f"{name} at {path}"
    assert headers.getlist("Server") == ["nginx"]
    assert len(headers.getlist("X-Request-Id")) == 1


def test_no_location_adds_a_header_and_so_drops_the_others():
    inside = 0
    for line in (REPOSITORY / "nginx.conf").read_text().splitlines():
        inside += line.startswith("  server {")
        assert not (inside and re.match(r"\s*(add_header|expires)\b", line)), line


def test_a_share_page_may_loosen_the_two_headers_it_needs_to(probe, song):
    headers = probe.get("/share/song.flac").raw.headers
    assert headers.getlist("Content-Security-Policy") == ["frame-ancestors *"]
    assert headers.getlist("Cross-Origin-Resource-Policy") == ["cross-origin"]
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"]


# --- What the backend is told --------------------------------------------------------------------------------


def test_the_backend_gets_the_request_whole(probe):
    answer = probe.post(
        "/api/echo?a=1&b=%20x", data=b"12345", headers={"Content-Type": "text/x-test", "X-Api-Key": "ap_1"}
    ).json()
    told = answer["parameters"]
    assert answer["body"] == 5
    assert told["REQUEST_URI"] == "/api/echo?a=1&b=%20x"
    assert told["QUERY_STRING"] == "a=1&b=%20x"
    assert told["REQUEST_METHOD"] == "POST"
    assert told["CONTENT_TYPE"] == "text/x-test"
    assert told["CONTENT_LENGTH"] == "5"
    assert told["REMOTE_ADDR"] == "127.0.0.1"
    assert told["REQUEST_SCHEME"] == "http"
    assert told["HTTP_HOST"] == f"127.0.0.1:{probe.port}"
    assert told["HTTP_X_API_KEY"] == "ap_1"
    assert re.fullmatch("[0-9a-f]{32}", told["REQUEST_ID"])


def test_a_proxy_header_does_not_become_a_proxy_setting(probe):
    told = probe.get("/api/echo", headers={"Proxy": "http://evil.example"}).json()["parameters"]
    assert told.get("HTTP_PROXY", "") == ""


# --- Files ---------------------------------------------------------------------------------------------------


def test_a_static_file_is_cached_for_good_under_any_hash(probe):
    for hash in ("1", "abc123"):
        answer = probe.get(f"/static/{hash}/errors/errors.css")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_missing_static_file_is_404_and_not_cached(probe):
    answer = probe.get("/static/1/nothing.css")
    assert answer.status_code == 404
    assert "Cache-Control" not in answer.headers


def test_text_is_compressed_and_json_with_its_tokens_is_not(probe):
    assert probe.get("/?size=4000").headers["Content-Encoding"] == "gzip"
    assert probe.get("/static/1/errors/errors.css").headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in probe.get("/api/echo?padding=" + "x" * 2000).headers


@pytest.mark.parametrize(
    "path",
    ["/static/1/../../run", "/static/1/..%2f..%2frun", "/static/1/%2e%2e/%2e%2e/cantiga.sqlite",
     "/static/1/errors/../../nginx.conf", "/static//1//..//nginx.conf", "/static/1/.hidden", "/_protected/song.flac",
     "/_protected/../cantiga.sqlite", "/_errors/404.html", "/%5fprotected/song.flac", "/static/1/errors/",
     "/static/1/errors", "//_protected//song.flac", "/.git/config"],
)
def test_nothing_else_on_the_disk_can_be_reached(probe, song, path):
    status, body = raw(probe, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    if status == 200:
        assert body == b"x" * 10, "the probe's own page, so the path left /static and went to the backend"
    else:
        assert status in (400, 404)


def test_media_comes_from_the_folder_with_the_headers_of_the_backend(probe, song):
    answer = probe.get("/media/song.flac")
    assert answer.content == song
    assert answer.headers["Content-Type"] == "audio/flac"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="song.flac"'
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(song))
    assert answer.headers["ETag"]


@pytest.mark.parametrize(
    "asked,first,last", [("bytes=0-99", 0, 99), ("bytes=1000-", 1000, 102399), ("bytes=-500", 101900, 102399)]
)
def test_a_range_of_media_is_206_with_those_bytes(probe, song, asked, first, last):
    answer = probe.get("/media/song.flac", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/102400"
    assert answer.content == song[first : last + 1]


def test_a_range_beyond_the_end_is_416(probe, song):
    assert probe.get("/media/song.flac", headers={"Range": "bytes=200000-"}).status_code == 416


def test_a_range_of_a_file_that_changed_is_the_whole_file(probe, song):
    answer = probe.get("/media/song.flac", headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert answer.status_code == 200
    assert answer.content == song


def test_head_of_media_tells_the_length_and_sends_nothing(probe, song):
    answer = requests.head(f"{probe.url}/media/song.flac", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(song))
    assert answer.content == b""


# --- Errors --------------------------------------------------------------------------------------------------


def assert_error(answer, status, code, words):
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert body["error"] == code
    assert words in body["detail"]
    assert body["message"] == body["detail"]


def test_a_body_of_one_mebibyte_passes_and_one_byte_more_is_413(probe):
    assert probe.post("/api/echo", data=b"x" * 1048576).json()["body"] == 1048576
    assert_error(probe.post("/api/echo", data=b"x" * 1048577), 413, "payload_too_large", "1 MiB")


def test_an_upload_may_be_a_hundred_times_larger(probe):
    assert probe.post("/api/v1/music/uploads", data=b"x" * (100 << 20)).status_code == 200
    assert_error(probe.post("/api/v1/music/uploads", data=b"x" * ((101 << 20) + 1)), 413, "payload_too_large", "100 MiB")


def test_a_backend_that_drops_the_request_is_502_as_json_with_a_short_retry(probe):
    answer = probe.get("/api/drop")
    assert_error(answer, 502, "service_unavailable", "Repeat the request")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_the_backends_own_errors_pass_as_they_are(probe):
    for status in (400, 404, 413, 429, 500, 503):
        answer = probe.get(f"/api/status/{status}")
        assert answer.status_code == status
        assert answer.json() == {"detail": "the backend says so"}
    assert probe.get("/api/status/429?retry").raw.headers.getlist("Retry-After") == ["7"]
    assert len(probe.get("/api/status/429").raw.headers.getlist("Retry-After")) == 1
    assert "Retry-After" not in probe.get("/api/status/400").headers


def test_a_person_gets_a_page_and_a_program_json(probe):
    for path in ("/static/1/nothing.css", "/_protected/x"):
        answer = probe.get(path)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "Nothing here" in answer.text
    assert_error(probe.get("/media/nothing.flac"), 404, "not_found", "nothing at this address")


def test_malformed_requests_get_a_body_too(probe):
    status, body = raw(probe, b"GET /api/x HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 9000 + b"\r\n\r\n")
    assert (status, b"headers_too_large" in body) == (431, True)
    status, body = raw(probe, b"GET /api/" + b"y" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (status, b"too long" in body) == (414, True)
    status, body = raw(probe, b"GET /api/x HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")
    assert status == 400 and b"well-formed" in body
    status, body = raw(probe, b"TRACE /api/x HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status == 405 and b"method_not_allowed" in body


def test_every_error_page_exists_in_both_forms():
    configuration = (REPOSITORY / "nginx.conf").read_text()
    codes = re.findall(r"/_errors/(\d+)\.\$error_format", configuration)
    assert len(codes) >= 9
    for code in codes:
        page = (REPOSITORY / f"public/errors/{code}.html").read_text()
        assert "<h1>" in page and "style=" not in page and "<script" not in page
        assert (REPOSITORY / f"public/errors/{code}.json").exists()


# --- Limits --------------------------------------------------------------------------------------------------


def test_two_hundred_creates_at_once_are_no_flood(probe):
    with requests.Session() as session:
        answers = [session.post(f"{probe.url}/api/echo", timeout=10).status_code for _ in range(200)]
    assert answers == [200] * 200


def test_reading_is_not_limited(probe):
    with requests.Session() as session:
        answers = {session.get(f"{probe.url}/api/echo", timeout=10).status_code for _ in range(1000)}
    assert answers == {200}


def test_guessing_passwords_is_slowed_down_and_reading_the_form_is_not(probe):
    tries = [probe.post("/login", data={"password": "x"}) for _ in range(8)]
    assert [answer.status_code for answer in tries] == [200] * 6 + [429] * 2
    assert "One moment" in tries[-1].text
    assert int(tries[-1].headers["Retry-After"]) >= 1
    assert probe.get("/login").status_code == 200
    assert_error(probe.post("/api/v1/auth/token"), 429, "rate_limit_exceeded", "Rate limit exceeded")


# --- Events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/music/jobs/7/events"])
def test_an_event_arrives_as_it_is_sent(probe, path):
    with probe.get(f"{path}?count=5", stream=True) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        delays = [
            time.time() - float(line.removeprefix(b"data: "))
            for line in stream.iter_lines(chunk_size=1)
            if line.startswith(b"data: ")
        ]
    assert len(delays) == 5
    assert max(delays) < 0.3


def test_an_address_has_24_streams_and_the_next_is_refused(probe):
    streams = []
    try:
        for _ in range(24):
            streams.append(probe.get("/api/v1/events?count=1&hold=60", stream=True))
        assert {stream.status_code for stream in streams} == {200}
        assert_error(probe.get("/api/v1/events?count=1"), 429, "rate_limit_exceeded", "Rate limit exceeded")
    finally:
        for stream in streams:
            stream.close()


# --- Log -----------------------------------------------------------------------------------------------------


def test_links_that_are_keys_stay_out_of_the_log(probe, song):
    probe.get("/media/song.flac?token=secret-one")
    probe.get("/media/song.flac?x=1&token=secret-two")
    probe.get("/s/secret-three")
    probe.get("/invite/secret-four?a=b")
    log = probe.data / "log/access.log"

    def is_written():
        lines = log.read_text()
        return lines.count("GET /media/song.flac?[redacted] HTTP/1.1") == 2 \
            and "GET /s/[redacted] HTTP/1.1" in lines and "GET /invite/[redacted] HTTP/1.1" in lines

    until(is_written, 15, what="the log's flush")
    assert "secret-" not in log.read_text()
