"""Recordings that users bring, through the real nginx: kept, listened to, made into songs; hostile files and addresses."""
import http.server
import io
import os
import pathlib
import struct
import threading
import time

import numpy
import pytest
import requests
import soundfile
from client import Client, decode, download
from studio import REPOSITORY, Studio, until
from visitor import Page

RATE = 44_100


def tone(seconds=2.0, rate=RATE, channels=2, kind="WAV", subtype=None, pitch=440.0):
    """A sound file of a tone, as bytes."""
    time_ = numpy.arange(int(seconds * rate)) / rate
    samples = numpy.repeat((0.3 * numpy.sin(2 * numpy.pi * pitch * time_))[:, None], channels, axis=1)
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


def send(client, content, name="tone.wav", path="/api/v1/music/uploads", **fields):
    return client.post(path, files={"file": (name, content)}, data=fields, timeout=60)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A studio that may fetch from this machine."""
    studio = Studio(tmp_path_factory.mktemp("home") / "data", options=("--no-install", "--allow-network", "127.0.0.0/8")).start()
    yield studio
    assert studio.stop() == 0


@pytest.fixture(scope="module")
def neighbour(studio):
    return Client(studio, studio.create_user_key("neighbour"))


@pytest.fixture(scope="module")
def pages():
    """A web server on this machine, with a tone and all kinds of trouble."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            body = tone(1.5)
            if self.path == "/missing.wav":
                self.send_error(404)
                return
            if self.path == "/page":
                body = b"<!DOCTYPE html><title>Log in</title>"
            if self.path == "/hop":
                self.send_response(302)
                self.send_header("Location", "/tone.wav")
                self.end_headers()
                return
            if self.path == "/home":
                self.send_response(302)
                self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()


@pytest.mark.parametrize("kind,subtype,content_type", [
    ("WAV", "PCM_16", "audio/wav"), ("FLAC", "PCM_24", "audio/flac"), ("MP3", "MPEG_LAYER_III", "audio/mpeg"),
    ("OGG", "VORBIS", "audio/ogg"), ("OGG", "OPUS", "audio/ogg"), ("AIFF", "PCM_24", "audio/aiff"), ("CAF", "PCM_16", "audio/x-caf"),
])
def test_a_file_is_kept_losslessly(client, kind, subtype, content_type):
    rate = 48_000 if subtype == "OPUS" else RATE
    answer = send(client, tone(kind=kind, subtype=subtype, rate=rate), "misleading.txt")
    assert answer.status_code == 200, answer.text
    upload = answer.json()
    assert upload["content_type"] == content_type and upload["filename"] == "misleading.txt"
    assert abs(upload["duration"] - 2) < 0.1 and upload["truncated"] is False
    samples, kept_rate, kept_kind = decode(download(upload["url"]).content)
    assert (kept_rate, kept_kind, samples.shape[1]) == (48_000, "FLAC", 2)
    assert 0.19 < numpy.sqrt((samples[4800:-4800] ** 2).mean()) < 0.23


def test_uploads_are_listed_and_deleted(client, neighbour):
    upload = send(client, tone(pitch=300)).json()
    assert upload["id"] in [one["id"] for one in client.get("/api/v1/music/uploads").json()]
    assert send(client, tone(pitch=300), "again.wav").json()["id"] == upload["id"]
    path = f"/api/v1/music/uploads/{upload['id']}"
    assert neighbour.get(path).status_code == neighbour.call("DELETE", path).status_code == 404
    assert neighbour.get("/api/v1/music/uploads").json() == []
    refused = neighbour.post("/api/v1/music/cover", json={"src_audio_url": upload["url"], "caption": "jazz"})
    assert refused.status_code == 404
    assert client.call("DELETE", path).json() == {"message": "Upload deleted"}
    assert client.get(path).status_code == 404
    assert requests.get(upload["url"], timeout=30).status_code == 404


def wav(frames, rate, channels, data, bits=32, tag=3):
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", min(frames * channels * bits // 8, 2**32 - 100)) + data
    return b"RIFF" + struct.pack("<I", min(len(body), 2**32 - 1)) + body


def silent_hours(hours):
    """A FLAC of silence: some kilobytes that last for hours."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8_000, 1, format="FLAC") as sound:
        for _ in range(hours * 60):
            sound.write(numpy.zeros(8_000 * 60, dtype="int16"))
    return file.getvalue()


HOSTILE = {
    "nothing": (b"", 400),
    "text": (b"hello, I am a song", 415),
    "a page": (b"<!DOCTYPE html><html></html>", 415),
    "an AAC in MP4": (b"\0\0\0\x18ftypM4A \0\0\0\0" + bytes(4000), 415),
    "a ZIP": (b"PK\x03\x04" + bytes(1000), 415),
    "an SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
    "a head alone": (tone()[:44], 400),
    "a FLAC of noise": (b"fLaC" + bytes(range(256)) * 40, 400),
    "an Ogg of noise": (b"OggS" + bytes(range(256)) * 40, 400),
    "an MP3 of noise": (b"ID3\x04\0\0\0\0\0\x7f" + bytes(range(256)) * 40, 400),
    "99 channels": (wav(10, 48_000, 99, bytes(99 * 40)), 400),
    "1 Hz": (wav(10, 1, 1, bytes(40)), 400),
    "4 GHz": (wav(10, 4_000_000_000 // 100, 1, bytes(40)), 400),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words(client, name):
    content, status = HOSTILE[name]
    answer = send(client, content, "song.wav")
    assert answer.status_code == status, answer.text
    assert len(answer.json()["detail"]) > 15 and "/" not in answer.json()["detail"].replace("16/", "")


@pytest.mark.parametrize("name,content,seconds", [
    ("no numbers", wav(48_000, 48_000, 1, struct.pack("<f", float("nan")) * 24_000 + struct.pack("<f", float("inf")) * 24_000), 1),
    ("a promise", wav(2**31, 48_000, 1, struct.pack("<f", 0.5) * 48_000), 1),
    ("192 kHz", tone(1, rate=192_000), 1),
    ("7.1", tone(1, channels=8), 1),
    ("half a FLAC", tone(8, kind="FLAC")[: len(tone(8, kind="FLAC")) // 2], None),
    ("half an MP3", tone(8, kind="MP3")[:20_000], None),
    ("ten hours of silence", silent_hours(10), 600),
])
def test_a_strange_file_is_kept_within_bounds(client, name, content, seconds):
    began = time.monotonic()
    answer = send(client, content, f"{name}.wav")
    assert answer.status_code in ((200,) if seconds else (200, 400)), answer.text
    if seconds:
        upload = answer.json()
        assert abs(upload["duration"] - seconds) < 0.1 and upload["truncated"] is (name == "ten hours of silence")
        samples, _, _ = decode(download(upload["url"]).content)
        assert numpy.isfinite(samples).all() and len(samples) <= 600 * 48_000
    assert time.monotonic() - began < 40
    assert client.get("/health").status_code == 200


def test_a_body_beyond_the_limit_is_413(client):
    just_too_large = bytes((100 << 20) + 1)
    answer = send(client, just_too_large)
    assert answer.status_code == 413 and "100 MiB" in answer.json()["detail"]
    answer = client.post("/api/v1/music/uploads", data=bytes(102 << 20), headers={"Content-Type": "multipart/form-data; boundary=x"}, timeout=60)
    assert answer.status_code == 413
    assert client.get("/health").status_code == 200


def test_nothing_is_fetched_from_this_machine(client, pages):
    url, seen = pages
    port = url.rsplit(":", 1)[1]
    before = len(seen)
    for host in ("127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"):
        made = client.post("/api/v1/music/cover", json={"src_audio_url": f"http://{host}:{port}/tone.wav", "caption": "jazz"})
        assert made.status_code == 200, made.text
        job = client.finished(made.json()["id"])
        assert job["status"] == "FAILED" and job["error_message"].startswith("Could not fetch source audio"), job["error_message"]
    assert len(seen) == before


@pytest.mark.parametrize("address", [
    "file:///etc/passwd", "gopher://127.0.0.1/", "http://a:b@example.org/a.wav", "http://example.org:22/", "ftp://example.org/a", "nonsense",
])
def test_an_address_that_is_never_fetched_is_400(client, address):
    answer = client.post("/api/v1/music/cover", json={"src_audio_url": address, "caption": "jazz"})
    assert answer.status_code == 400 and answer.json()["error"] == "invalid_url", answer.text


def test_trouble_on_the_way_fails_the_job_in_words(home, pages):
    url, _ = pages
    client = Client(home, home.create_key("end to end"))
    for path, words in (("/missing.wav", "HTTP 404"), ("/page", "A web page can't be read"), ("/home", "not on the public internet")):
        made = client.post("/api/v1/music/cover", json={"src_audio_url": url + path, "caption": "jazz"})
        assert made.status_code == 200, made.text
        job = client.finished(made.json()["id"])
        assert job["status"] == "FAILED" and words in job["error_message"], job["error_message"]
    answer = client.post("/api/v1/music/analyze", json={"audio_url": url + "/missing.wav"})
    assert answer.status_code == 400 and answer.json()["error"] == "source_audio_unavailable"


def bring(visitor, content, name):
    """Uploads a file on the page, as a browser without scripts does; gives the page that it leads to."""
    form = visitor.open("/uploads").form("/uploads")
    return Page(visitor.session.post(
        visitor.url + "/uploads", data=dict(form.submission({}, None)), files={"file": (name, content)},
        headers={"Origin": visitor.url}, timeout=60))


def test_the_pages_work_without_scripts(owner):
    refused = bring(owner, b"<!DOCTYPE html>", "song.mp3")
    assert refused.status == 422 and "can't be read here" in refused.words and refused.form("/uploads")
    page = bring(owner, tone(3, pitch=200), "Nachtlied <b>.wav")
    assert page.status == 200 and page.heading == "Nachtlied <b>.wav" and "stereo" in page.words
    id = page.url.rsplit("/", 1)[1]
    assert owner.fetch(f"/uploads/{id}/peaks").content[:4] == b"\x02\0\0\0"
    form = owner.open(f"/uploads/{id}/use?do=cover")
    again = owner.send(form, f"/uploads/{id}/use", {"caption": "", "display_name": "x"})
    assert again.status == 422 and "Describe the song first" in again.words
    stem = owner.send(owner.open(f"/uploads/{id}/use?do=extract"), f"/uploads/{id}/use", {"track_name": "bass"})
    assert "/jobs/" in stem.url or (stem.status == 422 and "can’t be taken out" in stem.words), stem.words
    gone = owner.send(page, f"/uploads/{id}/delete")
    assert gone.url.endswith("/uploads") and "Nachtlied" not in gone.words
    assert owner.open(f"/uploads/{id}").status == 404


def test_a_form_from_elsewhere_uploads_nothing(owner):
    answer = owner.session.post(owner.url + "/uploads", data={"csrf": "x"}, files={"file": ("a.wav", tone(1))}, timeout=30)
    assert answer.status_code == 403


LISTENERS = os.environ.get("CANTIGA_LISTENERS", "")
CLIP = REPOSITORY / "Tests/ListeningTests/Fixtures/mix_44k_stereo.flac"


def test_the_sdk_hears_covers_and_follows_recordings(studio, client):
    """analyze, cover, reference and extract_stem of the published client, with what they read of the replies."""
    import audiopod
    sdk = audiopod.Client(api_key=client.key, base_url=studio.url)
    song = client.song(task="text2music", caption="slow folk waltz", instrumental=True, audio_duration=12, bpm=90, seed=4)
    url = send(client, download(song["output_urls"]["wav"]).content, "waltz.wav").json()["url"]
    heard = sdk.music.analyze(url)
    assert heard["success"] and abs(heard["duration"] - 12) < 0.5 and heard["error"] is None
    assert {"caption", "lyrics", "bpm", "keyscale", "timesignature", "language", "audio_codes"} <= set(heard)
    began = time.monotonic()
    assert sdk.music.analyze(url) == heard and time.monotonic() - began < 2
    own = sdk.music.analyze(song["output_url"])
    assert own["success"] and own["bpm"] == heard["bpm"]
    for created, task in (
        (sdk.music.cover(url, "bossa nova", audio_cover_strength=0.4), "cover"),
        (sdk.music.reference(url, "bright rock", instrumental=True, duration=5), "reference"),
        (sdk.music.extract_stem(song["output_url"], "drums"), "extract"),
    ):
        job = client.finished(created["id"], 180)
        assert job["task"] == task
        if task != "extract" or job["status"] == "COMPLETED":
            assert job["status"] == "COMPLETED", job["error_message"]
            samples, rate, _ = decode(download(job["output_url"]).content)
            assert abs(len(samples) / rate - (5 if task == "reference" else 12)) <= 0.5
        else:
            assert len(job["error_message"]) > 20


def test_stems_and_words_with_the_networks(tmp_path):
    if not LISTENERS or not pathlib.Path(LISTENERS).is_dir() or not CLIP.exists():
        pytest.skip("the listening pack (CANTIGA_LISTENERS) or the fixture clip is not there: no stem was taken out, no word heard")
    studio = Studio(tmp_path / "data", environment={"CANTIGA_LISTENERS": LISTENERS}).start()
    try:
        client = Client(studio, studio.create_key("end to end"))
        upload = send(client, CLIP.read_bytes(), "clip.flac").json()
        stem = client.finished(client.post(
            "/api/v1/music/extract-stem", json={"src_audio_url": upload["url"], "track_name": "Lead Vocals"}).json()["id"], 180)
        assert stem["status"] == "COMPLETED" and abs(stem["audio_duration"] - upload["duration"]) <= 0.5, stem["error_message"]

        def timed():
            answer = client.post(f"/api/v1/music/{stem['id']}/lrc", timeout=40)
            return answer.json() if answer.status_code == 200 else None

        lrc = until(timed, 120, every=1, what="the words")
        assert lrc["success"] and "home" in lrc["lrc_content"], lrc
        assert client.job(stem["id"])["lrc_content"] == lrc["lrc_content"]
    finally:
        studio.stop()
