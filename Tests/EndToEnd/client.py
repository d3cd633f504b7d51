"""A program that talks to the API with plain HTTP."""
import io
import urllib.parse

import requests
import soundfile
from studio import until


class Client:
    def __init__(self, studio, key):
        self.studio, self.key = studio, key
        self.session = requests.Session()
        self.session.headers["X-API-Key"] = key

    def call(self, method, path, **options):
        options.setdefault("timeout", 30)
        return self.session.request(method, self.studio.url + path, **options)

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
