"""A team on one server: invitations, tokens, scopes, a forgotten password. Sends at most six forms to the addresses where
nginx counts sign-ins (five a minute), hence a studio of its own."""
import re
import urllib.parse

import pytest
from client import Client
from conftest import PASSWORD
from studio import Studio
from visitor import Visitor

AUTH = "/api/v1/auth"


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    studio = Studio(tmp_path_factory.mktemp("team") / "data").start()
    yield studio
    assert studio.stop() == 0


@pytest.fixture(scope="module")
def chief(team):
    visitor = Visitor(team.url)
    page = visitor.send(visitor.open("/setup"), "/setup", {
        "code": team.setup_code(), "site_name": "Team", "name": "olive", "email": "olive@example.org", "password": PASSWORD,
    })
    assert page.status == 200, page.words
    return visitor


def path_of(link):
    return urllib.parse.urlsplit(link).path


@pytest.fixture(scope="module")
def ben(team, chief):
    """A member who came by an invitation."""
    made = chief.send(chief.open("/admin"), "/admin/invitations", {"note": "Ben", "role": "member"})
    link = re.search(r"http://\S+/invite/[A-Za-z0-9_-]+", made.words)
    assert link, made.words
    visitor = Visitor(team.url)
    page = visitor.send(visitor.open(path_of(link[0])), path_of(link[0]), {
        "name": "ben", "email": "ben@example.org", "password": PASSWORD,
    })
    assert page.status == 200 and "Signed in as ben" in page.words
    assert Visitor(team.url).open(path_of(link[0])).status == 404, "an invitation works once"
    return visitor


def test_a_stranger_makes_no_account_without_an_invitation(team, chief):
    assert Visitor(team.url).open("/register").status == 403


def test_a_member_does_not_look_after_the_studio(ben):
    assert ben.open("/admin").status == 403
    assert "/admin" not in ben.open("/account").links


def test_secrets_in_addresses_stay_out_of_the_log(team, ben):
    ben.open("/invite/never-to-be-seen")
    ben.open("/reset/never-to-be-seen")
    team_log = team.data / "log" / "access.log"
    assert not team_log.exists() or "never-to-be-seen" not in team_log.read_text()


def test_tokens_work_are_renewed_and_end_when_stolen(team, ben):
    made = team.post(f"{AUTH}/token", data={"username": "ben@example.org", "password": PASSWORD})
    assert made.status_code == 200, made.text
    first = made.json()
    assert first["token_type"] == "bearer" and first["expires_in"] == 3600

    def me(token):
        return team.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {token}"})

    assert me(first["access_token"]).json()["email"] == "ben@example.org"
    second = team.post(f"{AUTH}/refresh", json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 200 and second.json()["refresh_token"] != first["refresh_token"]
    assert team.post(f"{AUTH}/refresh", json={"refresh_token": first["refresh_token"]}).status_code == 401
    assert me(second.json()["access_token"]).status_code == 401


def test_a_key_does_what_its_scopes_say(team, ben):
    full = {"X-API-Key": team.create_key("full", "ben")}
    made = team.post(f"{AUTH}/api-keys", json={"name": "reader", "scopes": ["music:read"], "expires_in_days": 1}, headers=full)
    assert made.status_code == 201
    reader = {"X-API-Key": made.json()["api_key"]}
    assert team.get("/api/v1/music/jobs", headers=reader).status_code == 200
    refused = team.post("/api/v1/music/simple", json={"query": "x"}, headers=reader)
    assert refused.status_code == 403 and "music:generate" in refused.json()["detail"]
    assert made.json()["api_key"] not in team.get(f"{AUTH}/api-keys", headers=full).text
    assert team.delete(f"{AUTH}/api-keys/{made.json()['id']}", headers=full).status_code == 200
    assert team.get("/api/v1/music/jobs", headers=reader).status_code == 403


def test_a_forgotten_password_is_set_by_the_administrators_link(team, chief, ben):
    said = team.post(f"{AUTH}/forgot-password", json={"email": "ben@example.org"})
    assert said.text == team.post(f"{AUTH}/forgot-password", json={"email": "nobody@example.org"}).text
    page = chief.open("/admin")
    assert "asked for a new password" in page
    action = next(form.action for form in page.forms if "Link for a new password of ben" in form.buttons)
    link = re.search(r"/reset/([A-Za-z0-9_-]+)", chief.send(page, action).words)
    body = {"token": link[1], "new_password": "another password 2"}
    assert team.post(f"{AUTH}/reset-password", json=body).status_code == 200
    assert team.post(f"{AUTH}/reset-password", json=body).status_code == 400
    assert "/login" in ben.open("/library").url, "everywhere signed out"


def test_the_command_line_lets_an_administrator_in_again(team, chief):
    path = team.command("user", "reset", "--name", "olive").strip()
    assert re.fullmatch(r"/reset/[A-Za-z0-9_-]{32}", path)
    assert Visitor(team.url).open(path).heading == "New password"


def test_credits_are_reserved_charged_and_given_back(team, chief):
    program = Client(team, team.create_user_key("cleo"))
    assert program.get("/api/v1/credits").json()["billing"] == "off"
    assert program.song()["credits_charged"] == 0
    chief.send(chief.open("/admin"), "/admin/credits", {"pricing": "tiers", "monthly": "12"})

    def available():
        return program.get("/api/v1/credits").json()["total_available_credits"]

    assert available() == 12
    job = program.song()
    assert job["credits_charged"] == 5 and available() == 7
    refused = program.post("/api/v1/music/prompt2instrumental", json={"prompt": "x", "audio_duration": 45})
    body = refused.json()
    assert refused.status_code == 402 and body["detail"] == "Insufficient credits. Required: 10, Available: 7"
    assert body["error"] == "insufficient_credits" and isinstance(body["required_cents"], int)
    waiting = program.create(audio_duration=30)
    assert available() == 2
    assert program.call("DELETE", f"/api/v1/music/jobs/{waiting}").status_code == 200
    assert available() in (7, 2), "2 where it was finished first"
    assert "adds up" in team.command("check")
