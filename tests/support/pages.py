"""A browser without JavaScript for tests: it checks every page that it is given.

Example
-------
>>> browser = Browser(app)
>>> page = browser.get("/r/ABCD1234")
>>> answer = browser.submit(page, {"overall": "satisfied"})
>>> assert answer.status == 200 and answer.path.startswith("/receipt/")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from werkzeug.datastructures import MultiDict
from werkzeug.test import Client, TestResponse

from tests.support.fetched import Form, Page
from tests.support.page_rules import check_page

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["Browser", "Form", "Page", "check_page"]

Value = str | Sequence[str] | None
File = tuple[str, bytes] | tuple[str, bytes, str]
_REDIRECTS = (301, 302, 303, 307, 308)


class Browser:
    """A visitor with cookies who reads pages, fills in forms and never runs a script.

    Parameters
    ----------
    app : WSGI application
        The product, or the product behind `tests.support.proxy.ReverseProxy`.
    base_url : str
        What stands in the address bar before the path.
    headers : mapping of str to str
        Sent with every request, such as a user agent or the language.
    own_hosts : iterable of str
        Further hosts of the product that links may name.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        base_url: str = "http://localhost",
        headers: Mapping[str, str] | None = None,
        own_hosts: Iterable[str] = (),
    ) -> None:
        self.client = Client(app, TestResponse)
        self.base_url = base_url.rstrip("/")
        self.headers = dict(headers or {})
        self.own_hosts = tuple(own_hosts)

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, follow: bool = True
    ) -> Page:
        """Open an address, by default through all redirects."""
        return self._go("GET", url, None, headers or {}, follow=follow)

    def post(
        self,
        url: str,
        fields: Mapping[str, Value] | None = None,
        *,
        files: Mapping[str, File] | None = None,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> Page:
        """Send exactly these fields; nothing is added, not even a CSRF token."""
        data: MultiDict[str, object] = MultiDict()
        for name, value in (fields or {}).items():
            for one in [value] if isinstance(value, str) else value or ():
                data.add(name, one)
        for name, (filename, content, *declared) in (files or {}).items():
            data.add(name, (BytesIO(content), filename, *declared))
        return self._go("POST", url, data, headers or {}, follow=follow)

    def submit(
        self,
        page: Page | Form,
        values: Mapping[str, Value] | None = None,
        *,
        form: str = "main form[method=post i]",
        files: Mapping[str, File] | None = None,
        button: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> Page:
        """Fill in a form of a page and send it.

        Parameters
        ----------
        page : Page or Form
            Where the form stands, or the form.
        values : mapping
            New values by field name; None takes the field out, fields not named keep their values.
        form : str
            CSS selector of the form on the page.
        files : mapping of str to (filename, content) or (filename, content, type)
            Files to upload; their type is guessed from the name where none is declared.
        button : (name, value), optional
            The button that is pressed.
        headers : mapping
            Sent with this request.
        follow : bool
            Whether redirects are followed.

        Raises
        ------
        AssertionError
            The form has no such field or choice: a typing error in the test.
        """
        filled = page.form(form) if isinstance(page, Page) else page
        fields: dict[str, Value] = dict(filled.values)
        for name, value in (values or {}).items():
            assert name in filled.names, f"no field {name!r} among {sorted(filled.names)}"
            offered = filled.choices(name)
            for one in [value] if isinstance(value, str) else value or ():
                assert not offered or one in offered, f"{name} offers {offered}, not {one!r}"
            fields[name] = value
        if button is not None:
            fields[button[0]] = button[1]
        if filled.method == "GET":
            query = [(n, one) for n, v in fields.items() for one in _listed(v)]
            return self._go("GET", filled.action, None, headers or {}, follow=follow, query=query)
        return self.post(filled.action, fields, files=files, headers=headers, follow=follow)

    def _go(
        self,
        method: str,
        url: str,
        data: MultiDict[str, object] | None,
        headers: Mapping[str, str],
        *,
        follow: bool,
        query: Sequence[tuple[str, str]] = (),
    ) -> Page:
        page = self._fetch(method, self._absolute(url), data, headers, query)
        for _ in range(5):
            if not follow or page.status not in _REDIRECTS:
                return page
            target = urljoin(page.url, page.headers["Location"])
            own = (urlsplit(self.base_url).netloc, *self.own_hosts)
            assert urlsplit(target).netloc in own, f"{page.url} redirects away, to {target}"
            page = self._fetch("GET", target, None, headers, ())
        raise AssertionError(f"{url} redirects without end")

    def _absolute(self, url: str) -> str:
        if url.startswith("/"):
            prefix = urlsplit(self.base_url).path
            bare = self.base_url.removesuffix(prefix) if prefix else self.base_url
            return (
                f"{bare}{url}" if prefix and url.startswith(f"{prefix}/") else self.base_url + url
            )
        return url

    def _fetch(
        self,
        method: str,
        url: str,
        data: MultiDict[str, object] | None,
        headers: Mapping[str, str],
        query: Sequence[tuple[str, str]],
    ) -> Page:
        parts = urlsplit(url)
        response = self.client.open(
            parts.path or "/",
            base_url=f"{parts.scheme}://{parts.netloc}",
            method=method,
            query_string=MultiDict(query) if query else parts.query,
            data=data,
            headers={**self.headers, **headers},
        )
        page = Page(url, response)
        if response.mimetype == "text/html" and page.status not in _REDIRECTS:
            bare = parts.path.removeprefix(urlsplit(self.base_url).path)
            check_page(
                page.html,
                url=url,
                public=not bare.startswith("/console"),
                headers=dict(page.headers),
                own_hosts=self.own_hosts,
            )
        return page


def _listed(value: Value) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()
