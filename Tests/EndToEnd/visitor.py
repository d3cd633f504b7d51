"""A person with a browser that runs no JavaScript: reads pages, follows links, fills in forms."""
import html.parser
import urllib.parse

import requests


class Form:
    def __init__(self, action, method):
        self.action, self.method = action, method
        self.values, self.names, self.choices, self.buttons = [], set(), {}, []

    def submission(self, changes, button):
        """The fields as a browser would send them, with `changes` filled in; None unticks."""
        unknown = set(changes) - self.names
        assert not unknown, f"the form for {self.action} has no field {sorted(unknown)}; it has {sorted(self.names)}"
        for name, value in changes.items():
            assert name not in self.choices or value is None or value in self.choices[name], (
                f"{name} offers {sorted(self.choices[name])}, not {value!r}"
            )
        sent = [(name, value) for name, value in self.values if name not in changes]
        sent += [(name, value) for name, value in changes.items() if value is not None]
        return sent + ([button] if button else [])


class Page(html.parser.HTMLParser):
    VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

    def __init__(self, response):
        super().__init__()
        self.response, self.url, self.status = response, response.url, response.status_code
        self.forms, self.links, self.downloads, self.elements = [], [], {}, []
        self.title, self.heading, self._form, self._select, self._area, self._reading = "", "", None, None, None, None
        self._option, self._download, self._words = None, None, []
        self.feed(response.text)
        self.words = " ".join(" ".join(self._words).split())

    def __contains__(self, words):
        return words in self.words

    def form(self, action):
        """The form that posts to `action`."""
        found = [form for form in self.forms if form.action == action]
        assert found, f"{self.url} has no form for {action}, only for {[form.action for form in self.forms]}"
        return found[0]

    def state(self):
        """The state of the job that this page is about."""
        return next(value["data-state"] for name, value in self.elements if name == "article" and "data-state" in value)

    def handle_starttag(self, tag, pairs):
        at = {name: value if value is not None else "" for name, value in pairs}
        self.elements.append((tag, at))
        if tag in ("title", "h1"):
            self._reading = tag
        elif tag == "a" and "href" in at:
            self.links.append(at["href"])
            if "download" in at:
                self._download = at["href"]
        elif tag == "form":
            self._form = Form(at.get("action", self.url), at.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, at)

    def _field(self, tag, at):
        form, name, kind = self._form, at.get("name"), at.get("type", "text")
        if tag == "button":
            form.buttons.append(at.get("aria-label", ""))
        if tag == "option" and self._select:
            value = at.get("value", "")
            form.choices[self._select].add(value)
            if "selected" in at:
                form.values.append((self._select, value))
        if not name or "disabled" in at or (tag == "input" and kind in ("submit", "button", "file")):
            return
        if tag not in ("input", "select", "textarea"):
            return
        form.names.add(name)
        if tag == "select":
            self._select = name
            form.choices[name] = set()
        elif tag == "textarea":
            self._area = [name, ""]
        elif kind in ("radio", "checkbox"):
            form.choices.setdefault(name, set()).add(at.get("value", "on"))
            if "checked" in at:
                form.values.append((name, at.get("value", "on")))
        else:
            form.values.append((name, at.get("value", "")))

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area:
            self._form.values.append((self._area[0], self._area[1].removeprefix("\n")))
            self._area = None
        elif tag == "a":
            self._download = None
        elif tag == self._reading:
            self._reading = None

    def handle_data(self, data):
        self._words.append(data)
        if self._area:
            self._area[1] += data
        if self._reading == "title":
            self.title += data
        elif self._reading == "h1":
            self.heading += data
        if self._download and data.strip():
            self.downloads[data.strip()] = self._download


class Visitor:
    def __init__(self, url):
        self.url = url
        self.session = requests.Session()

    def open(self, path, **options):
        return Page(self.session.get(urllib.parse.urljoin(self.url, path), timeout=30, **options))

    def send(self, page, action, changes=None, button=None, **options):
        """Fills in the form of `page` that goes to `action`, and gives the page it leads to."""
        form = page.form(action)
        target = urllib.parse.urljoin(page.url, form.action)
        fields = form.submission(changes or {}, button)
        if form.method == "get":
            return Page(self.session.get(target, params=fields, timeout=30, **options))
        return Page(self.session.post(target, data=fields, headers={"Origin": self.url}, timeout=30, **options))

    def fetch(self, link, **options):
        return self.session.get(urllib.parse.urljoin(self.url, link), timeout=60, **options)
