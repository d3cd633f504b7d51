"""The pages in a real browser: how they look, how they sound, what they say to the console and to axe.

Screenshots go to .build-artefacts/pages (CANTIGA_ARTEFACTS names another folder).
"""
import os
import pathlib
import re
import shutil

import pytest
from studio import REPOSITORY, Studio, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe

CHROMIUM = shutil.which("chromium")
if not CHROMIUM:
    pytest.skip("chromium is not installed: no page was looked at", allow_module_level=True)

ARTEFACTS = pathlib.Path(os.environ.get("CANTIGA_ARTEFACTS", REPOSITORY / ".build-artefacts")) / "pages"
SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def jobs(client, song):
    """A job in every state, by name."""
    batch = client.song(batch_size=3, audio_duration=2, display_name="Three takes")
    cancelled = client.create(audio_duration=600, display_name="Never mind")
    client.post(f"/api/v1/music/jobs/{cancelled}/cancel")
    client.finished(cancelled)
    sound = client.get(song["output_urls"]["mp3"].removeprefix(client.studio.url)).content
    upload = client.post("/api/v1/music/uploads", files={"file": ("A walk by the river, take 2.mp3", sound)}, timeout=60).json()["id"]
    shared = client.post(f"/api/v1/music/jobs/{song['id']}/share").json()["share_token"]
    return {"song": song["id"], "shared": f"/shared/{shared}", "variations": batch["id"], "cancelled": cancelled, "upload": upload}


@pytest.fixture
def busy(client):
    """A long song in the making and one behind it, for as long as the test lasts."""
    ids = [client.create(audio_duration=600, batch_size=8, display_name="The long one"),
           client.create(audio_duration=600, batch_size=8, display_name="The one behind")]
    until(lambda: client.job(ids[0])["status"] == "PROCESSING", 60, what="the start of the long song")
    yield ids
    for id in ids:
        client.call("DELETE", f"/api/v1/music/jobs/{id}")


@pytest.fixture
def tab(chromium, studio, owner):
    """Opens a page as the signed-in user; what the console says against it fails the test."""
    contexts, complaints = [], []

    def open_page(path, signed_in=True, **options):
        context = chromium.new_context(base_url=studio.url, **options)
        contexts.append(context)
        if signed_in:
            context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": studio.url} for cookie in owner.session.cookies])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{path}: {message.text}") if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
        page.on("request", lambda request: complaints.append(f"{path}: asks {request.url}")
                if not request.url.startswith((studio.url, "data:", "blob:")) else None)
        page.goto(path)
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
    # A page that is meant to be an error announces its own status on the console.
    serious = [text for text in complaints if "the server responded with a status of 404" not in text]
    assert not serious, serious


def pages(jobs):
    return {
        "login": ("/login", False), "create": ("/", True), "create-advanced": ("/?mode=advanced", True),
        "library": ("/library", True), "library-no-match": ("/library?q=nothing+like+it", True),
        "account": ("/account", True), "admin": ("/admin", True), "help": ("/help", True), "not-found": ("/no/such/page", True),
        "job-completed": (f"/jobs/{jobs['song']}", True), "job-variations": (f"/jobs/{jobs['variations']}", True),
        "job-cancelled": (f"/jobs/{jobs['cancelled']}", True),
        "change-retake": (f"/jobs/{jobs['song']}/change", True),
        "change-repaint": (f"/jobs/{jobs['song']}/change?do=repaint", True),
        "change-edit": (f"/jobs/{jobs['song']}/change?do=edit", True),
        "uploads": ("/uploads", True), "upload": (f"/uploads/{jobs['upload']}", True),
        "use-cover": (f"/uploads/{jobs['upload']}/use", True), "use-stem": (f"/uploads/{jobs['upload']}/use?do=extract", True),
        "shared": (jobs["shared"], False), "embed": (jobs["shared"] + "/embed", False), "playlists": ("/playlists", True),
        "audit": ("/admin/log", True), "retention": ("/admin/retention?days=300", True),
    }


NAMES = ["login", "create", "create-advanced", "library", "library-no-match", "account", "admin", "help", "not-found",
         "job-completed", "job-variations", "job-cancelled", "change-retake", "change-repaint", "change-edit",
         "uploads", "upload", "use-cover", "use-stem",
         "shared", "embed", "playlists", "audit", "retention"]


def settle(page):
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")


def look(page, name):
    """Takes the picture, and judges what can be judged without eyes."""
    settle(page)
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{name} scrolls sideways by {wider} px"
    found = Axe().run(page).response["violations"]
    serious = [f"{violation['id']}: {violation['nodes'][0]['html'][:200]}" for violation in found
               if violation["impact"] in ("serious", "critical")]
    assert not serious, serious
    assert page.locator("h1").count() == 1
    assert page.title()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_looks_right(tab, jobs, name, scheme, size):
    path, signed_in = pages(jobs)[name]
    page = tab(path, signed_in, viewport=SIZES[size], color_scheme=scheme)
    look(page, f"{name}-{scheme}-{size}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_waiting_and_making_look_right(tab, busy, scheme, size):
    for name, id in zip(("making", "waiting"), busy):
        page = tab(f"/jobs/{id}", viewport=SIZES[size], color_scheme=scheme)
        assert page.locator("article[data-job]").get_attribute("data-state") in ("processing", "pending")
        look(page, f"job-{name}-{scheme}-{size}")


@pytest.mark.parametrize("name", NAMES)
def test_every_page_stands_without_javascript(chromium, studio, owner, jobs, name):
    path, signed_in = pages(jobs)[name]
    context = chromium.new_context(base_url=studio.url, java_script_enabled=False, viewport=SIZES["wide"])
    if signed_in:
        context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": studio.url} for cookie in owner.session.cookies])
    page = context.new_page()
    page.goto(path)
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}-plain.png", full_page=True)
    assert page.locator("h1").is_visible()
    if name.startswith("job-") and name != "job-cancelled":
        assert page.locator("audio[controls]").is_visible()
        assert page.locator("svg path").first.is_visible()
    context.close()


def test_the_setup_page_looks_right(chromium, tmp_path):
    studio = Studio(tmp_path / "data").start()
    try:
        for size, viewport in SIZES.items():
            for scheme in ("light", "dark"):
                context = chromium.new_context(base_url=studio.url, viewport=viewport, color_scheme=scheme)
                page = context.new_page()
                page.goto("/setup")
                look(page, f"setup-{scheme}-{size}")
                context.close()
    finally:
        studio.stop()


def test_nginx_error_pages_look_right(chromium, probe):
    for scheme in ("light", "dark"):
        context = chromium.new_context(base_url=probe.url, viewport=SIZES["phone"], color_scheme=scheme)
        page = context.new_page()
        for name, path in (("nginx-404", "/static/1/nothing.css"),):
            page.goto(path)
            look(page, f"{name}-{scheme}")
        context.close()


def plays_past(page, seconds):
    """Waits for the audio to run; by asking, for the page's policy forbids a predicate of ours inside it."""
    until(lambda: page.evaluate("document.querySelector('#audio').currentTime") > seconds, 15, what="sound")


def test_a_song_from_the_form_to_the_ear(tab):
    page = tab("/")
    page.fill("[name=caption]", "calm piano for rain")
    page.locator("[name=length][value=custom]").check(force=True)
    page.fill("[name=length_custom]", "3")
    page.get_by_role("button", name="Generate").click()
    page.wait_for_url(re.compile(r"/jobs/\d+$"))
    # No reload from here on: the page hears of the end by itself.
    page.wait_for_selector("article[data-state=completed]", timeout=60_000)
    page.get_by_role("button", name=re.compile("^Play")).or_(page.get_by_role("link", name=re.compile("^Play"))).first.click()
    plays_past(page, 0.5)
    assert page.evaluate("document.querySelector('#audio').duration") == pytest.approx(3, abs=0.1)


def test_variations_are_compared_at_one_moment(tab, client, jobs):
    page = tab(f"/jobs/{jobs['variations']}")
    takes = client.job(jobs["variations"])["outputs"]
    rows = page.locator(".variations > li")
    assert rows.count() == len(takes) == 3
    for row, take in zip(rows.all(), takes):
        words = row.inner_text()
        assert f"seed {take['seed']}" in words and take["used"]["keyscale"] in words
        assert f"{take['used']['bpm']:g} BPM" in words
    page.locator("[data-play][data-follow]").click()
    plays_past(page, 0.6)
    page.keyboard.press("2")
    until(lambda: "/1.ogg" in page.evaluate("document.querySelector('#audio').currentSrc"), 10, what="the second take")
    plays_past(page, 0.6)
    assert "is-playing" in rows.nth(1).locator("[data-play]").get_attribute("class")
    page.keyboard.press("2")
    assert not page.evaluate("document.querySelector('#audio').paused"), "asking again for what plays stopped it"
    page.goto(f"/jobs/{jobs['variations']}?v=3")
    assert rows.nth(2).locator("a[aria-current=true]").count() == 1
    assert takes[2]["used"]["keyscale"] in page.locator(".readouts").inner_text()


def test_music_plays_on_while_pages_change(tab, song):
    page = tab(f"/jobs/{song['id']}")
    page.locator("[data-play]").first.click()
    plays_past(page, 0.2)
    page.evaluate("document.querySelector('#audio').dataset.mine = 'yes'")
    page.get_by_role("link", name="Library").first.click()
    page.wait_for_url("**/library")
    assert page.evaluate("document.querySelector('#audio').dataset.mine") == "yes", "the element was replaced"
    plays_past(page, page.evaluate("document.querySelector('#audio').currentTime"))


@pytest.fixture(scope="module")
def formed(client):
    """A song with sections."""
    return client.song(task="text2music", caption="upbeat synth pop", instrumental=True, audio_duration=40, seed=3)


def audio_time(page):
    return page.evaluate("document.querySelector('#audio').currentTime")


def test_sections_lie_over_the_waveform_and_lead_into_the_song(tab, formed):
    page = tab(f"/jobs/{formed['id']}", viewport=SIZES["phone"])
    sections = formed["used"]["sections"]
    buttons = page.locator(".sections button")
    until(lambda: buttons.count() == len(sections) > 2, 10, what="a button for each section")
    second = sections[1]
    buttons.nth(1).focus()
    page.keyboard.press("Enter")
    until(lambda: audio_time(page) >= second["start"], 15, what="the second section")
    until(lambda: page.locator(".section.is-now").count() == 1, 5, what="the mark")
    assert second["label"] in page.locator(".section.is-now").inner_text()
    assert buttons.nth(1).get_attribute("aria-current") == "true"
    page.get_by_role("button", name="Loop section").click()
    page.evaluate(f"document.querySelector('#audio').currentTime = {second['end'] - 0.4}")
    until(lambda: second["start"] <= audio_time(page) < second["start"] + 3, 10, what="the section's second time")
    page.get_by_role("button", name="Loop section").click()
    page.evaluate(f"document.querySelector('#audio').currentTime = {second['end'] - 0.2}")
    until(lambda: audio_time(page) > second["end"] + 0.2, 10, what="the next section")
    look(page, "job-sections-phone")


def test_sections_are_a_list_with_times_without_javascript(chromium, studio, owner, formed):
    context = chromium.new_context(base_url=studio.url, java_script_enabled=False)
    context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": studio.url} for cookie in owner.session.cookies])
    page = context.new_page()
    page.goto(f"/jobs/{formed['id']}")
    rows = page.locator(".sections li")
    assert rows.count() == len(formed["used"]["sections"])
    for row, section in zip(rows.all(), formed["used"]["sections"]):
        at = int(section["start"])
        assert section["label"] in row.inner_text() and f"{at // 60}:{at % 60:02}" in row.inner_text()
    assert page.locator(".wave-shape rect").count() == rows.count()
    assert page.locator(".plan").is_visible()
    context.close()


#: Notes every piece of sound that the page starts: when, from where in it, how long, and the sum of what starts together.
LISTEN = """
window.starts = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when, offset) {
  window.starts.push({ when, offset, buffer: this.buffer });
  return start.call(this, when, offset);
};
null
"""

#: How far the sum of the pieces that start at one moment is from the same stretch of the song's FLAC, in decibels.
COMPARE = """async (address) => {
  const context = new AudioContext({ sampleRate: 48000 });
  const song = await context.decodeAudioData(await (await fetch(address)).arrayBuffer());
  const first = window.starts[0].when;
  const pieces = window.starts.filter((each) => each.when === first).map((each) => each.buffer.getChannelData(0));
  const wanted = song.getChannelData(0);
  let power = 0, error = 0;
  for (let frame = 0; frame < Math.min(pieces[0].length, wanted.length); frame++) {
    const sum = pieces.reduce((total, piece) => total + piece[frame], 0);
    power += wanted[frame] ** 2;
    error += (sum - wanted[frame]) ** 2;
  }
  context.close();
  return { pieces: pieces.length, decibels: 10 * Math.log10(error / power) };
}"""


def test_stems_are_asked_for_mixed_and_in_step(tab, formed):
    page = tab(f"/jobs/{formed['id']}", viewport=SIZES["wide"])
    page.get_by_role("button", name="Make stems").click()
    page.wait_for_selector("[data-stems]:not([data-stems=none])", timeout=10_000)
    look(page, "job-stems-making")
    page.evaluate("window.sameDocument = true")
    page.wait_for_selector("[data-stems=ready] .stem-controls", timeout=120_000)
    look(page, "job-stems")
    page.evaluate(LISTEN)
    names = [row.get_attribute("data-stem") for row in page.locator("[data-stem]").all()]
    page.locator("[data-play][data-follow]").click()
    plays_past(page, 0.3)
    # Untouched stems are the song: its own recording is what is heard.
    assert page.locator("[data-stems]").get_attribute("data-heard") is None
    page.get_by_role("button", name=f"Mute {names[0]}", exact=True).focus()
    page.keyboard.press("m")
    until(lambda: page.locator("[data-stems]").get_attribute("data-heard") == "stems", 15, what="the stems' sound")
    assert page.evaluate("document.querySelector('#audio').volume") == 0
    assert not page.evaluate("document.querySelector('#audio').muted"), "M on a stem's row muted the player"
    assert page.get_by_role("button", name=f"Mute {names[0]}", exact=True).get_attribute("aria-pressed") == "true"
    until(lambda: len(page.evaluate("window.starts.map((each) => each.when)")) >= 2 * len(names), 15, what="two segments")
    starts = page.evaluate("window.starts.map(({ when, offset, buffer }) => [when - offset, buffer.length])")
    segments = [starts[at:at + len(names)] for at in range(0, len(starts), len(names))]
    for segment in segments:
        assert len({tuple(each) for each in segment}) == 1, f"stems of one segment start apart: {segment}"
    assert segments[1][0][0] - segments[0][0][0] == pytest.approx(segments[0][0][1] / 48_000, abs=1e-6)
    summed = page.evaluate(COMPARE, "/" + formed["outputs"][0]["output_urls"]["flac"].split("/", 3)[3])
    assert summed["pieces"] == len(names) and summed["decibels"] < -55, summed
    # Where the recording is, the stems are.
    page.evaluate("document.querySelector('#audio').currentTime = 20; window.starts.length = 0")
    until(lambda: page.evaluate("window.starts.length") >= len(names), 15, what="stems from the new place")
    offset = page.evaluate("[window.starts[0].offset, document.querySelector('#audio').currentTime]")
    assert 0 <= offset[0] < 2.5 and 20 <= offset[1] < 23, offset
    page.get_by_role("slider", name=f"Level of {names[1]}", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("slider", name=f"Level of {names[1]}", exact=True).get_attribute("aria-valuetext") == "−1 dB"
    page.get_by_role("button", name="Reset").click()
    until(lambda: page.evaluate("document.querySelector('#audio').volume") == 1, 5, what="the song's own sound")
    assert page.evaluate("window.sameDocument"), "the page was loaded again"
    page.get_by_role("link", name="Library").first.click()
    page.wait_for_url("**/library")
    assert page.evaluate("document.querySelector('#audio').volume") == 1


def test_stems_without_javascript(owner, client):
    job = client.song(audio_duration=1, seed=2)["id"]
    page = owner.open(f"/jobs/{job}")
    page = owner.send(page, f"/jobs/{job}/stems")
    assert page.status == 200 and ("The stems wait" in page or "The stems are being made" in page or "All stems" in page)
    until(lambda: "All stems" in owner.open(f"/jobs/{job}"), 60, every=0.2, what="the stems on the page")
    page = owner.open(f"/jobs/{job}")
    players = [at["src"] for name, at in page.elements if name == "audio" and "src" in at]
    assert len(players) >= 3
    for link in players:
        answer = owner.fetch(link)
        assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("inline")
    assert not any(form.action.endswith("/stems") for form in page.forms)


@pytest.fixture(scope="module")
def words(client):
    """A song whose words have times."""
    return client.song(
        task="text2music", caption="bright folk tune", audio_duration=24, format="mp3", seed=7, display_name="Karaoke",
        lyrics="[Verse]\nThe river knows my name and where I go\nWalking by the water in the morning light\n")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_karaoke_marks_line_and_word(tab, words, scheme, size):
    page = tab(f"/jobs/{words['id']}", viewport=SIZES[size], color_scheme=scheme)
    seek = page.locator(".lyric-seek")
    seek.nth(1).wait_for(state="attached")
    assert seek.count() == 2 and page.locator(".word").count() == 17
    seek.nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".lyric.is-now[aria-current=true] .word.is-sung")
    line = page.locator(".lyric.is-now")
    assert "Walking by the water" in line.inner_text()
    page.locator(".lyric.is-now .word.is-sung").nth(1).wait_for()
    look(page, f"karaoke-{scheme}-{size}")
    # A press on the words of the first line goes back to it.
    page.locator(".lyric-text").nth(1).click(position={"x": 20, "y": 10})
    page.locator(".lyric.is-now", has_text="The river").wait_for()
    assert page.locator(".lyric.is-now").count() == 1
    page.get_by_role("button", name="Full screen").click()
    page.locator("[data-karaoke]:fullscreen").wait_for()
    page.screenshot(path=ARTEFACTS / f"karaoke-full-{scheme}-{size}.png")
    found = Axe().run(page, context=".lyrics-block").response["violations"]
    assert not found, [violation["id"] for violation in found]
    page.get_by_role("button", name="Leave full screen").click()
    page.locator("[data-karaoke]:not(:fullscreen)").wait_for()


@pytest.mark.parametrize("language, line", [("ar", "النهر يعرف اسمي"), ("he", "הנהר יודע את שמי")])
def test_right_to_left_words_run_from_the_right(tab, client, language, line):
    job = client.song(task="text2music", caption="slow ballad", vocal_language=language, lyrics=line, audio_duration=12, seed=3)
    page = tab(f"/jobs/{job['id']}")
    page.locator(".word").first.wait_for()
    boxes = [word.bounding_box() for word in page.locator(".word").all()]
    assert len(boxes) == len(line.split())
    assert all(one["x"] > other["x"] for one, other in zip(boxes, boxes[1:]))
    assert page.locator("ol.lyrics").get_attribute("lang") == language


def test_the_lyrics_field_counts_syllables(tab):
    page = tab("/?mode=advanced")
    closed = page.locator("details:not([open]):has(#lyrics) > summary")
    if closed.count():
        closed.click()
    page.locator("#lyrics").click()
    page.get_by_role("button", name="[Verse]").click()
    page.keyboard.type("The river knows my name\nCarry me home")
    sheet = page.locator(".syllables")
    assert "estimated" in sheet.inner_text() and "10 in all" in sheet.inner_text()
    assert page.locator(".syllables .mono").all_inner_texts() == ["6 4"]
    assert page.locator(".syllables b").inner_text() == "4"
    page.locator("#lyrics").fill("[Chorus]\n月亮代表我的心\nさようなら\nनमस्ते दुनिया")
    assert page.locator(".syllables .mono").inner_text() == "7 5 5"
    assert page.locator("#voice_type option").all_inner_texts()[:3] == ["Whichever suits", "Female", "Male"]


def test_a_range_is_chosen_by_dragging_keys_and_section(tab, formed):
    page = tab(f"/jobs/{formed['id']}/change?do=repaint")
    start, end = page.locator("#repainting_start"), page.locator("#repainting_end")
    wave = page.locator("[data-range] .wave")
    page.locator(".range-start").wait_for()
    box = wave.bounding_box()
    seconds = formed["audio_duration"]
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 20, steps=4)
    page.mouse.up()
    assert abs(float(start.input_value()) - seconds * 0.6) < seconds * 0.02
    assert abs(float(end.input_value()) - seconds * 0.8) < seconds * 0.02
    before = float(start.input_value())
    page.locator(".range-start").press("ArrowLeft")
    assert abs(float(start.input_value()) - (before - 0.5)) < 0.011
    section = page.locator("[data-range] [data-from]").nth(1)
    section.click()
    assert float(start.input_value()) == pytest.approx(float(section.get_attribute("data-from")), abs=0.01)
    assert float(end.input_value()) == pytest.approx(float(section.get_attribute("data-to")), abs=0.01)


def test_progress_moves_without_reloading(tab, busy):
    page = tab(f"/jobs/{busy[0]}")
    page.evaluate("window.sameDocument = true")
    before = page.locator("progress").first.get_attribute("value")
    until(lambda: page.locator("progress").first.get_attribute("value") != before, 60, what="progress")
    assert page.evaluate("window.sameDocument")


def test_the_keyboard_reaches_the_skip_link_first(tab):
    page = tab("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_the_words_of_a_shared_song_follow_it(tab, client, words):
    shared = client.post(f"/api/v1/music/jobs/{words['id']}/share").json()
    page = tab(f"/shared/{shared['share_token']}", False)
    page.locator("[data-follow]").click()
    page.wait_for_selector(".lyric.is-now[aria-current=true] .word.is-sung", timeout=30_000)
    assert client.call("DELETE", f"/api/v1/music/jobs/{words['id']}/share").status_code == 200


def test_a_playlist_plays_through(tab, owner, client):
    songs = [client.song(display_name=f"Part {number}", audio_duration=2, seed=30 + number) for number in (1, 2)]
    made = owner.send(owner.open("/playlists"), "/playlists", {"name": "Two parts"})
    path = made.url.removeprefix(client.studio.url)
    for song in songs:
        owner.send(owner.open(f"/jobs/{song['id']}"), f"/jobs/{song['id']}/playlist", {"playlist": path.rsplit("/", 1)[1]})
    page = tab(path)
    page.locator("[data-queue] [data-play]").first.click()
    until(lambda: page.locator("#bar-title").inner_text() == "Part 2", 20, what="the second song")
    owner.send(owner.open(path), f"{path}/delete")


def test_a_page_weighs_little(chromium, studio, owner, jobs):
    """The budgets of the design: compressed bytes of HTML, style and script, and the number of requests."""
    context = chromium.new_context(base_url=studio.url)
    context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": studio.url} for cookie in owner.session.cookies])
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    kinds, sizes = {}, {}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))

    def loaded(event):
        kind = kinds.get(event["requestId"])
        sizes.setdefault(kind, []).append(event["encodedDataLength"])

    session.on("Network.loadingFinished", loaded)
    page.goto(f"/jobs/{jobs['variations']}")
    settle(page)
    until(lambda: page.evaluate("1") and sizes.get("Script"), 10, what="the scripts")
    assert sum(sizes["Document"]) <= 30_000
    assert sum(sizes["Stylesheet"]) <= 14_000
    assert sum(sizes["Script"]) <= 30_000
    assert sum(len(each) for each in sizes.values()) <= 18
    context.close()
