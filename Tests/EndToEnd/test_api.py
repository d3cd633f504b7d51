"""The API as `api.md` describes it, over the wire: bodies of errors, jobs, catalogue, document."""
import datetime
import re

import pytest
import requests
from client import Client
from studio import Studio, until

JOBS = "/api/v1/music/jobs"
CREATE = "/api/v1/music/text2music"


def assert_refused(answer, status, *words, code=None):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json()
    assert isinstance(body["detail"], str) and body["message"] == body["detail"]
    assert re.fullmatch(r"[a-z_]+", body["error"])
    assert code is None or body["error"] == code
    for word in words:
        assert word in body["detail"], body["detail"]


# --- Who may ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-API-Key": "ap_" + "x" * 40}, {"X-API-Key": "nonsense"}, {"Authorization": "Bearer ap_" + "x" * 40},
     {"Authorization": "Bearer not.a.jwt"}, {"Authorization": "Basic b2xpdmU6eA=="}],
)
@pytest.mark.parametrize("path", [JOBS, f"{JOBS}/1/status", "/api/v1/music/presets", "/api/v1/auth/me",
                                  "/api/v1/music/v3/availability"])
def test_without_a_valid_key_nothing_is_told(studio, owner, headers, path):
    answer = studio.get(path, headers=headers)
    assert_refused(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_is_accepted_in_either_header_and_in_both(studio, client):
    for headers in ({"X-API-Key": client.key}, {"Authorization": f"Bearer {client.key}"},
                    {"X-API-Key": client.key, "Authorization": f"Bearer {client.key}"}):
        assert studio.get(JOBS, headers=headers).status_code == 200
    mixed = {"X-API-Key": "ap_" + "x" * 40, "Authorization": f"Bearer {client.key}"}
    assert_refused(studio.get(JOBS, headers=mixed), 401)


def test_health_is_public(studio):
    for path in ("/health", "/api/v1/health"):
        answer = studio.get(path)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes,words",
    [
        ({"audio_duration": 0}, ["audio_duration", "600"]),
        ({"audio_duration": 601}, ["audio_duration", "600"]),
        ({"audio_duration": "long"}, ["audio_duration"]),
        ({"format": "aiff"}, ["format", "wav", "mp3", "flac", "ogg"]),
        ({"model_version": "audiomusic-v9"}, ["model_version", "audiomusic-v2"]),
        ({"batch_size": 9}, ["batch_size", "8"]),
        ({"batch_size": 0}, ["batch_size", "1"]),
        ({"seed": -2}, ["seed"]),
        ({"seed": 4294967296}, ["seed"]),
        ({"inference_steps": 0}, ["inference_steps", "200"]),
        ({"guidance_scale": 31}, ["guidance_scale", "30"]),
        ({"shift": 5.1}, ["shift", "5"]),
        ({"infer_method": "magic"}, ["infer_method", "ode", "sde"]),
        ({"use_adg": "perhaps"}, ["use_adg"]),
        ({"cfg_interval_start": 0.9, "cfg_interval_end": 0.1}, ["cfg_interval"]),
        ({"lm_temperature": 2.1}, ["lm_temperature", "2"]),
        ({"lm_top_p": -0.1}, ["lm_top_p"]),
        ({"bpm": 29}, ["bpm", "30", "300"]),
        ({"bpm": "fast"}, ["bpm"]),
        ({"keyscale": "H dur"}, ["keyscale"]),
        ({"timesignature": "5/4"}, ["timesignature"]),
        ({"lora_name_or_path": "../../etc/passwd"}, ["lora_name_or_path"]),
        ({"lora_weight": 4}, ["lora_weight"]),
        ({"genre_preset": "Polka-core"}, ["genre_preset"]),
        ({"lyrics": "x" * 4097}, ["lyrics", "4096"]),
        ({"caption": "x" * 2049}, ["caption", "2048"]),
        ({"display_name": "x" * 201}, ["display_name", "200"]),
        ({"thumbnail_url": "javascript:alert(1)"}, ["thumbnail_url"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_parameter_is_400_with_its_name_and_range(client, changes, words):
    before = client.get(f"{JOBS}/counts").json()["total"]
    answer = client.post(CREATE, json={"caption": "x", "audio_duration": 1, **changes})
    assert_refused(answer, 400, *words)
    assert {error["field"] for error in answer.json()["errors"]} & {re.sub(r"\W.*", "", key) for key in changes}
    assert client.get(f"{JOBS}/counts").json()["total"] == before, "a refused request made a job"


def test_every_fault_is_reported_at_once(client):
    answer = client.post(CREATE, json={"caption": "x", "bpm": 1, "seed": -9, "format": "aiff"})
    assert_refused(answer, 400)
    assert {error["field"] for error in answer.json()["errors"]} == {"bpm", "seed", "format"}


@pytest.mark.parametrize(
    "task,body,words",
    [("text2music", {}, "caption is required"), ("text2music", {"caption": "  "}, "caption is required"),
     ("simple", {"query": " "}, "query"), ("simple", {"query": "x" * 1001}, "1000"),
     ("text2samples", {"prompt": "x", "audio_duration": 121}, "120"),
     ("text2samples", {"prompt": "x", "tempo": 59}, "60")],
)
def test_what_a_task_requires(client, task, body, words):
    assert_refused(client.post(f"/api/v1/music/{task}", json=body), 400, words)


@pytest.mark.parametrize("body", [b"{", b"[1]", b"null", b'"x"', b"\xff\xfe", b'{"caption": }', b'{"a":' * 3000])
def test_a_malformed_body_is_400(client, body):
    answer = client.post(CREATE, data=body, headers={"Content-Type": "application/json"})
    assert_refused(answer, 400)


def test_malformed_json_is_told_by_line_and_column(client):
    answer = client.post(CREATE, data=b'{"caption": "x",\n  "bpm": twelve}', headers={"Content-Type": "application/json"})
    assert_refused(answer, 400, "line 2", "column")


def test_a_body_too_large_is_413_as_json(client):
    assert_refused(client.post(CREATE, data=b"x" * (1 << 21)), 413, code="payload_too_large")


def test_the_wrong_method_is_405_and_the_right_one_is_named(client):
    answer = client.get(CREATE)
    assert_refused(answer, 405, code="method_not_allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/music/jobs", "/api", "/api/v1/music/jobs/1/nothing"])
def test_an_unknown_address_is_404_as_json(client, path):
    assert_refused(client.get(path), 404, code="not_found")


@pytest.mark.parametrize("id", ["999999999", "0", "-1", "None", "1.5", "99999999999999999999", "%00"])
@pytest.mark.parametrize("method,tail", [("GET", "/status"), ("GET", ""), ("DELETE", ""), ("POST", "/retry")])
def test_an_id_that_is_no_job_is_404(client, id, method, tail):
    answer = client.call(method, f"{JOBS}/{id}{tail}")
    if id == "%00":
        assert answer.status_code in (400, 404)
    else:
        assert_refused(answer, 404, "Music job not found", code="job_not_found")


def test_nothing_is_redirected_and_a_trailing_slash_is_the_same(client):
    for path in (JOBS, "/api/v1/music/presets", "/health"):
        plain, slashed = (client.get(path + end, allow_redirects=False) for end in ("", "/"))
        assert (plain.status_code, slashed.status_code) == (200, 200)


def test_get_and_delete_with_a_json_type_and_no_body_are_fine(client):
    headers = {"Content-Type": "application/json"}
    assert client.get(JOBS, headers=headers).status_code == 200
    assert client.call("DELETE", f"{JOBS}/{client.create()}", headers=headers).status_code == 200


# --- Creating --------------------------------------------------------------------------------------------------


def test_a_create_gives_the_id_wherever_a_client_looks(client):
    answer = client.post(CREATE, json={"caption": "x", "audio_duration": 1})
    assert answer.status_code == 200
    body = answer.json()
    assert body["id"] == body["job_id"] == body["job"]["id"] >= 1
    assert body["status"] == body["job"]["status"] == "PENDING"
    assert body["message"] == "Text-to-music generation started"
    assert client.job(body["id"])["id"] == body["id"]


def test_a_form_is_as_good_as_json(client):
    fields = {"prompt": "x", "audio_duration": "1", "bpm": "100", "instrumental": "true", "seed": "3"}
    for answer in (client.post(CREATE, data=fields), client.post(CREATE, files={k: (None, v) for k, v in fields.items()})):
        assert answer.status_code == 200, answer.text
        asked = answer.json()["job"]["input_params"]
        assert (asked["bpm"], asked["instrumental"], asked["seed"]) == (100, True, 3)


def test_aliases_nulls_and_unknown_fields_are_accepted(client):
    job = client.post(CREATE, json={
        "prompt": "old", "caption": "new", "duration": 1, "key": "am", "time_signature": 3, "language": None,
        "quality": "premium", "omega_scale": 10, "never_heard_of": {"x": 1}, "batch_size": 1.0,
    }).json()["job"]
    asked = job["input_params"]
    assert asked["caption"] == "new"
    assert asked["audio_duration"] == 1
    assert asked["timesignature"] == "3/4"


def test_the_same_idempotency_key_makes_one_job(client):
    headers = {"Idempotency-Key": "once-only"}
    body = {"caption": "once", "audio_duration": 1}
    first, second = (client.post(CREATE, json=body, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    other = client.post(CREATE, json={**body, "bpm": 99}, headers=headers)
    assert other.status_code == 422
    assert "IDEMPOTENCY_KEY_REUSED" in other.text or "idempotency_key_reused" in other.text


def test_without_the_key_the_same_body_makes_two_jobs(client):
    assert client.create() != client.create()


# --- Jobs ------------------------------------------------------------------------------------------------------


def test_a_finished_job_keeps_every_promise(client, song):
    assert song["progress"] == 100
    assert song["actual_seeds"] == [7]
    assert abs(song["audio_duration"] - 4) < 0.01
    assert song["display_name"] == 'Rivière & "sea"/1'
    assert song["output_url"] == song["audio_url"] == song["output_urls"]["mp3"]
    assert set(song["output_urls"]) == {"flac", "mp3", "wav", "ogg"}
    assert len(song["outputs"]) == 1 and song["outputs"][0]["index"] == 0
    assert song["engine"]
    assert all("draft voice" in warning for warning in song["warnings"]), "a song as asked needs no warning, but for its voice"
    assert song["error_message"] is None
    for name in ("created_at", "updated_at", "completed_at"):
        assert datetime.datetime.fromisoformat(song[name].replace("Z", "+00:00")).tzinfo
    for name in ("task", "status", "user_id", "input_params", "format", "batch_size", "model_version", "song_type",
                 "credits_reserved", "timecosts", "lrc_content", "quality_score", "thumbnail_url", "source_job_id",
                 "caption", "lyrics", "bpm", "keyscale", "timesignature", "vocal_language", "instrumental",
                 "output_path", "output_paths", "share_token", "share_url", "is_shared"):
        assert name in song, name
    assert song["bpm"] and song["keyscale"] and song["timesignature"], "what was chosen is told"


def test_a_job_can_be_asked_for_in_three_places(client, song):
    for path in (f"{JOBS}/{song['id']}/status", f"{JOBS}/{song['id']}", f"/api/v1/jobs/{song['id']}"):
        assert client.get(path).json()["id"] == song["id"]


@pytest.mark.parametrize("query, asked, language", [
    ("canción de amor en español", "unknown", "es"), ("a song about rain", "bn", "bn"), ("प्यार का गीत", "unknown", "hi"),
    ("upbeat pop about the city", "unknown", "en"),
])
def test_simple_mode_writes_the_lyrics(client, query, asked, language):
    job = client.song(task="simple", query=query, vocal_language=asked, audio_duration=24, seed=5)
    assert job["vocal_language"] == language
    lines = [line for line in job["lyrics"].split("\n") if line]
    assert any(line.startswith(("[Chorus", "[Verse")) for line in lines)
    sung = [line for line in lines if not line.startswith("[")]
    assert len(sung) >= 2
    assert [line.split("] ", 1)[1] for line in job["lrc_content"].split("\n")] == sung
    again = client.song(task="simple", query=query, vocal_language=asked, audio_duration=24, seed=5)
    assert again["lyrics"] == job["lyrics"]


def test_lyrics_are_written_for_a_song_only_when_asked(client):
    assert client.song(task="text2music", prompt="pop", audio_duration=8)["lyrics"] is None
    job = client.song(task="text2music", prompt="pop", audio_duration=20, use_cot_lyrics=True)
    assert job["lyrics"].startswith("[") and job["lrc_content"]
    assert not any("use_cot_lyrics" in warning for warning in job["warnings"])


def test_a_batch_has_a_song_a_seed(client):
    job = client.song(batch_size=3, seed=4294967295)
    assert job["actual_seeds"] == [4294967295, 0, 1]
    assert [output["index"] for output in job["outputs"]] == [0, 1, 2]
    assert len({output["output_url"] for output in job["outputs"]}) == 3


def test_the_list_is_an_array_with_a_total_and_filters(client, song):
    answer = client.get(JOBS, params={"limit": 2})
    assert isinstance(answer.json(), list) and len(answer.json()) == 2
    total = int(answer.headers["X-Total-Count"])
    assert total == client.get(f"{JOBS}/counts").json()["total"] >= 2
    newest = [job["id"] for job in answer.json()]
    assert newest == sorted(newest, reverse=True)
    assert client.get(JOBS, params={"limit": 1, "skip": 1}).json()[0]["id"] == newest[1]
    oldest = client.get(JOBS, params={"limit": 1, "sort_order": "asc"}).json()[0]["id"]
    assert oldest < newest[0]
    found = client.get(JOBS, params={"search": "RIVER KNOWS"}).json()
    assert song["id"] in [job["id"] for job in found]
    assert {job["task"] for job in client.get(JOBS, params={"task": "text2music"}).json()} == {"text2music"}
    assert {job["status"] for job in client.get(JOBS, params={"status": "completed"}).json()} == {"COMPLETED"}
    assert client.get(JOBS, params={"task": "no-such-task"}).json() == []
    assert len(client.get(JOBS, params={"limit": 5000}).json()) <= 100


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": "x"}, {"skip": -1}, {"sort_by": "colour"}, {"status": "odd"}])
def test_a_list_query_out_of_range_is_400(client, query):
    assert_refused(client.get(JOBS, params=query), 400, next(iter(query)))


def test_a_job_can_be_renamed(client):
    id = client.create()
    answer = client.call("PATCH", f"{JOBS}/{id}", json={"display_name": "Später ✓"})
    assert answer.json()["display_name"] == "Später ✓"
    assert client.job(id)["display_name"] == "Später ✓"
    assert_refused(client.call("PATCH", f"{JOBS}/{id}", json={}), 400)


def test_a_deleted_job_is_gone_with_its_files(client):
    job = client.song()
    link = job["output_url"]
    assert requests.get(link, timeout=30).status_code == 200
    answer = client.call("DELETE", f"{JOBS}/{job['id']}")
    assert answer.status_code == 200
    assert answer.json()["message"] == "Job deleted successfully"
    assert_refused(client.call("DELETE", f"{JOBS}/{job['id']}"), 404)
    assert_refused(client.get(f"{JOBS}/{job['id']}/status"), 404)
    assert requests.get(link, timeout=30).status_code == 404


def test_a_cancel_takes_effect_within_two_seconds(client):
    id = client.create(audio_duration=600, batch_size=8)
    until(lambda: client.job(id)["status"] == "PROCESSING", 30, what="the start of the job")
    answer = client.post(f"{JOBS}/{id}/cancel")
    assert answer.status_code == 200
    until(lambda: client.job(id)["status"] == "FAILED", 2, every=0.05, what="the cancelling")
    job = client.job(id)
    assert job["cancelled"] is True
    assert "ancelled" in job["error_message"]


def test_only_a_failed_job_can_be_retried(client, song):
    assert_refused(client.post(f"{JOBS}/{song['id']}/retry"), 400, "Only failed jobs can be retried")


def test_another_users_job_does_not_exist(studio, client, song):
    stranger = Client(studio, studio.create_user_key("stranger"))
    assert stranger.get("/api/v1/auth/me").json()["id"] != client.get("/api/v1/auth/me").json()["id"]
    for method, tail in (("GET", "/status"), ("GET", ""), ("GET", "/events"), ("DELETE", ""), ("POST", "/retry"),
                         ("POST", "/cancel")):
        assert_refused(stranger.call(method, f"{JOBS}/{song['id']}{tail}"), 404, code="job_not_found")
    assert_refused(stranger.call("PATCH", f"{JOBS}/{song['id']}", json={"display_name": "mine"}), 404)
    assert stranger.get(JOBS).json() == []
    assert client.job(song["id"])["display_name"] == song["display_name"]


# --- Catalogue -------------------------------------------------------------------------------------------------


def test_the_fourteen_presets(client):
    presets = client.get("/api/v1/music/presets").json()["genre_presets"]
    assert set(presets) == {"Modern Pop", "Rock", "Hip Hop", "Jazz", "Classical", "Electronic", "Country", "Folk",
                            "Blues", "Reggae", "Latin", "R&B", "Metal", "Custom"}
    assert presets["Rock"]["bpm"] == 130


def test_model_status_and_sample_data(client):
    status = client.get("/api/v1/music/model/status").json()
    assert status["status"] == "healthy" and status["model_loaded"] is True
    assert set(status["queue"]) >= {"pending", "processing"}
    samples = client.get("/api/v1/music/sample-data").json()["samples"]
    for task, body in samples.items():
        assert client.post(f"/api/v1/music/{task}", json={**body, "audio_duration": 1}).status_code == 200, task


# --- Document --------------------------------------------------------------------------------------------------


def references(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_openapi_document_is_whole_and_true(studio, client):
    document = studio.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] and document["info"]["version"]
    identifiers = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            identifiers.append(operation["operationId"])
            assert operation["summary"] and operation["responses"]
            named = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), path
            if method == "get" and "{" not in path and "events" not in path:
                assert client.get(path).status_code == 200, path
    assert len(identifiers) == len(set(identifiers))
    for reference in references(document):
        value = document
        for step in reference.removeprefix("#/").split("/"):
            value = value[step.replace("~1", "/").replace("~0", "~")]
        assert value
    fields = document["paths"][CREATE]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert fields["bpm"]["minimum"] == 30 and fields["bpm"]["maximum"] == 300


def test_calls_are_counted_and_refused_beyond_the_limit(tmp_path):
    studio = Studio(tmp_path / "data", environment={"CANTIGA_RATE_LIMITS": "lrc=2"}).start()
    try:
        client = Client(studio, studio.create_user_key("hasty"))
        answers = [client.post("/api/v1/music/77/lrc") for _ in range(3)]
    finally:
        studio.stop()
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert_refused(answers[2], 429, "Rate limit exceeded", code="rate_limit_exceeded")
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert answers[2].headers["X-RateLimit-Remaining"] == "0"
