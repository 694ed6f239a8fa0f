"""What is no evidence of a case, whatever it is called and declared to be."""

from __future__ import annotations

from itertools import cycle, product

from surveyapp.domain.roles import Role
from tests.support.case_site import CaseSite, Desks


def test_a_drawing_that_can_carry_script_is_no_evidence(hall: CaseSite, open_as: Desks) -> None:
    address = f"/console/cases/{hall.review()}"
    unit = open_as(Role.UNIT, "SL-1")
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    names = ("a.svg", "a.png", "a.jpg", "a.pdf", "a.svg.PNG", "a")
    types = ("image/svg+xml", "image/png", "application/pdf", "text/plain")
    starts = cycle((b"", b"<?xml version='1.0'?>", b"\xef\xbb\xbf"))
    for (name, declared), start in zip(product(names, types), starts, strict=False):
        files = {"evidence": (name, start + drawing, declared)}
        page = unit.submit(unit.get(address), {"reason": "误点"}, form="#appeal", files=files)
        assert (page.status, f"“{name}” cannot be kept" in page.text) == (422, True)
    page = unit.get(address)
    assert not page.soup.select(".files a")
    assert page.soup.select("#appeal"), "the step was not taken"
