"""The API as the command line uses it: requests, and problems as failures with an exit code."""

import json
import ssl
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self
from uuid import uuid4

import httpx

from console.exit_code import CommandFailed, ExitCode, Refused, exit_code_of
from console.printable import printable
from console.server_address import ServerAddress

TIMEOUT_S = 30.0
"""Longer than the API waits for the worker, so that the API's own answer is what is seen."""


class FetchedPage(NamedTuple):
    """A page of a list as it came; `document` is empty for CSV."""

    text: str
    document: dict[str, Any]
    next: str | None


class ApiClient:
    """One server, one token."""

    def __init__(self, address: ServerAddress, transport: httpx.BaseTransport | None = None) -> None:
        self._url = address.url
        self._http = httpx.Client(
            base_url=f"{address.url}/api/v1",
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=TIMEOUT_S,
            transport=transport,
            # The environment is read in one place of this program, and a proxy has no business between the two.
            trust_env=False,
            verify=_tls(address.ca_file),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(
        self, path: str, params: Mapping[str, Any] | None = None, accept: str = "application/json"
    ) -> httpx.Response:
        """Read; parameters that are None are left out."""
        given = {name: value for name, value in (params or {}).items() if value is not None}
        return _or_failure(self._send("GET", path, params=given, headers={"Accept": accept}))

    def pages(self, path: str, params: Mapping[str, Any], *, every: bool, as_csv: bool) -> Iterator[FetchedPage]:
        """The first page, or every page, of a list."""
        page = self._page(path, params, as_csv=as_csv)
        yield page
        while every and page.next:
            page = self._page(path, {**params, "cursor": page.next}, as_csv=as_csv)
            yield page

    def order(
        self, method: str, path: str, body: Any = None, etag: str | None = None, params: Mapping[str, Any] | None = None
    ) -> Any:
        """Give an order; when its outcome stays unknown, ask once more under the same key."""
        headers = {"Idempotency-Key": uuid4().hex} | ({"If-Match": etag} if etag else {})
        request: dict[str, Any] = {"json": body, "headers": headers, "params": params}
        response = self._send(method, path, **request)
        if response.status_code == httpx.codes.GATEWAY_TIMEOUT:
            response = self._send(method, path, **request)
        return _or_failure(response).json()

    def ask(self, path: str, body: Any, params: Mapping[str, Any]) -> Any:
        """What the API says to a question that needs a body; parameters that are None are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        return _or_failure(self._send("POST", path, json=body, params=given)).json()

    def _page(self, path: str, params: Mapping[str, Any], *, as_csv: bool) -> FetchedPage:
        if as_csv:
            response = self.get(path, params, "text/csv")
            return FetchedPage(response.text, {}, response.headers.get("Muster-Next"))
        response = self.get(path, params)
        document = response.json()
        return FetchedPage(response.text, document, document["next"])

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **request)
        except (httpx.TransportError, httpx.InvalidURL) as failed:
            message = f"The API at {self._url} cannot be reached: {failed}."
            raise CommandFailed(ExitCode.UNAVAILABLE, printable(message)) from failed


def _tls(ca_file: str | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as unusable:
        message = f"MUSTER_API_CA={ca_file} holds no certificates in PEM."
        raise CommandFailed(ExitCode.USAGE, message) from unusable


def _or_failure(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    try:
        problem = response.json()
        detail, code = str(problem["detail"]), str(problem["code"])
    except (json.JSONDecodeError, KeyError, TypeError) as strange:
        message = f"The server answered {response.status_code} and no problem document: is this Muster's API?"
        raise CommandFailed(ExitCode.FAILURE, message) from strange
    if code == "outcome_unknown":
        # The command line sends no key of its own choice: what a person can do is look.
        detail = "The worker did not answer in time; whether it was carried out is unknown. Look before you try again."
    lines = [f"{detail} ({code})", *(f"  {candidate}" for candidate in problem.get("candidates", ()))]
    raise Refused(exit_code_of(response.status_code, code), "\n".join(map(printable, lines)), problem)
