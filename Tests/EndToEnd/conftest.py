import pathlib
import shutil
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from studio import REPOSITORY, Studio  # noqa: E402


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
