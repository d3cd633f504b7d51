"""Stems of a finished song: asked for, made between songs, fetched by links."""
import io
import re
import urllib.parse
import zipfile

import numpy
import pytest
import requests
from client import decode, download
from studio import until


@pytest.fixture(scope="module")
def take(client):
    """A job of two variations."""
    return client.song(task="text2music", caption="funk with brass", instrumental=True, audio_duration=6, batch_size=2, seed=5,
                       display_name="Füße: funk")


@pytest.fixture(scope="module")
def stems(client, take):
    answer = client.post(f"/api/v1/music/jobs/{take['id']}/stems?variation=1")
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] in ("PENDING", "PROCESSING") and answer.json()["stems"] == []
    made = client.stems(take["id"], 1)
    assert made["status"] == "COMPLETED", made["error_message"]
    return made


def test_the_stems_add_up_to_the_song(take, stems):
    song, rate, _ = decode(download(take["outputs"][1]["output_urls"]["flac"]).content)
    total = numpy.zeros_like(song)
    for stem in stems["stems"]:
        answer = download(stem["url"])
        samples, stem_rate, kind = decode(answer.content)
        assert (stem_rate, kind, len(samples)) == (rate, "FLAC", len(song))
        assert len(answer.content) == stem["bytes"]
        total += samples
    error = 10 * numpy.log10(numpy.mean((total - song) ** 2) / numpy.mean(song**2))
    assert error < -60, f"{error:.1f} dB"
    assert stems["note"] is None
    assert len(stems["stems"]) >= 3


def test_the_archive_holds_the_same_files(stems):
    answer = download(stems["zip_url"])
    assert answer.headers["Content-Type"] == "application/zip"
    assert len(answer.content) == stems["zip_bytes"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert [name[3:-5] for name in archive.namelist()] == [stem["name"] for stem in stems["stems"]]
    for name, stem in zip(archive.namelist(), stems["stems"]):
        assert archive.read(name) == download(stem["url"]).content


def test_files_have_telling_names(take, stems):
    found = re.search(r"filename\*=UTF-8''(\S+)", download(stems["stems"][0]["url"]).headers["Content-Disposition"])
    assert urllib.parse.unquote(found[1]) == f"Füße_ funk – {stems['stems'][0]['name']} [{take['id']}].flac"


def test_only_the_variation_that_was_asked_for_is_made(client, take, stems):
    sets = client.get(f"/api/v1/music/jobs/{take['id']}/stems").json()["variations"]
    assert [each["variation"] for each in sets] == [1]
    again = client.post(f"/api/v1/music/jobs/{take['id']}/stems?variation=1").json()
    assert again["status"] == "COMPLETED" and len(again["stems"]) == len(stems["stems"])


def test_what_cannot_be_made_is_refused(client, studio, take):
    path = f"/api/v1/music/jobs/{take['id']}/stems"
    for variation in ("8", "-1", "x", "9223372036854775808"):
        answer = client.post(f"{path}?variation={variation}")
        assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "variation", answer.text
    assert client.post(f"{path}?variation=2").status_code == 404
    assert client.post("/api/v1/music/jobs/999999/stems").status_code == 404
    assert studio.post(path).status_code == 401
    cancelled = client.create(audio_duration=600)
    client.post(f"/api/v1/music/jobs/{cancelled}/cancel")
    client.finished(cancelled)
    assert client.post(f"/api/v1/music/jobs/{cancelled}/stems").status_code == 400


def test_a_link_opens_its_own_file_alone(studio, stems):
    link = stems["stems"][0]["url"]
    other = stems["stems"][1]["id"]
    assert studio.get(link.removeprefix(studio.url).replace(stems["stems"][0]["id"], other)).status_code == 404
    assert studio.get(re.sub(r"token=.*", "token=1.x", link.removeprefix(studio.url))).status_code == 404
    part = studio.get(link.removeprefix(studio.url), headers={"Range": "bytes=0-3"})
    assert part.status_code == 206 and part.content == b"fLaC"


def test_stems_go_with_their_song(client):
    job = client.song(audio_duration=1)["id"]
    client.post(f"/api/v1/music/jobs/{job}/stems")
    made = client.stems(job, 0)
    assert client.call("DELETE", f"/api/v1/music/jobs/{job}").status_code == 200
    folder = client.studio.data / "media" / f"{job & 0xff:02x}" / str(job)
    until(lambda: not folder.exists(), 10, what="the removal of the files")
    assert requests.get(made["zip_url"], timeout=10).status_code == 404
    assert client.get(f"/api/v1/music/jobs/{job}/stems").status_code == 404
