"""The product as a person's programs and browser see it: an API with a token, pages with a session."""

import json
import re
import time
from pathlib import Path
from typing import Any

import requests

PATIENCE_SECONDS = 600
FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Refused(Exception):
    """The product said no; `status` and `problem` say how."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.problem = _body(response)
        super().__init__(f"{response.request.method} {response.request.path_url} -> {self.status}: {self.problem}")

    @property
    def sentence(self) -> str:
        return str(self.problem.get("detail", self.problem)) if isinstance(self.problem, dict) else str(self.problem)


class Person:
    """One of the people of the demonstration, with their own token and, in the browser, their own session."""

    def __init__(self, address: str, name: str, said: dict[str, Any]) -> None:
        self.address, self.name, self.password = address, name, said["password"]
        self.email = said["email"]
        self.api = requests.Session()
        self.api.headers["Authorization"] = f"Token {said['token']}"

    def get(self, path: str, **options: Any) -> Any:
        return self._ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self._ask("POST", path, json={} if body is None and not options else body, **options)

    def change(self, path: str, body: dict[str, Any]) -> Any:
        """A PATCH of what was just read: If-Match carries the revision that was seen."""
        seen = self.api.get(self._url(path), timeout=60)
        return self._ask("PATCH", path, json=body, headers={"If-Match": seen.headers.get("ETag", "")})

    def upload(self, path: str, metadata: dict[str, Any], **files: Path) -> Any:
        """A multipart request: the metadata as JSON, each file streamed from disk."""
        opened = {name: (file.name, file.open("rb")) for name, file in files.items()}
        try:
            return self._ask("POST", path, data={"metadata": json.dumps(metadata)}, files=opened)
        finally:
            for _, file in opened.values():
                file.close()

    def download(self, path: str, to: Path, accept: str = "*/*") -> Path:
        """A document, waited for while it is being made."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.api.get(self._url(path), headers={"Accept": accept}, timeout=120)
            if answer.status_code == 200:
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(answer.content)
                return to
            later = answer.status_code == 202 or "Retry-After" in answer.headers
            if not later or time.monotonic() > deadline:
                raise Refused(answer)
            time.sleep(0.5)

    def wait(self, job: dict[str, Any], watch: Any = None) -> dict[str, Any]:
        """A job's end: its last state, or Refused by its own sentence.

        Args:
            watch: called with (progress 0..1, message) as it goes.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            now = self.get(f"jobs/{job['id']}/")
            if watch:
                watch(now.get("progress") or 0.0, now.get("message") or "")
            if now["state"] in ("done", "failed", "cancelled"):
                return now
            time.sleep(0.3)
        raise TimeoutError(f"Job {job['id']} did not end within {PATIENCE_SECONDS} seconds.")

    def browser(self) -> "Browser":
        """A browser in which this person has just signed in."""
        return Browser(self)

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self.api.request(method, self._url(path), timeout=300, **options)
        if not answer.ok:
            raise Refused(answer)
        return _body(answer)

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return f"{self.address}{path}"
        return f"{self.address}/api/v1/{path}"


class Browser:
    """Pages and forms, as a browser without JavaScript would send them."""

    def __init__(self, person: Person) -> None:
        self.person, self.session = person, requests.Session()
        self.submit("/login/", {"login": person.email, "password": person.password})

    def page(self, path: str) -> str:
        answer = self.session.get(f"{self.person.address}{path}", timeout=60)
        if not answer.ok:
            raise Refused(answer)
        return answer.text

    def submit(self, path: str, typed: dict[str, Any]) -> str:
        """Open a form's page, fill it in and send it; the page that follows."""
        url = f"{self.person.address}{path}"
        found = FIELD.search(self.session.get(url, timeout=60).text)
        token = found.group(1) if found else ""
        answer = self.session.post(
            url, data={"csrfmiddlewaretoken": token, **typed}, headers={"Referer": url}, timeout=120
        )
        if not answer.ok:
            raise Refused(answer)
        return answer.text


def _body(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text[:500]
