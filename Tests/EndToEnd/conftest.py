import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from client import Client  # noqa: E402
from studio import REPOSITORY, Studio  # noqa: E402
from visitor import Visitor  # noqa: E402


def pytest_sessionstart(session):
    """Builds once, before the first test, rather than at every start that a test makes."""
    prepared = subprocess.run([REPOSITORY / "run", "--no-install", "--prepare"], capture_output=True, text=True)
    if prepared.returncode != 0:
        pytest.exit(f"cantiga can't be built:\n{prepared.stdout}\n{prepared.stderr}", returncode=1)


@pytest.fixture(scope="session")
def probe_repository(tmp_path_factory):
    """A repository whose program is the FastCGI probe, with the real `run` and nginx.conf."""
    root = tmp_path_factory.mktemp("probe") / "repository"
    (root / "Sources").mkdir(parents=True)
    (root / "Package.swift").touch()
    (root / ".build/release").mkdir(parents=True)
    for name in ("run", "nginx.conf"):
        shutil.copy2(REPOSITORY / name, root / name)
    shutil.copytree(REPOSITORY / "public", root / "public")
    program = root / ".build/release/cantiga"
    shutil.copy2(HERE / "fastcgi_probe.py", program)
    program.chmod(0o755)
    (root / ".build/run-built").touch()
    return root


@pytest.fixture(scope="module")
def probe(probe_repository, tmp_path_factory):
    """nginx with the shipped configuration before the probe."""
    studio = Studio(tmp_path_factory.mktemp("nginx") / "data", probe_repository).start()
    yield studio
    studio.stop()


PASSWORD = "correct horse 7 battery"


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    """The real thing, built, behind the real nginx, on an empty data folder."""
    studio = Studio(tmp_path_factory.mktemp("studio") / "data").start()
    yield studio
    assert studio.stop() == 0


@pytest.fixture(scope="session")
def owner(studio):
    """The first user, who set the studio up with the code from the log and is signed in."""
    visitor = Visitor(studio.url)
    setup = visitor.open("/setup")
    assert setup.status == 200
    page = visitor.send(setup, "/setup", {
        "code": studio.setup_code(), "site_name": "Test studio", "name": "olive", "email": "olive@example.org",
        "password": PASSWORD,
    })
    assert page.status == 200 and "Sign in" not in page.title, page.words
    return visitor


@pytest.fixture(scope="session")
def client(studio, owner):
    """A program with a key of the first user."""
    return Client(studio, studio.create_key("end to end"))


@pytest.fixture(scope="session")
def song(client):
    """A finished song of four seconds with a melody for its words."""
    return client.song(
        task="text2music", caption="bright folk tune", lyrics="[verse]\nThe river knows my name\n", audio_duration=4,
        format="mp3", seed=7, display_name="Rivière & \"sea\"/1",
    )
