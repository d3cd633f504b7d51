"""What `./run` promises of itself, with the probe in the place of the backend."""
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest
import requests
from studio import Studio, until


@pytest.fixture
def studio(probe_repository, tmp_path):
    studio = Studio(tmp_path / "data", probe_repository)
    yield studio
    if studio.process and studio.process.poll() is None:
        studio.process.kill()
        studio.process.wait()


def run(studio, *options, environment=None):
    return subprocess.run(
        [studio.repository / "run", "--no-install", "--data", studio.data, *options],
        capture_output=True, text=True, timeout=60, env={**os.environ, **(environment or {})},
    )


def is_refused(studio):
    try:
        requests.get(studio.url, timeout=5)
        return False
    except requests.ConnectionError:
        return True


def test_says_its_address_and_that_it_is_ready(studio):
    studio.start()
    assert studio.said().splitlines()[-1] == f"Cantiga is ready: {studio.url}/"
    assert studio.get("/health").status_code == 200


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_both_at_once(studio, how):
    studio.start()
    children = [studio.process_of("backend"), studio.process_of("nginx")]
    started = time.monotonic()
    assert studio.stop(how) == 0
    assert time.monotonic() - started < 2
    assert not any(os.path.exists(f"/proc/{child}") for child in children)
    assert is_refused(studio)


def test_starts_again_on_the_same_data_folder_silently_and_quickly(studio):
    studio.start()
    studio.stop()
    studio.console.unlink()
    started = time.monotonic()
    studio.start()
    assert time.monotonic() - started < 5
    assert studio.said().splitlines() == [f"Cantiga is ready: {studio.url}/"]


def test_when_run_itself_is_killed_nothing_stays_behind(studio):
    studio.start()
    children = [studio.process_of("backend"), studio.process_of("nginx")]
    studio.process.kill()
    studio.process.wait()
    until(lambda: not any(os.path.exists(f"/proc/{child}") for child in children), what="the end of the children")
    studio.start()


def test_a_backend_that_dies_takes_run_with_it(studio):
    studio.start()
    assert studio.kill_backend() == 1
    assert "backend stopped by itself (status 137)" in studio.said()
    assert is_refused(studio)


def test_an_nginx_that_dies_takes_run_with_it(studio):
    studio.start()
    backend = studio.process_of("backend")
    os.kill(studio.process_of("nginx"), signal.SIGKILL)
    assert studio.process.wait(timeout=20) == 1
    assert "nginx stopped by itself (status 137)" in studio.said()
    assert not os.path.exists(f"/proc/{backend}")
    assert is_refused(studio), "a worker of the dead nginx still serves"


def test_a_port_in_use_is_named_before_anything_is_built(studio):
    os.remove(studio.repository / ".build/run-built")
    try:
        with socket.create_server(("127.0.0.1", studio.port)):
            ended = run(studio, "--port", str(studio.port))
    finally:
        (studio.repository / ".build/run-built").touch()
    assert ended.returncode == 1
    assert f"port {studio.port} is in use" in ended.stderr
    assert "Building" not in ended.stdout
    assert not studio.data.exists()


def test_a_data_folder_in_use_is_named(studio):
    studio.start()
    ended = run(studio, "--port", str(studio.port + 1))
    assert ended.returncode == 1
    assert f"another Cantiga is using the data folder {studio.data}" in ended.stderr


@pytest.mark.parametrize("option", ["0", "65536", "http", ""])
def test_a_port_that_is_none_is_refused(studio, option):
    ended = run(studio, "--port", option)
    assert ended.returncode == 1
    assert "--port must be a number from 1 to 65535" in ended.stderr


@pytest.mark.parametrize("option", ["", "::1", "127.0.0.1; root /", "a b"])
def test_an_address_that_is_none_is_refused(studio, option):
    ended = run(studio, "--listen", option)
    assert ended.returncode == 1
    assert "--listen must be an address" in ended.stderr


def test_a_data_folder_that_cannot_be_one_is_named(studio, tmp_path):
    (tmp_path / "file").touch()
    for data, words in ((tmp_path / "file", "cannot"), (tmp_path / ("x" * 100), "too long")):
        ended = run(studio, "--port", str(studio.port), "--data", data)
        assert ended.returncode == 1
        assert words in ended.stderr and str(data) in ended.stderr


def test_it_listens_where_it_is_told_and_nowhere_else(studio):
    studio.start()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", studio.port), timeout=2)


def test_an_unknown_option_is_refused(studio):
    ended = run(studio, "--prot", "80")
    assert ended.returncode == 1
    assert "unknown option --prot" in ended.stderr


def test_a_missing_package_is_named_with_the_line_that_installs_it(studio):
    """A dpkg that knows of no package stands for a fresh machine."""
    tools = studio.data.parent / "tools"
    tools.mkdir()
    (tools / "dpkg-query").write_text("#!/bin/sh\nexit 1\n")
    (tools / "dpkg-query").chmod(0o755)
    ended = run(studio, "--port", str(studio.port), environment={"PATH": f"{tools}:{os.environ['PATH']}"})
    assert ended.returncode == 1
    assert "apt-get install -y --no-install-recommends libfcgi-dev" in ended.stderr
    assert "fluid-soundfont-gm" in ended.stderr


def test_a_kernel_forced_below_the_processor_is_freed_and_said_once(studio):
    if "avx512bw" not in open("/proc/cpuinfo").read().split():
        pytest.skip("this processor has nothing better than the AVX2 kernel")
    studio.environment = {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_L2_SIZE": "512"}
    studio.start()
    environment = open(f"/proc/{studio.process_of('backend')}/environ").read()
    assert "OPENBLAS" not in environment
    assert studio.said().count("OPENBLAS_CORETYPE=Haswell") == 1
    studio.stop()
    studio.start()
    assert studio.said().count("OPENBLAS_CORETYPE=Haswell") == 1


def test_voices_are_fetched_once_and_without_them_it_starts_all_the_same(probe_repository, tmp_path):
    """A program that notes how it is called for voices: it fails first, and leaves a pack the second time."""
    repository = tmp_path / "repository"
    shutil.copytree(probe_repository, repository)
    program = repository / ".build/release/cantiga"
    program.rename(program.with_name("probe"))
    program.write_text(f"""#!/bin/bash
if [ "$1" = voices ]; then
  echo "$@" >>{tmp_path}/calls
  [ -e {tmp_path}/online ] || {{ echo "no network" >&2; exit 1; }}
  mkdir -p "$4/voices" && touch "$4/voices/pack.json"
  exit 0
fi
exec {program.with_name("probe")} "$@"
""")
    program.chmod(0o755)
    (repository / ".build/run-built").touch()
    studio = Studio(tmp_path / "data", repository, options=(), environment={"CANTIGA_VOICES": ""})
    calls = tmp_path / "calls"

    def starts(*options):
        studio.options = options
        studio.start()
        assert studio.get("/health").status_code == 200
        assert studio.stop() == 0
        return calls.read_text().splitlines() if calls.exists() else []

    assert starts("--no-voices") == [] and starts("--no-install") == []
    assert "voices" not in studio.said()
    assert starts() == [f"voices install --data {studio.data}"]
    assert "no network" in studio.said() and "Cantiga starts without these voices" in studio.said()
    (tmp_path / "online").touch()
    assert len(starts()) == 2
    assert len(starts()) == 2, "voices that are there are not fetched again"


def test_nothing_is_written_outside_the_data_folder(studio, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in studio.repository.rglob("*")}
    studio.start()
    studio.get("/")
    studio.stop()
    assert {path: path.stat().st_mtime_ns for path in studio.repository.rglob("*")} == before
    assert {path.name for path in tmp_path.iterdir()} == {"data", "data.console"}
