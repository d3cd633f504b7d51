"""Likes, and songs that anybody with the link can hear."""
import pytest
from client import decode
from visitor import Visitor

JOBS = "/api/v1/music/jobs"


@pytest.fixture(scope="module")
def mine(client):
    return client.song(display_name="To be shared", seed=11)


def test_a_song_is_liked_and_found_by_it(client, mine):
    assert client.post(f"{JOBS}/{mine['id']}/like").json()["user_has_liked"] is True
    assert [job["id"] for job in client.get("/api/v1/music/liked").json()] == [mine["id"]]
    assert client.get("/api/v1/music/filters/stats").json()["liked_count"] == 1
    assert client.call("DELETE", f"{JOBS}/{mine['id']}/like").json()["user_has_liked"] is False


def test_whoever_has_the_link_hears_the_song_until_it_is_taken_back(studio, client, mine):
    shared = client.post(f"{JOBS}/{mine['id']}/share", json={"allow_download": False}).json()
    path = shared["share_url"].removeprefix(studio.url)
    assert path == f"/shared/{shared['share_token']}"
    stranger = Visitor(studio.url)
    page = stranger.open(path)
    assert page.status == 200 and page.heading == "To be shared" and "olive" not in page.words
    source = next(at["src"] for name, at in page.elements if name == "audio")
    heard = stranger.fetch(source)
    assert heard.status_code == 200 and heard.headers["Content-Type"] == "audio/mpeg"
    samples, rate, _ = decode(heard.content)
    assert abs(len(samples) / rate - 1) < 0.1
    assert stranger.fetch(source, headers={"Range": "bytes=0-99"}).status_code == 206
    assert stranger.fetch(f"{path}/0.flac").status_code == 403
    assert studio.get(f"/api/v1/music/shared/{shared['share_token']}").json()["can_download"] is False
    assert client.call("DELETE", f"{JOBS}/{mine['id']}/share").status_code == 200
    assert stranger.open(path).status == 404 and stranger.fetch(source).status_code == 404


def test_a_link_from_the_page_allows_what_its_form_says(studio, owner, client, mine):
    page = owner.send(owner.open(f"/jobs/{mine['id']}"), f"/jobs/{mine['id']}/share", {"days": "7", "download": "on"})
    assert page.status == 200 and "with downloads" in page
    shared = client.job(mine["id"])
    stranger = Visitor(studio.url)
    files = stranger.open(shared["share_url"]).downloads
    assert set(files) == {"FLAC", "WAV", "MP3", "OGG"}
    assert stranger.fetch(files["FLAC"]).content.startswith(b"fLaC")
    owner.send(owner.open(f"/jobs/{mine['id']}"), f"/jobs/{mine['id']}/unshare")
    assert stranger.open(shared["share_url"]).status == 404


def test_only_the_embedded_player_may_be_framed(studio, client, mine):
    shared = client.post(f"{JOBS}/{mine['id']}/share").json()
    path = shared["share_url"].removeprefix(studio.url)
    embed, page = studio.get(path + "/embed"), studio.get(path)
    assert embed.headers["Content-Security-Policy"].endswith("frame-ancestors *") and "<script" not in embed.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Robots-Tag"] == embed.headers["X-Robots-Tag"] == "noindex"
    assert f'<meta property="og:audio" content="{shared["share_url"]}/0.mp3">' in page.text
    assert f'<link rel="canonical" href="{shared["share_url"]}">' in page.text
    assert f'<meta property="og:image" content="{shared["share_url"]}/picture.png">' in page.text
    picture = studio.get(path + "/picture.png")
    assert picture.headers["Content-Type"] == "image/png" and picture.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert picture.content.startswith(b"\x89PNG\r\n") and picture.content[16:24] == bytes([0, 0, 4, 176, 0, 0, 2, 118])
    assert studio.get(f"{path}/0.mp3").headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert studio.get("/login").headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert client.call("DELETE", f"{JOBS}/{mine['id']}/share").status_code == 200
    gone = studio.get(path + "/embed")
    assert gone.status_code == 404 and "frame-ancestors 'none'" in gone.headers["Content-Security-Policy"]
