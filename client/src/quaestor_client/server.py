"""The server as a command asks it: with patience, without doubled effects, and with a sentence for every refusal."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

import requests
from requests.auth import AuthBase

from quaestor_client import __version__
from quaestor_client.errors import Unreachable, Unusable
from quaestor_client.patience import Patience
from quaestor_client.sending import Multipart
from quaestor_client.settings import Settings

TRIES = 5
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 8.0
CONNECT_SECONDS, ANSWER_SECONDS = 20.0, 300.0
LARGEST_ANSWER = 64 << 20
REFERENCE = re.compile(r"[A-Z]+-[0-9]+(@[0-9A-Za-z.-]+)?")
AGAIN = (429, 502, 503, 504)
Watch = Optional[Callable[[int, int], None]]


class Token(AuthBase):
    """As an object, because a header of ours would give way to a password in ~/.netrc."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Token {self._secret}"
        return request


class Answer:
    """What the server said: a status, JSON, headers."""

    def __init__(self, response: requests.Response, content: bytes) -> None:
        self.status, self.headers = response.status_code, response.headers
        self.body: Any = None
        self.is_json = True
        try:
            self.body = json.loads(content)
        except ValueError:
            self.is_json = False

    @property
    def problem(self) -> dict[str, Any]:
        return self.body if isinstance(self.body, dict) else {}

    @property
    def retry_after(self) -> float | None:
        said = self.headers.get("Retry-After", "")
        return float(said) if said.isdigit() else None


class Server:
    """Calls below /api/v1/.

    A GET, and a POST with its Idempotency-Key, is tried again where the network or a proxy failed, so that a hiccup
    is no failure of the gate, and no effect is doubled.
    """

    def __init__(
        self, settings: Settings, patience: Patience, told: Callable[[str], None] = lambda words: None
    ) -> None:
        self.settings, self.patience = settings, patience
        self._told = told
        self._session = requests.Session()
        self._session.auth = Token(settings.token)
        self._session.headers["User-Agent"] = f"quaestor-client/{__version__}"
        self._session.headers["Accept"] = "application/json"

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of GET /api/v1/{path}; what is None is not asked."""
        asked = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", path, params=asked).body

    def each(self, path: str, **query: Any) -> Iterator[Any]:
        """Every row of a list, page by page."""
        page = self.get(path, limit=1000, **query)
        while True:
            yield from page["results"]
            following = page.get("next")
            if not following:
                return
            page = self.get(path, **_query_of(following))

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The JSON of a POST. `key`: an Idempotency-Key of the caller's; else one for this call alone."""
        return self._ask("POST", path, json={} if body is None else body, key=key or str(uuid.uuid4())).body

    def upload(
        self,
        path: str,
        fields: Mapping[str, str],
        files: Mapping[str, Path],
        *,
        key: str | None = None,
        watch: Watch = None,
    ) -> Answer:
        """A form with files, read from disk as it goes."""
        return self._ask("POST", path, form=(fields, files, watch), key=key or str(uuid.uuid4()))

    def page(self, path: str) -> str:
        """The address of a page, for people."""
        return f"{self.settings.url}/{path.lstrip('/')}"

    def _ask(self, method: str, path: str, *, key: str | None = None, **options: Any) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        pause, tried = FIRST_PAUSE_SECONDS, 0
        while True:
            tried += 1
            try:
                answer: Answer | None = self._once(method, path, headers=headers, **options)
                failure = ""
            except Unreachable as error:
                answer, failure = None, str(error)
            if answer is not None and not _worth_another(answer, tried):
                return self._accepted(answer, method, path)
            wait = (answer.retry_after if answer is not None else None) or pause * random.uniform(0.7, 1.3)
            if tried >= TRIES or wait >= self.patience.left:
                if answer is not None:
                    return self._accepted(answer, method, path)
                raise Unreachable(failure)
            self._told(failure or f"The server answers {answer.status}; trying again.")  # type: ignore[union-attr]
            self.patience.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _once(self, method: str, path: str, *, form: Any = None, **options: Any) -> Answer:
        """One request; its whole answer within what patience is left.

        Raises:
            Unreachable: nothing, or not all of it, came in time.
            Unusable: the address or its certificate is no good, which another try wouldn't mend.
        """
        if self.patience.over:
            raise Unreachable(f"Nothing more was asked: the {self.patience.seconds:g} seconds of --timeout are over.")
        sent = Multipart(*form) if form else None
        if sent is not None:
            options["data"] = sent
            options["headers"] = {**options["headers"], "Content-Type": sent.content_type}
        within = (min(CONNECT_SECONDS, self.patience.left), min(ANSWER_SECONDS, self.patience.left))
        url = f"{self.settings.url}/api/v1/{path}"
        try:
            with self._session.request(
                method, url, timeout=within, allow_redirects=False, stream=True, **options
            ) as response:
                return Answer(response, self._read(response))
        except requests.exceptions.SSLError as error:
            raise Unusable(f"The certificate of {self.settings.url} can't be trusted: {_reason(error)}.") from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise Unusable(f"QUAESTOR_URL can't be asked: {_reason(error)}.") from None
        except requests.exceptions.Timeout:
            raise Unreachable(f"{self.settings.url} did not answer in time.") from None
        except (requests.exceptions.RequestException, OSError) as error:
            raise Unreachable(f"{self.settings.url} can't be reached: {_reason(error)}.") from None
        finally:
            if sent is not None:
                sent.close()

    def _read(self, response: requests.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_content(1 << 16):
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER:
                raise Unusable(f"{self.settings.url} answers without end. Is QUAESTOR_URL a Quaestor?")
            if self.patience.over:
                raise Unreachable(f"{self.settings.url} did not finish its answer in time.")
        return b"".join(parts)

    def _accepted(self, answer: Answer, method: str, path: str) -> Answer:
        """`answer` where it is what was asked for.

        Raises:
            Unusable: it was refused, for a reason that the caller can mend.
            Unreachable: the server, or what stands before it, failed.
        """
        if 200 <= answer.status < 300 and answer.is_json:
            return answer
        if 300 <= answer.status < 400:
            raise Unusable(
                f"{self.settings.url} sends on to {answer.headers.get('Location', '')}: set QUAESTOR_URL to that."
            )
        sentence = str(answer.problem.get("detail") or "")
        details = tuple(f"{name}: {said}" for name, all_said in _errors(answer) for said in all_said)
        if answer.status == 401:
            raise Unusable(f"QUAESTOR_TOKEN is not accepted. {sentence}".strip())
        if answer.status == 429 or answer.status >= 500:
            raise Unreachable(sentence or f"{self.settings.url} answers {answer.status} to {method} {path}.")
        if not answer.problem.get("code"):
            raise Unusable(
                f"{self.settings.url} answers {answer.status} to {method} {path}, and not as Quaestor would. "
                "Is QUAESTOR_URL right, and is the server as new as this client?"
            )
        raise Unusable(_named(answer, path, sentence), details=details if len(details) > 1 else ())


def _worth_another(answer: Answer, tried: int) -> bool:
    if answer.status == 409:  # our own first request, of which we heard nothing, is still under way
        return tried > 1 and "still in flight" in str(answer.problem.get("detail", ""))
    return answer.status in AGAIN and answer.problem.get("code") != "unavailable"


def _named(answer: Answer, path: str, sentence: str) -> str:
    """A refusal's sentence; 404 says what it did not find, which the server, not to give it away, does not."""
    about = next((part for part in path.split("/") if REFERENCE.fullmatch(part)), "")
    if answer.status == 404 and about:
        return f"{about}: {sentence}"
    return sentence


def _errors(answer: Answer) -> list[tuple[str, list[str]]]:
    errors = answer.problem.get("errors")
    return sorted(errors.items()) if isinstance(errors, dict) else []


def _query_of(address: str) -> dict[str, str]:
    from urllib.parse import parse_qsl, urlsplit

    return dict(parse_qsl(urlsplit(address).query))


def _reason(error: BaseException) -> str:
    """Why it failed, in the operating system's words where it said some, else by the innermost error's name."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror and not isinstance(inner, requests.RequestException):
            return inner.strerror.lower()
        found, causes = inner, (getattr(inner, "reason", None), *inner.args[:2], inner.__cause__, inner.__context__)
        inner = next((cause for cause in causes if isinstance(cause, BaseException)), None)
    told = str(found).rpartition(">: ")[2].rstrip(".")
    return told or type(found).__name__
