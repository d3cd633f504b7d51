"""The forms that make a new song out of a finished one."""
import re

import pytest


@pytest.fixture(scope="module")
def sung(client):
    return client.song(
        task="text2music", prompt="folk, 96 bpm", audio_duration=24, seed=3,
        lyrics="[Verse]\nMorning light is on the water\nAll the boats are coming home")


@pytest.mark.parametrize(
    "kind,fields",
    [
        ("retake", {"retake_variance": "0.3"}),
        ("repaint", {"repainting_start": "4", "repainting_end": "9", "caption": "with a whistle"}),
        ("extend", {"right_extend_length": "8", "left_extend_length": "0"}),
        ("edit", {"edit_type": "only_lyrics", "lyrics": "[Verse]\nEvening stars are on the water"}),
    ],
)
def test_every_form_makes_a_song(owner, client, sung, kind, fields):
    page = owner.open(f"/jobs/{sung['id']}/change?do={kind}")
    assert page.status == 200 and page.heading == "Change this song"
    made = owner.send(page, f"/jobs/{sung['id']}/change", fields)
    job = client.finished(int(re.search(r"/jobs/(\d+)$", made.url).group(1)))
    assert (job["status"], job["task"], job["source_job_id"]) == ("COMPLETED", kind, sung["id"])


def test_a_refused_form_comes_back_with_what_was_typed(owner, sung):
    action = f"/jobs/{sung['id']}/change"
    page = owner.send(
        owner.open(action + "?do=repaint"), action,
        {"repainting_start": "9", "repainting_end": "4", "caption": "kept words"})
    assert page.status == 422 and "must be greater than repainting_start" in page
    assert dict(page.form(action).values)["caption"] == "kept words"


def test_a_section_fills_in_its_range(owner, sung):
    page = owner.open(f"/jobs/{sung['id']}/change?do=repaint&from=3.5&to=7.25")
    values = dict(page.form(f"/jobs/{sung['id']}/change").values)
    assert (values["repainting_start"], values["repainting_end"]) == ("3.5", "7.25")
    assert any("from=" in link for link in page.links)


@pytest.mark.parametrize("path", ["/jobs/999999/change", "/jobs/{id}/change?do=analyse"])
def test_what_is_not_there(owner, sung, path):
    assert owner.open(path.format(id=sung["id"])).status == 404
