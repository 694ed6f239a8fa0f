"""A program that uses the face for programs and holds each answer against its description."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from surveyapp.domain.tokens import Scope
from tests.builders import CLERK
from tests.web.conftest import Site

SURVEY = "hall-review"
API = "/api/v1"


class Program:
    """A program with a token; every answer is compared with the description."""

    def __init__(self, site: Site, scope: Scope | None = Scope.INVITATIONS) -> None:
        self.site = site
        self.client = site.app.test_client()
        self.headers = {"Accept-Language": "zh-CN"}
        if scope is not None:
            text = site.services.tokens.add(str(scope), scope, 30, CLERK).text
            self.headers["Authorization"] = f"Bearer {text}"
        self.description = self.client.get(f"{API}/openapi.json").get_json()

    def ask(
        self, method: str, path: str, document: Any = None, **headers: str
    ) -> tuple[int, Any, TestResponse]:
        """Send a request; returns status, JSON and the answer."""
        data = None if document is None else json.dumps(document)
        given = self.headers | ({"Content-Type": "application/json"} if data else {}) | headers
        answer = self.client.open(API + path, method=method, data=data, headers=given)
        self.check(method, path.partition("?")[0], answer)
        content = answer.get_json(force=True) if "json" in (answer.mimetype or "") else None
        return answer.status_code, content, answer

    def post(self, path: str, document: Any, **headers: str) -> tuple[int, Any]:
        return self.ask("POST", path, document, **headers)[:2]

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return self.ask("GET", path, **headers)[:2]

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        """Compare an answer with what the description promises for its address and status."""
        operation = self._operation(path, method.lower())
        promised = operation["responses"].get(str(answer.status_code))
        assert promised is not None, f"{method} {path} answers {answer.status_code}"
        promised = self._resolved(promised)
        if answer.status_code == 304:
            assert answer.data == b""
        else:
            self._check_content(promised, answer)
        cached = "ETag" in promised.get("headers", {}) or answer.status_code == 304
        assert answer.headers["Cache-Control"] == ("private, no-cache" if cached else "no-store")
        assert ("ETag" in answer.headers) == cached
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers

    def _check_content(self, promised: Any, answer: TestResponse) -> None:
        (media_type,) = promised["content"]
        assert answer.mimetype == media_type
        if media_type == "text/csv":
            assert answer.data.decode("utf-8-sig").count("\n") >= 1
            return
        schema = promised["content"][media_type]["schema"]
        whole = {**schema, "components": self.description["components"]}
        checker = Draft202012Validator.FORMAT_CHECKER
        Draft202012Validator(whole, format_checker=checker).validate(answer.get_json(force=True))

    def _operation(self, path: str, method: str) -> Any:
        known = self.description["paths"]
        if path in known:
            return known[path][method]
        if path.startswith("/invitations/"):
            return known["/invitations/{case_number}"][method]
        if path.startswith("/surveys/"):
            return known["/surveys/{key}/figures"][method]
        ending = ".csv" if path.endswith(".csv") else ""
        return known[f"/{path.split('/')[1]}/{{key}}{ending}"][method]

    def _resolved(self, document: Mapping[str, Any]) -> Any:
        found: Any = document
        if "$ref" in document:
            found = self.description
            for name in document["$ref"].removeprefix("#/").split("/"):
                found = found[name]
        return found
