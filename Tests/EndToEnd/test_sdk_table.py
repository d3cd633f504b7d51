"""Every public method of the client's services that this studio offers, on both clients, and its command line (api.md, appendix A).

The methods come from the client itself: one without a row here fails. Run with -s to see the table of method and result."""
import asyncio
import inspect
import os
import subprocess
import sys

import audiopod
import pytest
from client import decode, download

SERVICES = ("music", "wallet", "credits", "stem_extraction", "midi")
LYRICS = "[verse]\nThe river knows my name"
DEFECT = "SDK defect: its waiting loop doesn't await in the asynchronous client"


def methods():
    """(service, method) of every public method."""
    probe = audiopod.Client(api_key="ap_" + "x" * 40, base_url="http://127.0.0.1:1")
    for service in SERVICES:
        for name, _ in inspect.getmembers(type(getattr(probe, service)), inspect.isfunction):
            if not name.startswith("_"):
                yield service, name


@pytest.fixture(scope="module")
def things(client, tmp_path_factory):
    """What the calls start from: a song, its file, jobs of each kind that are finished."""
    song = client.song(task="text2music", prompt="folk with bass", lyrics=LYRICS, audio_duration=4, seed=5)
    plan = client.post("/api/v1/music/v3/plan", json={"style": "folk", "target_seconds": 30}).json()["job_id"]
    client.finished(plan)
    stems = client.post("/api/v1/stem-extraction/api/extract", data={"mode": "two", "url": song["output_url"]}).json()["id"]
    client.finished(stems)
    midi = client.post("/api/v1/midi/convert", data={"url": song["output_url"]}).json()["id"]
    client.finished(midi)
    return {"song": song, "url": song["output_url"], "plan": plan, "stems": stems, "midi": midi, "client": client}


def created(result, things):
    id = result.get("id") or result.get("job_id") or result["job"]["id"]
    things["client"].post(f"/api/v1/music/jobs/{id}/cancel")
    return isinstance(id, int) and id > 0


def song(result, things):
    """A finished job whose file has a sound of the asked length."""
    samples, rate, _ = decode(download(result["output_url"]).content)
    return result["status"] == "COMPLETED" and len(samples) > rate


def has(*keys):
    return lambda result, _: all(key in result for key in keys)


def listed(result, _):
    return isinstance(result, list) and len(result) > 0


def stemmed(result, _):
    return result["status"] == "COMPLETED" and all(download(link).content[:4] == b"fLaC" for link in result["download_urls"].values())


def noted(result, _):
    return result["status"] == "COMPLETED" and download(result["merged_midi_url"]).content[:4] == b"MThd"


def spare(kind, path, fields):
    """A job of its own for a method that deletes one."""
    def make(things):
        return things["client"].post(path, **fields(things)).json()[kind]

    return make


# (service, method) -> its arguments, made of what there is; what its result must be; what it raises instead.
ROWS = {
    ("music", "generate"): (lambda t: dict(prompt="calm piano", duration=2, wait_for_completion=True), song),
    ("music", "instrumental"): (lambda t: dict(prompt="blues", duration=2, wait_for_completion=True), song),
    ("music", "song"): (lambda t: dict(prompt="rock", lyrics=LYRICS, duration=4, wait_for_completion=True), song),
    ("music", "rap"): (lambda t: dict(prompt="boom bap", lyrics=LYRICS, duration=4, wait_for_completion=True), song),
    ("music", "simple"): (lambda t: dict(query="a calm tune", instrumental=True, duration=2, wait_for_completion=True), song),
    ("music", "cover"): (lambda t: dict(src_audio_url=t["url"], caption="jazz", wait_for_completion=True), song),
    ("music", "reference"): (lambda t: dict(reference_audio_url=t["url"], caption="jazz", duration=4, instrumental=True, wait_for_completion=True), song),
    ("music", "extract_stem"): (lambda t: dict(src_audio_url=t["url"], track_name="bass", wait_for_completion=True), song),
    ("music", "analyze"): (lambda t: dict(audio_url=t["url"]), has("success", "caption", "bpm", "keyscale", "timesignature", "duration", "language", "lyrics", "audio_codes", "error")),
    ("music", "get_job"): (lambda t: dict(job_id=t["song"]["id"]), has("status", "output_url", "audio_duration", "error_message")),
    ("music", "list_jobs"): (lambda t: dict(limit=5), listed),
    ("music", "delete_job"): (lambda t: dict(job_id=spare("id", "/api/v1/music/prompt2instrumental", lambda t: dict(json={"prompt": "x", "audio_duration": 1}))(t)), has("message")),
    ("music", "get_presets"): (lambda t: {}, lambda r, _: len(dict(r["genre_presets"].items())) == 14),
    ("music", "v3_availability"): (lambda t: {}, lambda r, _: r["available"] is True and r["revise"] is True),
    ("music", "compose"): (lambda t: dict(style="folk", target_seconds=30, wait_for_completion=True), lambda r, _: "X:" in r["score"]["abc"]),
    ("music", "revise_score"): (lambda t: dict(source_job_id=t["plan"], instruction="a third higher, simpler drums", wait_for_completion=True), lambda r, _: r["status"] == "COMPLETED" and "note" in r and "changed_bars" in r["score_comparison"]),
    ("music", "record_score"): (lambda t: dict(source_job_id=t["plan"], wait_for_completion=True), lambda r, _: download(r["audio_url"]).content[:4] == b"fLaC"),
    ("music", "generate_v3"): (lambda t: dict(style="folk", lyrics=LYRICS, wait_for_completion=True), lambda r, _: r["audio_url"] and r["billing"]),
    ("music", "get_v3_job"): (lambda t: dict(job_id=t["plan"]), has("job_id", "status", "score")),
    ("music", "get_score"): (lambda t: dict(job_id=t["plan"]), has("abc", "abc_url", "midi_url", "editable", "source", "duration_seconds")),
    ("music", "list_v3_jobs"): (lambda t: dict(limit=5), listed),
    ("music", "wait_for_v3_job"): (lambda t: dict(job_id=t["plan"]), lambda r, _: r["status"] == "COMPLETED"),
    ("wallet", "get_balance"): (lambda t: {}, has("balance_cents", "balance_usd", "total_topup_cents", "total_spent_cents")),
    ("wallet", "get_pricing"): (lambda t: {}, lambda r, _: {"music_generation", "stem_extraction"} <= set(r["services"])),
    ("wallet", "estimate_cost"): (lambda t: dict(service_type="stem_extraction", duration_seconds=300), has("cost_cents", "cost_usd", "duration_minutes")),
    ("wallet", "check_balance"): (lambda t: dict(service_type="music_generation", duration_seconds=60), has("can_proceed", "cost_cents", "current_balance_cents")),
    ("wallet", "create_topup_checkout"): (lambda t: dict(amount_cents=2500), "payments", "this server sells nothing (501)"),
    ("wallet", "create_topup_payment_intent"): (lambda t: dict(amount_cents=2500), "payments", "this server sells nothing (501)"),
    ("wallet", "get_usage_history"): (lambda t: {}, has("page", "limit", "logs")),
    ("wallet", "get_topup_history"): (lambda t: {}, has("page", "limit", "topups")),
    ("wallet", "get_service_types"): (lambda t: {}, listed),
    ("credits", "get_balance"): (lambda t: {}, has("balance", "payg_balance", "total_available_credits")),
    ("credits", "get_usage_history"): (lambda t: {}, lambda r, _: isinstance(r, list)),
    ("credits", "get_multipliers"): (lambda t: {}, has("music_generation")),
    ("stem_extraction", "separate"): (lambda t: dict(url=t["url"], mode="two"), stemmed),
    ("stem_extraction", "extract"): (lambda t: dict(url=t["url"], mode="single", stem="vocals"), created),
    ("stem_extraction", "extract_advanced"): (lambda t: dict(url=t["url"], custom_stems=["vocals", "bass"]), stemmed),
    ("stem_extraction", "extract_stems"): (lambda t: dict(url=t["url"], stem_types=["vocals", "drums"], wait_for_completion=True), stemmed),
    ("stem_extraction", "get_job"): (lambda t: dict(job_id=t["stems"]), stemmed),
    ("stem_extraction", "status"): (lambda t: dict(job_id=t["stems"]), stemmed),
    ("stem_extraction", "wait_for_completion"): (lambda t: dict(job_id=t["stems"]), stemmed),
    ("stem_extraction", "list_jobs"): (lambda t: dict(limit=5), listed),
    ("stem_extraction", "delete_job"): (lambda t: dict(job_id=spare("id", "/api/v1/stem-extraction/api/extract", lambda t: dict(data={"mode": "two", "url": t["url"]}))(t)), has("message")),
    ("stem_extraction", "modes"): (lambda t: {}, lambda r, _: {"single", "two", "four", "six"} <= {mode["mode"] for mode in r["modes"]}),
    ("stem_extraction", "catalog"): (lambda t: {}, lambda r, _: len(r["stems"]) >= 12),
    ("stem_extraction", "available_packages"): (lambda t: {}, lambda r, _: len(r["packages"]) >= 3),
    ("midi", "convert"): (lambda t: dict(url=t["url"], stems=["bass", "vocals"], options={"min_note_len_ms": 100}), noted),
    ("midi", "convert_from_stem_job"): (lambda t: dict(stem_job_id=t["stems"]), noted),
    ("midi", "get_job"): (lambda t: dict(job_id=t["midi"]), noted),
    ("midi", "wait_for_completion"): (lambda t: dict(job_id=t["midi"]), noted),
    ("midi", "list_jobs"): (lambda t: dict(limit=5), listed),
    ("midi", "delete_job"): (lambda t: dict(job_id=spare("id", "/api/v1/midi/convert", lambda t: dict(data={"url": t["url"]}))(t)), has("message")),
}
# What the asynchronous client can't do whatever the server answers.
ASYNC_DEFECTS = {("stem_extraction", "wait_for_completion"), ("midi", "wait_for_completion")}
# No status that isn't told: a server that sells nothing answers 501, which neither client retries.
table = []


@pytest.fixture(scope="module", autouse=True)
def printed():
    yield
    width = max((len(name) for _, name, _ in table), default=0)
    print("\n" + "\n".join(f"{kind:5} {name:{width}} {result}" for kind, name, result in sorted(table)))


def test_every_method_has_a_row():
    assert set(methods()) == set(ROWS)


async def asynchronously(studio, key, service, name, arguments):
    async with audiopod.AsyncClient(api_key=key, base_url=studio.url) as sdk:
        result = getattr(getattr(sdk, service), name)(**arguments)
        return await result if inspect.isawaitable(result) else result


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("service, name", sorted(set(methods())))
def test_method(studio, client, things, monkeypatch, kind, service, name):
    # The client waits five seconds between two looks; the studio is faster.
    import time
    real, waits = asyncio.sleep, time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: waits(min(seconds, 0.2)))
    monkeypatch.setattr(asyncio, "sleep", lambda seconds, *rest: real(min(seconds, 0.2), *rest))
    assert (service, name) in ROWS, "a method without a row"
    make, check, *refusal = ROWS[service, name]
    arguments = make(things)

    def call():
        if kind == "async":
            return asyncio.run(asynchronously(studio, client.key, service, name, arguments))
        sdk = audiopod.Client(api_key=client.key, base_url=studio.url)
        return getattr(getattr(sdk, service), name)(**arguments)

    label = f"{service}.{name}"
    if kind == "async" and (service, name) in ASYNC_DEFECTS:
        with pytest.raises(AttributeError):
            call()
        table.append((kind, label, DEFECT))
        return
    if refusal:
        with pytest.raises(audiopod.exceptions.APIError) as caught:
            call()
        assert caught.value.status_code == 501
        table.append((kind, label, f"refused as said: {refusal[0]}"))
        return
    assert check(call(), things)
    table.append((kind, label, "passes"))


@pytest.mark.parametrize("kind", ["song", "instrumental", "rap", "vocals"])
def test_the_command_line_makes_each_kind(studio, client, tmp_path, kind):
    out = tmp_path / "song.flac"
    words = [] if kind == "instrumental" else ["--lyrics", LYRICS]
    done = subprocess.run(
        [f"{sys.prefix}/bin/audiopod", "--base-url", studio.url, "--api-key", client.key, "music", "calm folk", "--kind", kind,
         "--duration", "10", "--out", str(out), *words], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    samples, rate, _ = decode(out.read_bytes())
    assert abs(len(samples) / rate - 10) <= 0.5
    table.append(("cli", f"music --kind {kind}", "passes"))


def test_the_command_line_shows_a_job(studio, client, things):
    environment = {**os.environ, "AUDIOPOD_BASE_URL": studio.url, "AUDIOPOD_API_KEY": client.key}
    done = subprocess.run(
        [f"{sys.prefix}/bin/audiopod", "jobs", str(things["song"]["id"])], capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0 and "COMPLETED" in done.stdout, done.stderr
    table.append(("cli", "jobs", "passes"))


@pytest.mark.parametrize("command", ["stems", "transcribe"])
def test_commands_that_are_broken_in_the_client(studio, client, tmp_path, command):
    """Appendix C 1: they call methods with arguments that those don't have."""
    file = tmp_path / "a.wav"
    file.write_bytes(b"RIFF")
    done = subprocess.run(
        [f"{sys.prefix}/bin/audiopod", "--base-url", studio.url, "--api-key", client.key, command, str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "unexpected keyword argument" in done.stderr, done.stderr
    table.append(("cli", command, "SDK defect: calls a method with an argument that it hasn't"))
