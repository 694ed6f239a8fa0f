"""Pages with a form that stands there again, with a sentence, when it was refused."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, Refusal
from surveyapp.web.errors import form_status

REFUSALS = (BadInput, Conflict, NotAllowed)
"""What a page answers itself; any other refusal gets the page of an error."""


def form_page(template: str, refusal: Refusal | None, **context: Any) -> Response:
    """Show a page with a form, after a refusal with what was typed.

    Parameters
    ----------
    template : str
        Gets `refusal`, `typed` and `had_files` (a browser forgets files that were chosen).
    context
        What else it gets; `typed` where a form begins with something.
    """
    usual = {
        "typed": request.form if refusal else {},
        "had_files": any(file.filename for file in request.files.getlist("evidence")),
    }
    page = render_template(template, refusal=refusal, **(usual | context))
    return make_response(page, form_status(refusal))
