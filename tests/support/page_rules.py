"""What every page of the product must be, whichever test happens to fetch it.

`check_page` looks at all rules and reports all violations at once. A page that passes is valid
HTML5, can be read aloud and operated by its labels, names no foreign host, runs nothing that its
Content-Security-Policy would not let run, and protects each form that changes something.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bs4 import Tag
from html5lib.constants import E as PARSE_ERRORS

from tests.support.parsing import Parsed, parse

_LANGUAGES = {"zh-Hans", "zh-Hans-CN", "zh-CN", "en"}
_OBSOLETE = ("acronym", "big", "center", "dir", "font", "marquee", "strike", "tt")
_LOADING = ("src", "srcset", "poster", "data", "background", "ping", "manifest")
_SELF_LABELLED = {"hidden", "submit", "button", "reset", "image"}
_NAMED_IF = {"a": "href", "th": "scope"}
_CSP_NEEDED = ("default-src", "base-uri", "form-action", "frame-ancestors")


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A page under inspection."""

    html: str
    parsed: Parsed
    public: bool
    own_hosts: frozenset[str]
    policy: dict[str, list[str]] | None
    headers: Mapping[str, str] = field(default_factory=dict)


def check_page(
    html: str,
    *,
    url: str,
    public: bool,
    headers: Mapping[str, str] | None = None,
    own_hosts: Iterable[str] = (),
) -> None:
    """Fail with every rule that a page breaks.

    Parameters
    ----------
    html : str
        The whole document.
    url : str
        Where it was fetched, for the message; its host counts as the product's own.
    public : bool
        Whether citizens see it: then even a plain link may not leave the product.
    headers : mapping, optional
        The answer's headers. None for a file that was written for printing.
    own_hosts : iterable of str
        Further host names under which the product is reached, such as that of its base address.

    Raises
    ------
    AssertionError
        At least one rule is broken; the text lists all of them.
    """
    policy = None if headers is None else _policy(headers.get("Content-Security-Policy", ""))
    page = _Fetched(
        html=html,
        parsed=parse(html),
        public=public,
        own_hosts=frozenset({urlsplit(url).netloc, *own_hosts}) - {""},
        policy=policy,
        headers=headers or {},
    )
    problems = [problem for rule in _RULES for problem in rule(page)]
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise AssertionError(f"{url} breaks the rules for pages:\n{listed}")


def _policy(header: str) -> dict[str, list[str]]:
    directives = (part.split() for part in header.split(";"))
    return {words[0]: words[1:] for words in directives if words}


def _valid_html(page: _Fetched) -> Iterator[str]:
    lines = page.html.splitlines()
    for (line, column), code, details in page.parsed.errors:
        near = lines[line - 1][max(0, column - 60) : column + 20] if line <= len(lines) else ""
        yield f"line {line}: {PARSE_ERRORS.get(code, code) % details} near {near!r}"
    for tag in page.parsed.named(*_OBSOLETE):
        yield f"obsolete element {_shown(tag)}"
    for items in page.parsed.named("ul", "ol"):
        for tag in items.find_all(True, recursive=False):
            if tag.name not in ("li", "script", "template"):
                yield f"a list holds {_shown(tag)}"


def _document(page: _Fetched) -> Iterator[str]:
    root = page.parsed.soup.html
    language = root.get("lang") if root else None
    if language not in _LANGUAGES:
        yield f"<html lang> is {language!r}, not one of {sorted(_LANGUAGES)}"
    title = page.parsed.soup.title
    if title is None or not title.get_text(strip=True):
        yield "no title"
    if (headings := len(page.parsed.named("h1"))) != 1:
        yield f"{headings} h1 elements, not exactly one"
    metas = page.parsed.named("meta")
    if not any(meta.has_attr("charset") for meta in metas):
        yield "no <meta charset>"
    if not any(meta.get("name") == "viewport" for meta in metas):
        yield "no <meta name=viewport>: phones would show a desktop page"
    level = 1
    for heading in page.parsed.tags:
        if not re.fullmatch("h[1-6]", heading.name):
            continue
        if (step := int(heading.name[1])) > level + 1:
            yield f"heading level jumps from h{level} to {_shown(heading)}"
        level = step


def _ids(page: _Fetched) -> Iterator[str]:
    ids = Counter(str(tag["id"]) for tag in page.parsed.having("id"))
    yield from (f"id {name!r} is used {n} times" for name, n in ids.items() if n > 1)
    for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
        for tag in page.parsed.having(attribute):
            for name in " ".join(_values(tag, attribute)).split():
                if name not in ids:
                    yield f"{attribute}={name!r} names no element: {_shown(tag)}"


def _labels(page: _Fetched) -> Iterator[str]:
    targets = {str(label.get("for")) for label in page.parsed.named("label")}
    for control in page.parsed.named("input", "select", "textarea"):
        if control.name == "input" and str(control.get("type", "text")) in _SELF_LABELLED:
            continue
        labelled = (
            str(control.get("id")) in targets
            or control.find_parent("label") is not None
            or _has_aria_name(control)
        )
        if not labelled:
            yield f"no label: {_shown(control)}"


def _texts(page: _Fetched) -> Iterator[str]:
    for control in page.parsed.named("a", "button", "summary", "label", "legend", "th"):
        if control.name in _NAMED_IF and not control.has_attr(_NAMED_IF[control.name]):
            continue
        if not (_spoken(control) or _has_aria_name(control)):
            yield f"no text: {_shown(control)}"
    for image in page.parsed.named("img"):
        if not image.has_attr("alt"):
            yield f"no alt text: {_shown(image)}"


def _groups(page: _Fetched) -> Iterator[str]:
    for radio in page.parsed.named("input"):
        if radio.get("type") == "radio" and not any(
            parent.name == "fieldset" or parent.get("role") == "radiogroup"
            for parent in radio.parents
        ):
            yield f"a radio button outside of a fieldset: {_shown(radio)}"
    for fieldset in page.parsed.named("fieldset"):
        if fieldset.find("legend") is None and not _has_aria_name(fieldset):
            yield f"a fieldset without a legend: {_shown(fieldset)}"


def _forms(page: _Fetched) -> Iterator[str]:
    for form in page.parsed.named("form"):
        if str(form.get("method", "get")).lower() != "post":
            continue
        token = form.find("input", attrs={"name": "csrf_token"})
        if token is None or not token.get("value"):
            yield f"no CSRF token: {_shown(form)}"


def _own_hosts_only(page: _Fetched) -> Iterator[str]:
    for tag in page.parsed.tags:
        attributes = [name for name in (*_LOADING, "action", "formaction") if tag.has_attr(name)]
        if tag.has_attr("href") and (page.public or tag.name != "a"):
            attributes.append("href")
        for name in attributes:
            for address in _values(tag, name):
                if not _is_own(address, page.own_hosts, may_be_data=name in _LOADING):
                    yield f"leaves the product: {_shown(tag)}"
    for meta in page.parsed.named("meta"):
        if str(meta.get("http-equiv", "")).lower() == "refresh":
            yield "meta refresh"
    for style in page.parsed.named("style"):
        if re.search(r"@import|url\(\s*['\"]?(?!data:|#)", _code(style)):
            yield "a style loads something"


def _is_own(address: str, own_hosts: frozenset[str], *, may_be_data: bool) -> bool:
    parts = urlsplit(address.strip())
    if parts.scheme == "data":
        return may_be_data
    if parts.scheme in ("mailto", "tel"):
        return True
    return parts.scheme in ("", "http", "https") and (not parts.netloc or parts.netloc in own_hosts)


def _nothing_inline(page: _Fetched) -> Iterator[str]:
    for tag in page.parsed.tags:
        if tag.has_attr("style"):
            yield f"style attribute: {_shown(tag)}"
        if handlers := [name for name in tag.attrs if name.startswith("on")]:
            yield f"event handler {handlers[0]}: {_shown(tag)}"
        if str(tag.get("href", "")).strip().lower().startswith("javascript:"):
            yield f"javascript address: {_shown(tag)}"


def _within_the_policy(page: _Fetched) -> Iterator[str]:
    if page.policy is None:
        return
    for script in page.parsed.named("script"):
        if str(script.get("type", "")).endswith("json"):
            continue
        if not _allowed(script, page.policy, "script-src", has_source=script.has_attr("src")):
            yield f"the policy would not run {_shown(script)}"
    for style in page.parsed.named("style"):
        if not _allowed(style, page.policy, "style-src", has_source=False):
            yield f"the policy would not apply {_shown(style)}"


def _allowed(tag: Tag, policy: Mapping[str, list[str]], kind: str, *, has_source: bool) -> bool:
    allowed = policy.get(kind, policy.get("default-src", []))
    if has_source and "'self'" in allowed:
        return True
    digest = base64.b64encode(hashlib.sha256(_code(tag).encode()).digest()).decode()
    return f"'nonce-{tag.get('nonce')}'" in allowed or (
        not has_source and f"'sha256-{digest}'" in allowed
    )


def _safe_headers(page: _Fetched) -> Iterator[str]:
    if page.policy is None:
        return
    yield from (f"the policy lacks {name}" for name in _CSP_NEEDED if name not in page.policy)
    for directive, sources in page.policy.items():
        for source in sources:
            if source == "'unsafe-inline'" or "unsafe-eval" in source or source == "*":
                yield f"the policy has {directive} {source}"
            if re.match(r"https?:|//|[a-z0-9*-]+\.[a-z]", source):
                yield f"the policy lets {directive} reach {source}"
    for name, value in (("Referrer-Policy", "same-origin"), ("X-Content-Type-Options", "nosniff")):
        if page.headers.get(name) != value:
            yield f"{name} is {page.headers.get(name)!r}, not {value!r}"


def _values(tag: Tag, attribute: str) -> list[str]:
    """Return an attribute's value or values; each address of a srcset counts."""
    value = tag.get(attribute)
    if value is None:
        return []
    if attribute == "srcset":
        return [part.split()[0] for part in str(value).split(",") if part.split()]
    return [value] if isinstance(value, str) else list(value)


def _code(tag: Tag) -> str:
    """Return the text of a script or style; as "text" in the usual sense it has none."""
    return "".join(str(part) for part in tag.contents)


def _spoken(tag: Tag) -> str:
    """Return what a screen reader has to say about an element."""
    pictures = [str(image.get("alt", "")) for image in tag.find_all("img")]
    drawings = [str(d.get("aria-label", "")) for d in tag.find_all("svg")]
    return "".join((tag.get_text(strip=True), *pictures, *drawings))


def _has_aria_name(tag: Tag) -> bool:
    return bool(tag.get("aria-label") or tag.get("aria-labelledby"))


def _shown(tag: Tag) -> str:
    return re.sub(r"\s+", " ", str(tag))[:120]


_RULES: tuple[Callable[[_Fetched], Iterator[str]], ...] = (
    _valid_html,
    _document,
    _ids,
    _labels,
    _texts,
    _groups,
    _forms,
    _own_hosts_only,
    _nothing_inline,
    _within_the_policy,
    _safe_headers,
)
