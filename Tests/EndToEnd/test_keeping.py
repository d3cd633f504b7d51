"""What people keep: playlists, and their own data as a file."""
import io
import json
import zipfile

from studio import until


def test_a_playlist_without_scripts(owner, client):
    songs = [client.song(display_name=f"Track {number}", seed=20 + number) for number in (1, 2)]
    page = owner.send(owner.open("/playlists"), "/playlists", {"name": "Rain & sun"})
    assert page.status == 200 and page.heading == "Rain & sun"
    address = next(link for link in owner.open("/playlists").links if link.startswith("/playlists/"))
    number = address.rsplit("/", 1)[1]
    for song in songs:
        job = f"/jobs/{song['id']}"
        assert owner.send(owner.open(job), f"{job}/playlist", {"playlist": number}).heading == "Rain & sun"

    def order():
        words = owner.open(address).words
        return sorted((words.index(f"Track {n}"), n) for n in (1, 2) if f"Track {n}" in words)

    assert [n for _, n in order()] == [1, 2]
    owner.send(owner.open(address), f"{address}/move", {"song": str(songs[1]["id"]), "to": "up"})
    assert [n for _, n in order()] == [2, 1]
    owner.send(owner.open(address), f"{address}/remove", {"song": str(songs[0]["id"])})
    assert [n for _, n in order()] == [2]
    assert owner.send(owner.open(address), f"{address}/delete").heading == "Playlists"


def test_own_data_as_a_file(owner, client, song):
    assert owner.fetch("/account/data").status_code == 404
    owner.send(owner.open("/account"), "/account/data")
    until(lambda: "Download" in owner.open("/account"), what="the archive")
    sent = owner.fetch("/account/data")
    assert sent.status_code == 200 and sent.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(sent.content))
    assert archive.testzip() is None
    jobs = json.loads(archive.read("jobs.json"))
    assert song["id"] in [job["id"] for job in jobs]
    flac = next(name for name in archive.namelist() if name.startswith(f"songs/{song['id']} ") and name.endswith("/0.flac"))
    assert archive.read(flac).startswith(b"fLaC")
    assert json.loads(archive.read("account.json"))["email"] == "olive@example.org"


def test_administrators_see_what_happened(owner):
    page = owner.open("/admin/log")
    assert page.status == 200 and "Asked for their data" in page and "olive" in page.words
