"""From a fresh install to a file on disk, in a browser without JavaScript."""
import re

import pytest
from client import decode
from conftest import PASSWORD
from studio import Studio, until
from visitor import Visitor


def job_path(page):
    path = re.sub(r"^https?://[^/]+", "", page.url)
    assert re.fullmatch(r"/jobs/\d+", path), f"{page.url} is not a job's page: {page.words[:300]}"
    return path


def create(visitor, **changes):
    """Sends the create form for a short song and gives the address of its page."""
    fields = {"caption": "calm piano for rain", "length": "custom", "length_custom": "2", "instrumental": "on", **changes}
    return job_path(visitor.send(visitor.open("/"), "/", fields))


def watch(visitor, path, state="completed"):
    """Reloads the page, as its meta refresh does, until it shows the state."""

    def shows():
        page = visitor.open(path)
        assert page.status == 200
        assert page.state() in ("pending", "processing", state), page.words
        return page if page.state() == state else None

    return until(shows, 90, every=0.1, what=f"{path} {state}")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A studio that nobody has set up."""
    studio = Studio(tmp_path_factory.mktemp("fresh") / "data").start()
    yield studio
    studio.stop()


class TestFirstRun:
    def test_everything_leads_to_setup_while_there_is_no_user(self, fresh):
        for path in ("/", "/library"):
            assert Visitor(fresh.url).open(path).url == f"{fresh.url}/setup"

    def test_a_wrong_code_is_refused_and_what_was_typed_stays(self, fresh):
        visitor = Visitor(fresh.url)
        page = visitor.send(visitor.open("/setup"), "/setup", {
            "code": "0000-0000", "site_name": "Mine", "name": "mallory", "email": "m@example.org", "password": PASSWORD,
        })
        assert 400 <= page.status < 500
        assert "code" in page.words.lower()
        sent = dict(page.form("/setup").values)
        assert (sent["name"], sent["site_name"], sent["password"]) == ("mallory", "Mine", "")
        assert visitor.open("/").url.endswith("/setup")

    def test_a_weak_password_is_refused(self, fresh):
        visitor = Visitor(fresh.url)
        page = visitor.send(visitor.open("/setup"), "/setup", {
            "code": fresh.setup_code(), "site_name": "Mine", "name": "olive", "email": "o@example.org", "password": "short",
        })
        assert 400 <= page.status < 500
        assert "The password must have 8 to 200 characters" in page

    def test_the_first_key_can_come_from_the_command_line(self, fresh):
        key = fresh.create_key("first")
        me = fresh.get("/api/v1/auth/me", headers={"X-API-Key": key})
        assert me.status_code == 200
        assert me.json()["role"] == "admin"


def test_setup_is_gone_once_there_is_a_user(studio, owner):
    assert Visitor(studio.url).open("/setup").status == 404
    assert owner.open("/setup").status == 404


def test_a_song_from_the_form_to_the_file(owner):
    path = create(owner)
    page = watch(owner, path)
    assert set(page.downloads) == {"FLAC", "WAV", "MP3", "OGG", "MIDI", "MusicXML", "ABC", "JSON"}
    files = {name: owner.fetch(link) for name, link in page.downloads.items()}
    assert {answer.status_code for answer in files.values()} == {200}
    assert files.pop("MIDI").content.startswith(b"MThd")
    assert files.pop("JSON").json()
    assert files.pop("ABC").text.startswith("%abc-2.1")
    assert "score-partwise" in files.pop("MusicXML").text
    for name, answer in files.items():
        samples, rate, format = decode(answer.content)
        assert format == name
        assert rate == 48000
        assert abs(len(samples) / rate - 2) < 0.1
        assert abs(samples).max() > 0.05, "silence"


def test_the_page_of_an_unfinished_song_reloads_itself(owner):
    path = create(owner, length_custom="120")
    page = owner.open(path)
    assert page.state() in ("pending", "processing")
    assert any(name == "meta" and at.get("http-equiv") == "refresh" for name, at in page.elements)
    owner.send(page, f"{path}/cancel")
    watch(owner, path, "cancelled")


def test_a_cancelled_song_can_be_run_again_and_deleted(owner):
    path = create(owner, length_custom="100")
    owner.send(owner.open(path), f"{path}/cancel")
    page = watch(owner, path, "cancelled")
    owner.send(page, f"{path}/retry")
    assert until(lambda: owner.open(path).state() in ("pending", "processing"), what="the second try")
    owner.send(owner.open(path), f"{path}/cancel")
    page = watch(owner, path, "cancelled")
    assert owner.send(page, f"{path}/delete").status == 200
    assert owner.open(path).status == 404


def test_a_form_with_faults_comes_back_filled_in_with_its_messages(owner):
    page = owner.send(owner.open("/?mode=advanced"), "/", {
        "caption": "my own words", "length": "custom", "length_custom": "601", "bpm": "999",
    })
    assert 400 <= page.status < 500
    values = dict(page.form("/").values)
    assert values["caption"] == "my own words"
    assert values["bpm"] == "999"
    assert "30" in page and "300" in page
    assert any("aria-invalid" in at for _, at in page.elements)


def test_switching_between_simple_and_advanced_keeps_what_was_typed(owner):
    advanced = owner.send(owner.open("/"), "/", {"caption": "kept words"}, button=("switch", "advanced"))
    assert dict(advanced.form("/").values)["caption"] == "kept words"
    simple = owner.send(advanced, "/", {"bpm": "97"}, button=("switch", "simple"))
    values = dict(simple.form("/").values)
    assert (values["caption"], values["bpm"]) == ("kept words", "97")


def test_the_library_finds_songs_and_says_when_there_is_none(owner):
    path = create(owner, caption="unmistakable zebra waltz")
    watch(owner, path)
    assert path in owner.open("/library").links
    library = owner.open("/library")
    assert path in owner.send(library, "/library", {"q": "zebra"}).links
    nothing = owner.send(library, "/library", {"q": "no such song anywhere"})
    assert path not in nothing.links
    assert "No song matches" in nothing


def test_pages_are_for_those_signed_in(studio, owner):
    stranger = Visitor(studio.url)
    for path in ("/library", "/account", "/jobs/1"):
        assert stranger.open(path).url.startswith(f"{studio.url}/login")


def test_a_form_from_another_site_or_without_its_token_is_refused(studio, owner):
    page = owner.open("/")
    fields = page.form("/").submission({"caption": "forged"}, None)
    forged = owner.session.post(f"{studio.url}/", data=fields, headers={"Origin": "https://evil.example"}, timeout=30)
    assert forged.status_code == 403
    bare = [(name, value) for name, value in fields if name != "csrf"]
    assert owner.session.post(f"{studio.url}/", data=bare, timeout=30).status_code == 403


def test_signing_out_and_in_again(studio, owner):
    visitor = Visitor(studio.url)
    wrong = visitor.send(visitor.open("/login"), "/login", {"login": "olive", "password": "not this one 1"})
    unknown = visitor.send(visitor.open("/login"), "/login", {"login": "nobody", "password": "not this one 1"})
    assert 400 <= wrong.status < 500
    assert wrong.words.replace("olive", "") == unknown.words.replace("nobody", ""), "says which names exist"
    home = visitor.send(visitor.open("/login?next=/library"), "/login", {"login": "olive", "password": PASSWORD})
    assert home.status == 200 and home.url == f"{studio.url}/library"
    cookie = next(iter(visitor.session.cookies))
    assert cookie.has_nonstandard_attr("HttpOnly")
    left = visitor.send(visitor.open("/account"), "/logout")
    assert left.status == 200
    assert visitor.open("/library").url.startswith(f"{studio.url}/login")


def test_signing_in_leads_to_no_other_site(studio, owner):
    visitor = Visitor(studio.url)
    page = visitor.open("/login?next=//evil.example/x")
    form = page.form("/login")
    sent = visitor.session.post(
        f"{studio.url}/login", data=form.submission({"login": "olive", "password": PASSWORD}, None),
        headers={"Origin": studio.url}, allow_redirects=False, timeout=30,
    )
    assert sent.status_code == 303
    assert sent.headers["Location"].startswith("/") and not sent.headers["Location"].startswith("//")


def test_a_key_made_on_the_account_page_works_until_it_is_revoked(studio, owner):
    made = owner.send(owner.open("/account"), "/account/keys", {"key_name": "radio"})
    key = re.search(r"ap_[A-Za-z0-9_-]{32,}", made.words)
    assert key, "the new key is shown once"
    headers = {"X-API-Key": key[0]}
    assert studio.get("/api/v1/auth/me", headers=headers).status_code == 200
    account = owner.open("/account")
    assert key[0] not in account.words
    revoke = next(form.action for form in account.forms if "Revoke radio" in form.buttons)
    owner.send(account, revoke)
    assert studio.get("/api/v1/auth/me", headers=headers).status_code == 403


def test_an_unknown_address_is_a_page_with_a_way_back(owner):
    page = owner.open("/no/such/page")
    assert page.status == 404
    assert "/" in page.links
    assert "404" not in page.heading
