"""Links to a song's files: open without a key, and only as long and as far as they say."""
import json
import re

import pytest
import requests
from client import decode, download

TYPES = {"flac": "audio/flac", "wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg"}


@pytest.mark.parametrize("format", TYPES)
def test_every_format_decodes_to_the_song(song, format):
    answer = download(song["output_urls"][format])
    assert answer.headers["Content-Type"] == TYPES[format]
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    samples, rate, kind = decode(answer.content)
    assert kind == format.upper()
    assert (rate, samples.shape[1]) == (48000, 2)
    assert abs(len(samples) - 4 * 48000) <= (1 if format in ("flac", "wav") else 48)
    assert 0.05 < abs(samples).max() <= 1


def test_the_lossless_formats_are_the_same_song(song):
    flac, wav = (decode(download(song["output_urls"][format]).content)[0] for format in ("flac", "wav"))
    assert abs(flac - wav).max() <= 1 / 32768


def test_links_stand_where_the_client_reached_the_server(studio, song):
    assert all(link.startswith(f"{studio.url}/media/") for link in song["output_urls"].values())


def test_the_file_gets_the_songs_name(song):
    disposition = download(song["output_urls"]["ogg"]).headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert re.search(r'filename="[^"/]+\.ogg"', disposition)
    assert "filename*=UTF-8''Rivi%C3%A8re" in disposition


def test_a_range_of_a_song_is_206(song):
    whole = download(song["output_url"]).content
    part = requests.get(song["output_url"], headers={"Range": "bytes=100-299"}, timeout=30)
    assert part.status_code == 206
    assert part.content == whole[100:300]
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole)}"


def test_head_tells_the_length(song):
    head = requests.head(song["output_url"], timeout=30)
    assert head.status_code == 200
    assert int(head.headers["Content-Length"]) == len(download(song["output_url"]).content)
    assert head.headers["Accept-Ranges"] == "bytes"


def test_a_link_opens_its_own_file_and_no_other(studio, song):
    link = song["output_urls"]["flac"]
    spoiled = [
        link.split("?")[0], link[:-1] + ("A" if link[-1] != "A" else "B"), link.replace("token=", "token=9"),
        link.replace(".flac?", ".wav?"), link.replace("/0.flac", "/1.flac"),
        link.replace(f"/media/{song['id']}/", f"/media/{song['id'] + 1}/"), f"{studio.url}/media/{song['id']}/../x",
    ]
    for wrong in spoiled:
        assert requests.get(wrong, timeout=30).status_code in (403, 404), wrong


def test_the_score_and_its_midi_can_be_fetched(song):
    output = song["outputs"][0]
    midi = download(output["midi_url"])
    assert midi.headers["Content-Type"] == "audio/midi"
    assert midi.content[:4] == b"MThd"
    json.loads(download(output["score_url"]).content)


def test_pages_may_not_frame_or_read_a_song_from_elsewhere(song):
    headers = download(song["output_url"]).headers
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
