"""A program that talks to the API with plain HTTP, and holds every answer against the server's own description of it."""
import functools
import io
import re
import urllib.parse

import jsonschema
import requests
import soundfile
from studio import until


@functools.cache
def description(url):
    """The server's calls: (method, pattern of the path, what each status answers), the most particular first."""
    document = requests.get(url + "/api/v1/openapi.json", timeout=30).json()
    calls = []
    for path, item in document["paths"].items():
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$")
        calls += [(path.count("{"), method.upper(), pattern, call["responses"]) for method, call in item.items()]
    return sorted(calls, key=lambda call: call[0]), document["components"]


def check(answer):
    """Fails where an answer is not as the description has it."""
    parts = urllib.parse.urlsplit(answer.request.url)
    calls, components = description(f"{parts.scheme}://{parts.netloc}")
    for _, method, pattern, responses in calls:
        if method == answer.request.method and pattern.match(parts.path):
            found = responses.get(str(answer.status_code)) or responses.get(f"{answer.status_code // 100}XX")
            assert found, f"{method} {parts.path} answers {answer.status_code}, which is not described"
            media = answer.headers.get("Content-Type", "").split(";")[0]
            assert media in found["content"], f"{method} {parts.path} answers {media}, which is not described"
            if media == "application/json":
                schema = {**found["content"][media]["schema"], "components": components}
                jsonschema.Draft202012Validator(schema).validate(answer.json())
            return


class Client:
    def __init__(self, studio, key):
        self.studio, self.key = studio, key
        self.session = requests.Session()
        self.session.headers["X-API-Key"] = key

    def call(self, method, path, **options):
        options.setdefault("timeout", 30)
        answer = self.session.request(method, self.studio.url + path, **options)
        if not options.get("stream") and path.startswith(("/api/", "/health")):
            check(answer)
        return answer

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, **options):
        return self.call("POST", path, **options)

    def create(self, task="prompt2instrumental", **parameters):
        """Queues a song of one second, or as `parameters` say, and gives its id."""
        body = {"prompt": "short jazz tune", "audio_duration": 1, "seed": 1, **parameters}
        answer = self.post(f"/api/v1/music/{task}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def job(self, id):
        answer = self.get(f"/api/v1/music/jobs/{id}/status")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def finished(self, id, seconds=90):
        """The job when it has ended, well or badly."""

        def ended():
            job = self.job(id)
            return job if job["status"] in ("COMPLETED", "FAILED") else None

        return until(ended, seconds, every=0.05, what=f"the end of job {id}")

    def stems(self, id, variation, seconds=120):
        """The set of a variation's stems once it is made."""

        def ended():
            sets = self.get(f"/api/v1/music/jobs/{id}/stems").json()["variations"]
            found = [each for each in sets if each["variation"] == variation]
            return found[0] if found and found[0]["status"] in ("COMPLETED", "FAILED") else None

        return until(ended, seconds, every=0.1, what="the end of the stems")

    def song(self, seconds=90, **parameters):
        """Makes a song and gives its completed job."""
        job = self.finished(self.create(**parameters), seconds)
        assert job["status"] == "COMPLETED", job["error_message"]
        return job


def download(link):
    """Fetches a link as the SDK's command line does: no key, no headers."""
    answer = requests.get(link, timeout=60)
    assert answer.status_code == 200, f"{answer.status_code} for {urllib.parse.urlsplit(link).path}"
    return answer


def decode(content):
    """Samples, rate and format of an audio file."""
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        return file.read(always_2d=True), file.samplerate, file.format
