"""The shippers' door, /v1, as any customer's program speaks it."""

import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from onebill_cli.doors import TOO_MANY_REQUESTS, until_known
from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit, NotThere, Refused, TryAgain
from onebill_cli.tokens import make_token

TIMEOUT_SECONDS: Final = 40.0
_UNKNOWN_OUTCOME: Final = frozenset({502, 503, 504})
# Nothing was done yet: the same request is taken a little later.
_LATER: Final = frozenset({"REQUEST_IN_FLIGHT", TOO_MANY_REQUESTS})

Json = dict[str, Any]


@dataclass(slots=True)
class RestDoor:
    """/v1 as one person of one organisation, with the scopes that its token names."""

    environment: Environment
    organisation: str
    scopes: tuple[str, ...]
    _tls: ssl.SSLContext | None = field(default=None, repr=False)

    def get(self, path: str, **query: str) -> Json:
        """Read one thing. Raises NotThere, Refused or TryAgain."""
        return self._json(self._send("GET", path, query=query))

    def get_bytes(self, path: str, **query: str) -> bytes:
        """Read one thing as it stands, such as a bundle."""
        return self._send("GET", path, query=query).content

    def write(
        self, method: str, path: str, body: Mapping[str, object], *, revision: int | None = None
    ) -> Json:
        """Write once: an unknown outcome is asked for under the same Idempotency-Key.

        `revision` is the one that an edit was made on, as its ETag says.
        """
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        return self._json(self._send(method, path, body=body, headers=headers))

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:

        def once() -> httpx.Response:
            try:
                with self._open() as client:
                    answer = client.request(
                        method,
                        path,
                        params={name: value for name, value in (query or {}).items() if value},
                        json=body,
                        headers=self._headers(headers or {}),
                    )
            except httpx.TransportError as error:
                raise TryAgain(
                    "DOOR_CLOSED", f"The shippers' door does not answer ({type(error).__name__})"
                ) from error
            if answer.is_success:
                return answer
            raise _problem(answer)

        return until_known(self.environment, once)

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        token = make_token(self.environment, self.organisation, self.scopes)
        return {"Authorization": f"Bearer {token}", **headers}

    def _open(self) -> httpx.Client:
        # A connection per call: after a kill there is no stale one to fall over.
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=str(self.environment.roots_file))
        return httpx.Client(
            base_url=self.environment.rest_url, verify=self._tls, timeout=TIMEOUT_SECONDS
        )

    @staticmethod
    def _json(answer: httpx.Response) -> Json:
        document = answer.json()
        if not isinstance(document, dict):
            raise CommandFailed(
                Exit.REFUSED, "ANSWER_MALFORMED", "The door's answer is no object."
            )
        return document


def _problem(answer: httpx.Response) -> CommandFailed:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    reason = str(problem.get("reason") or f"HTTP_{answer.status_code}")
    message = str(problem.get("detail") or answer.reason_phrase)
    what_now = str(problem.get("whatNow") or "")
    for error in problem.get("errors") or ():
        message += f" [{error.get('pointer')}: {error.get('reason')}]"
    if answer.status_code == httpx.codes.NOT_FOUND:
        return NotThere(reason, message, what_now)
    if answer.status_code in _UNKNOWN_OUTCOME or reason in _LATER:
        return TryAgain(reason, message, what_now)
    return Refused(reason, message, what_now)
