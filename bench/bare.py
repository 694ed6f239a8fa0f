"""The baseline: the least a Flask application can do for the same journey.

A page of the same size with the same questions from one Jinja template, a signed session with a
token, validation by hand, one durable insert of one row, a redirect and a page of thanks. No
translation, no tally, no revisions, no replay, no receipts to look up.
"""

from __future__ import annotations

import json
import secrets
import uuid
from typing import Any

from flask import Flask, abort, redirect, render_template_string, request, session
from sqlalchemy import Engine, create_engine, event, text
from werkzeug.wrappers import Response

FORM = """<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>{{ title }}</title>
<h1>{{ title }}</h1><form method="post"><input type="hidden" name="csrf_token" value="{{ token }}">
<input type="hidden" name="submission_key" value="{{ key }}">
{% for field, levels in questions %}<fieldset><legend>{{ field }}</legend>
{% for level in levels %}<label><input type="radio" name="{{ field }}" value="{{ level }}" required>
{{ level }}</label>{% endfor %}</fieldset>
{% endfor %}<button>提交</button></form><!--{{ filler }}--></html>"""
THANKS = """<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>谢谢</title>
<h1>谢谢</h1><p>{{ id }}</p></html>"""


def create_bare(url: str, questions: list[tuple[str, list[str]]], page_bytes: int) -> Flask:
    """Make the application; its page is padded to `page_bytes`."""
    app = Flask(__name__)
    app.secret_key = secrets.token_hex(32)
    engine = _engine(url)
    allowed = {field: set(levels) for field, levels in questions}
    filler = ""

    def page() -> str:
        session.setdefault("token", secrets.token_hex(16))
        return render_template_string(
            FORM,
            title="基准",
            token=session["token"],
            key=uuid.uuid4(),
            questions=questions,
            filler=filler,
        )

    with app.test_request_context():
        filler = "x" * max(0, page_bytes - len(page().encode()))

    @app.get("/form")
    def show() -> str:
        return page()

    @app.post("/form")
    def answer() -> Response:
        if not secrets.compare_digest(request.form["csrf_token"], session.get("token", "")):
            abort(400)
        answers = {field: request.form.get(field) for field in allowed}
        if any(value not in allowed[field] for field, value in answers.items()):
            abort(400)
        key = uuid.UUID(request.form["submission_key"])
        with engine.begin() as connection:
            connection.execute(
                text("INSERT INTO bare (id, answers) VALUES (:id, :answers)"),
                {"id": str(key), "answers": json.dumps(answers)},
            )
        return redirect(f"/thanks/{key}", 303)

    @app.get("/thanks/<key>")
    def thanks(key: str) -> str:
        return render_template_string(THANKS, id=key)

    return app


def make_table(url: str) -> None:
    """Make the one table of the baseline."""
    engine = _engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare (id TEXT PRIMARY KEY, answers TEXT NOT NULL)"))
    engine.dispose()


def count_rows(url: str) -> int:
    """Return how many rows were stored."""
    engine = _engine(url)
    with engine.begin() as connection:
        n = int(connection.execute(text("SELECT count(*) FROM bare")).scalar_one())
    engine.dispose()
    return n


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite:"):
        return create_engine(url, pool_size=8, max_overflow=8)
    engine = create_engine(url, connect_args={"timeout": 20})

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return engine
