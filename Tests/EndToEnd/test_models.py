"""The neural engine on tiny checkpoints of noise: `cantiga models`, jobs through every stage, the form and the administrators' page."""
import json
import os
import pathlib
import shutil
import subprocess
import urllib.parse

import checkpoint
import numpy
import pytest
from client import Client, decode, download
from studio import REPOSITORY, Studio, until
from visitor import Visitor

PROGRAM = REPOSITORY / ".build/release/cantiga"


def cantiga(*words):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return checkpoint.make(tmp_path_factory.mktemp("models") / "checkpoints")


@pytest.fixture(scope="module")
def neural(folder, tmp_path_factory):
    """A studio with two checkpoints, added while it runs."""
    studio = Studio(tmp_path_factory.mktemp("neural") / "data").start()
    for variant in ("base", "turbo"):
        studio.command("models", "add", folder / f"acestep-tiny-{variant}", "--name", variant)
    yield studio
    assert studio.stop() == 0


@pytest.fixture(scope="module")
def client(neural):
    return Client(neural, neural.create_key("models"))


@pytest.fixture(scope="module")
def song(client):
    return client.song(task="text2music", caption="slow waltz", lyrics="[verse]\nla la la\n", engine="acestep", audio_duration=6,
                       inference_steps=4, seed=11)


def samples(job):
    return decode(download(job["output_urls"]["flac"]).content)[0]


# --- The commands ---------------------------------------------------------------------------------------------------


def test_checkpoints_are_added_listed_verified_and_removed(folder, tmp_path):
    data = ("--data", tmp_path / "data")
    assert "No checkpoint is added" in cantiga("models", "list", *data).stdout
    added = cantiga("models", "add", folder / "acestep-tiny-turbo", *data)
    assert added.returncode == 0 and "acestep-tiny-turbo is added: turbo" in added.stdout, added.stderr
    diffusers = checkpoint.make_diffusers(tmp_path / "other")
    assert cantiga("models", "add", diffusers, "--name", "other", *data).returncode == 0
    listed = json.loads(cantiga("models", "list", "--json", *data).stdout)["models"]
    turbo, other = listed
    assert (turbo["name"], turbo["variant"], turbo["family"], turbo["usable"]) == ("acestep-tiny-turbo", "turbo", "XL", True)
    assert turbo["defaults"]["inference_steps"] == 8 and not turbo["takes_guidance"] and turbo["longest_seconds"] == checkpoint.LONGEST
    assert turbo["bytes"] > 1e6 and set(turbo["memory_bytes_60_s"]) == {"bf16", "int8"}
    assert other["family"] == "2B" and "extract" in other["tasks"] and "extract" not in turbo["tasks"]
    assert "turbo XL" in cantiga("check", *data).stdout

    first = cantiga("models", "verify", *data)
    assert first.returncode == 0 and first.stdout.count("SHA-256 kept") == 2, first.stdout
    weights = diffusers / "transformer/diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-4] + bytes(4))
    changed = cantiga("models", "verify", "other", *data)
    assert changed.returncode == 1 and f"{weights} has changed" in changed.stdout
    weights.write_bytes(whole[: len(whole) // 2])
    damaged = cantiga("models", "list", *data)
    assert damaged.returncode == 1 and str(weights) in damaged.stdout
    report = json.loads(cantiga("models", "verify", "--json", *data).stdout)["models"]
    assert [model["ok"] for model in report] == [True, False] and str(weights) in report[1]["problems"][0]

    assert cantiga("models", "remove", "other", *data).returncode == 0
    assert weights.exists(), "the files stay"
    assert cantiga("models", "remove", "other", *data).returncode == 1


def test_what_is_no_checkpoint_is_refused_by_its_name(folder, tmp_path):
    data = ("--data", tmp_path / "data")
    for words, said in [
        ((folder / "nothing",), "nothing can't be read"),
        ((folder / "acestep-tiny-base", "--name", "a b"), "can't be a name"),
    ]:
        done = cantiga("models", "add", *words, *data)
        assert done.returncode == 1 and said in done.stderr and "Usage" not in done.stderr, done.stderr
    assert cantiga("models", "add", folder / "acestep-tiny-base", "--name", "x", *data).returncode == 0
    twice = cantiga("models", "add", folder / "acestep-tiny-turbo", "--name", "x", *data)
    assert twice.returncode == 1 and "There is a checkpoint x already" in twice.stderr
    again = cantiga("models", "add", folder / "acestep-tiny-base", "--name", "y", *data)
    assert again.returncode == 1 and "is added already, as x" in again.stderr
    assert cantiga("models", "verify", "z", *data).returncode == 1


def test_a_tensor_of_another_shape_is_named(tmp_path):
    folder = checkpoint.make(tmp_path / "checkpoints", variants=("base",))
    file = folder / "acestep-tiny-base/model.safetensors"
    tensors = checkpoint.read(file)
    name = "decoder.layers.0.mlp.gate_proj.weight"
    tensors[name] = tensors[name][:, :-1]
    checkpoint.write(file, tensors)
    done = cantiga("models", "add", folder / "acestep-tiny-base", "--data", tmp_path / "data")
    assert done.returncode == 1
    assert str(file) in done.stderr and name in done.stderr and "should have shape" in done.stderr


def test_a_song_without_a_server(folder, tmp_path):
    data = ("--data", tmp_path / "data")
    assert "no checkpoint is installed" in cantiga("song", "pop", "--engine", "acestep", "-o", tmp_path / "a.flac", *data).stderr
    cantiga("models", "add", folder / "acestep-tiny-turbo", *data)
    made = cantiga("song", "pop", "--engine", "acestep", "--duration", 3, "--seed", 5, "-o", tmp_path / "a.flac", *data)
    assert made.returncode == 0 and "acestep-tiny-turbo" in made.stdout, made.stderr
    long = cantiga("song", "pop", "--engine", "acestep", "--duration", 60, "-o", tmp_path / "b.flac", *data)
    assert long.returncode != 0 and "songs of up to 32" in long.stderr


# --- Jobs -----------------------------------------------------------------------------------------------------------


def test_a_song_says_what_made_it(client, song):
    used = song["used"]
    assert song["engine"] == "acestep" and used["checkpoint"] == "base" and used["precision"] in ("fp32", "bf16")
    assert used["inference_steps"] == 4 and used["guidance_scale"] == 7 and used["shift"] == 1
    assert song["outputs"][0]["midi_url"] is None
    audio = samples(song)
    assert len(audio) == 6 * 48000 and abs(audio).max() > 0.1
    again = client.song(task="text2music", caption="slow waltz", lyrics="[verse]\nla la la\n", engine="acestep", checkpoint="base",
                        audio_duration=6, inference_steps=4, seed=11)
    assert (samples(again) == audio).all()


def test_every_stage_has_true_steps(client):
    id = client.create(task="text2music", engine="acestep", checkpoint="base", audio_duration=30, inference_steps=200)
    seen = {}

    def ended():
        job = client.job(id)
        if job["stage"]:
            seen.setdefault((job["stage"], job["stage_title"]), []).append((job["stage_done"], job["stage_total"], job["progress"]))
        return job if job["status"] in ("COMPLETED", "FAILED") else None

    job = until(ended, 120, every=0.02)
    assert job["status"] == "COMPLETED", job["error_message"]
    steps = seen[("compose", "Denoise")]
    assert len(steps) > 3 and all(total == 200 for _, total, _ in steps)
    assert [done for done, _, _ in steps] == sorted(done for done, _, _ in steps)
    progress = [percent for reports in seen.values() for _, _, percent in reports if percent is not None]
    assert progress == sorted(progress)


def test_a_cancelled_song_ends_between_two_steps(client):
    id = client.create(task="text2music", engine="acestep", audio_duration=30, inference_steps=200, batch_size=8)
    until(lambda: client.job(id)["stage"] == "compose", 60, every=0.02, what="the first step")
    client.post(f"/api/v1/music/jobs/{id}/cancel")
    job = client.finished(id, 20)
    assert job["status"] == "FAILED" and job["cancelled"]


def test_a_song_that_was_being_made_is_made_again_after_a_kill(neural, client):
    id = client.create(task="text2music", engine="acestep", audio_duration=30, inference_steps=200, batch_size=2, seed=3)
    until(lambda: client.job(id)["stage"] == "compose", 60, every=0.02, what="the first step")
    neural.kill_backend()
    neural.start()
    job = client.finished(id, 180)
    assert job["status"] == "COMPLETED" and job["attempts"] == 2
    assert len(job["outputs"]) == 2


def test_changes_go_to_the_engine_that_made_the_song(client, song):
    source = samples(song)
    for task, body in [
        ("retake", {"original_job_id": song["id"], "retake_variance": 0.3}),
        ("repaint", {"source_job_id": song["id"], "repainting_start": 2, "repainting_end": 4, "prompt": "brass"}),
        ("extend", {"source_job_id": song["id"], "right_extend_length": 4, "prompt": "waltz"}),
    ]:
        answer = client.post(f"/api/v1/music/{task}", json=body)
        assert answer.status_code == 200, answer.text
        job = client.finished(answer.json()["id"])
        assert job["status"] == "COMPLETED", job["error_message"]
        assert job["engine"] == "acestep" and job["used"]["checkpoint"] == "base" and job["used"]["inference_steps"] == 4
        made = samples(job)
        if task == "repaint":
            assert (made[: 48000] == source[: 48000]).all() and not (made[144000:150000] == source[144000:150000]).all()
        if task == "extend":
            assert len(made) == 10 * 48000
    too_long = client.post("/api/v1/music/extend", json={"source_job_id": song["id"], "right_extend_length": 60, "prompt": "x"})
    assert too_long.status_code == 400 and too_long.json()["errors"][0]["field"] == "right_extend_length"


def test_a_cover_of_a_recording(client, song):
    answer = client.post("/api/v1/music/cover", json={
        "src_audio_url": song["output_urls"]["mp3"], "caption": "choir", "engine": "acestep", "checkpoint": "turbo"})
    assert answer.status_code == 200, answer.text
    job = client.finished(answer.json()["id"])
    assert job["status"] == "COMPLETED", job["error_message"]
    assert job["engine"] == "acestep" and abs(len(samples(job)) - 6 * 48000) < 4800


def test_what_isn_t_there_is_refused_by_its_field(client, song):
    for path, body, field, said in [
        ("text2music", {"engine": "suno"}, "engine", "score, acestep"),
        ("text2music", {"engine": "acestep", "checkpoint": "none"}, "checkpoint", "base, turbo"),
        ("text2music", {"checkpoint": "base"}, "checkpoint", "engine acestep alone"),
        ("text2music", {"engine": "acestep", "audio_duration": 33}, "audio_duration", "up to 32"),
        ("text2samples", {"engine": "acestep"}, "checkpoint", "can't do text2samples"),
        ("complete", {"checkpoint": "turbo", "src_audio_url": song["output_urls"]["mp3"]}, "checkpoint", "can't do complete"),
    ]:
        answer = client.post(f"/api/v1/music/{path}", json={"caption": "pop", **body})
        assert answer.status_code == 400, (path, body, answer.text)
        fault = answer.json()["errors"][0]
        assert fault["field"] == field and said in fault["message"], fault


def test_status_tells_of_the_checkpoints(client, song):
    engines = client.get("/api/v1/music/model/status").json()["engines"]
    assert [engine["name"] for engine in engines] == ["score", "acestep"]
    assert {checkpoint["name"] for checkpoint in engines[1]["checkpoints"]} == {"base", "turbo"}


def test_a_checkpoint_that_breaks_is_offered_no_more(neural, client, tmp_path):
    folder = checkpoint.make(tmp_path / "checkpoints", variants=("base",))
    neural.command("models", "add", folder / "acestep-tiny-base", "--name", "broken")
    names = lambda: [found["name"] for found in client.get("/api/v1/music/model/status").json()["engines"][1]["checkpoints"]]
    assert "broken" in names()
    file = folder / "acestep-tiny-base/model.safetensors"
    (folder / "half").write_bytes(file.read_bytes()[:1000])
    os.replace(folder / "half", file)
    until(lambda: "broken" not in names(), 30, every=1, what="the end of the offer")
    refused = client.post("/api/v1/music/text2music", json={"caption": "x", "engine": "acestep", "checkpoint": "broken"})
    assert refused.status_code == 400 and "must be one of base, turbo" in refused.json()["errors"][0]["message"]
    neural.command("models", "remove", "broken")
    assert client.song(task="text2music", engine="acestep", inference_steps=2)["status"] == "COMPLETED"


# --- The site -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def owner(neural, client):
    neural.command("user", "create", "--name", "olive", "--admin", "--no-password")
    path = neural.command("user", "reset", "--name", "olive").strip()
    visitor = Visitor(neural.url)
    visitor.send(visitor.open(path), path, {"password": "correct horse 7 battery"})
    return visitor


def test_the_form_makes_a_song_with_a_checkpoint(owner):
    page = owner.open("/?mode=advanced")
    form = page.form("/")
    assert form.choices["engine"] == {"score", "acestep:base", "acestep:turbo"}
    shown = owner.send(page, "/", {"engine": "acestep:turbo", "caption": "pop"}, button=("switch", "engine"))
    assert "8 steps, shift 3, no guidance" in shown and "of memory for this length" in shown
    job = owner.send(shown, "/", {"length": "custom", "length_custom": "5"})
    finished = until(lambda: (found := owner.open(job.url)).state() == "completed" and found, 60, every=0.2)
    assert "acestep" in finished and "turbo" in finished
    assert "checkpoint" in finished and "precision" in finished
    refused = owner.send(owner.open("/?mode=advanced"), "/", {
        "engine": "acestep:turbo", "caption": "pop", "length": "custom", "length_custom": "50"})
    assert refused.status == 422 and "songs of up to 32" in refused


def test_a_change_may_take_another_checkpoint(owner):
    form = owner.open("/?mode=advanced")
    job = owner.send(form, "/", {"engine": "acestep:turbo", "caption": "waltz", "length": "custom", "length_custom": "5"})
    until(lambda: owner.open(job.url).state() == "completed", 60, every=0.2, what="the end of the song")
    path = urllib.parse.urlsplit(job.url).path
    change = owner.open(f"{path}/change?do=retake")
    assert change.form(f"{path}/change").choices["checkpoint"] == {"base", "turbo"}
    assert "The noise that the sound is made from" in change
    made = owner.send(change, f"{path}/change", {"checkpoint": "base", "retake_variance": "0.3"})
    finished = until(lambda: (found := owner.open(made.url)).state() == "completed" and found, 60, every=0.2)
    assert "base" in finished


@pytest.mark.skipif(
    not os.environ.get("CANTIGA_LISTENERS"), reason="no listening pack: CANTIGA_LISTENERS names its folder; ./test fetches it")
def test_a_song_without_a_score_is_taken_apart(client, song):
    asked = client.post(f"/api/v1/music/jobs/{song['id']}/stems?variation=0")
    assert asked.status_code == 200, asked.text
    stems = client.stems(song["id"], 0)
    assert stems["status"] == "COMPLETED", stems["error_message"]
    assert [stem["id"] for stem in stems["stems"]] == ["vocals", "drums", "bass", "other"]
    assert "taken out of a finished recording" in stems["note"] and "approximate" in stems["note"]
    whole = samples(song)
    left = whole - sum(decode(download(stem["url"]).content)[0] for stem in stems["stems"])
    assert numpy.mean(left**2) < 1e-6 * numpy.mean(whole**2)


def test_administrators_verify_and_free_the_memory(owner):
    page = owner.open("/admin/models")
    assert "acestep-tiny-base" in page and "base XL" in page
    owner.send(page, "/admin/models/base/verify")
    verified = until(lambda: "every file is as it was" in (found := owner.open("/admin/models")) and found, 60, every=0.2)
    assert "in memory" in verified
    freed = owner.send(verified, "/admin/models/unload")
    assert "/admin/models/unload" not in [form.action for form in freed.forms]


def test_a_browser_chooses_a_checkpoint_and_sees_what_it_takes(neural, owner):
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("chromium is not installed")
    pictures = pathlib.Path(os.environ.get("CANTIGA_ARTEFACTS", REPOSITORY / ".build-artefacts")) / "pages"
    pictures.mkdir(parents=True, exist_ok=True)
    complaints = []
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for size, theme in (("wide", "dark"), ("phone", "light")):
            context = browser.new_context(
                base_url=neural.url, color_scheme=theme,
                viewport={"width": 1280, "height": 800} if size == "wide" else {"width": 390, "height": 844})
            context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": neural.url} for cookie in owner.session.cookies])
            page = context.new_page()
            page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto("/")
            page.fill("#caption", "a slow waltz")
            page.select_option("#engine", "acestep:base")
            page.wait_for_selector("#engine-facts")
            assert page.input_value("#caption") == "a slow waltz", "what was typed stays"
            assert page.evaluate("document.activeElement.id") == "engine"
            page.check("input[name=length][value=custom]", force=True)
            page.fill("#length_custom", "1")
            short = page.inner_text("#engine-facts [data-need]")
            page.fill("#length_custom", "30")
            assert int(page.inner_text("#engine-facts [data-need]").split()[0]) > int(short.split()[0])
            page.screenshot(path=pictures / f"checkpoint-form-{size}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], "nothing sticks out"
            found = [fault for fault in axe.run(page).response["violations"] if fault["impact"] in ("serious", "critical")]
            assert not found, [(fault["id"], fault["nodes"][0]["html"]) for fault in found]
            page.click(".button-main")
            page.wait_for_selector("article.job")
            page.screenshot(path=pictures / f"checkpoint-job-{size}.png", full_page=True)
            page.wait_for_selector("article.job[data-state=completed]", timeout=90000)
            page.screenshot(path=pictures / f"checkpoint-song-{size}.png", full_page=True)
            page.goto("/admin/models")
            page.screenshot(path=pictures / f"checkpoints-{size}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], "nothing sticks out"
            found = [fault for fault in axe.run(page).response["violations"] if fault["impact"] in ("serious", "critical")]
            assert not found, [(fault["id"], fault["nodes"][0]["html"]) for fault in found]
            context.close()
        browser.close()
    assert not complaints, complaints
