"""QR codes are read with a real decoder; sheets say everything a place needs."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from bs4 import BeautifulSoup
from PIL import Image

from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.services.assembly import Services
from surveyapp.services.places.printing import (
    PNG_PIXELS,
    QUIET_ZONE,
    qr_modules,
    qr_png,
    qr_svg,
    qr_terminal,
    typable,
)
from tests.builders import CLERK, a_definition, a_place, an_open_survey, services_on

ADDRESS = "https://survey.example.gov.cn/reviews/r/7XK29QMD"


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Services:
    return services_on(sqlite_url, tmp_path)


def _read(picture: Image.Image) -> str:
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1
    return found[0].text


def _picture(modules: list[list[bool]], scale: int = 8) -> Image.Image:
    """Draw modules as dark on white."""
    grey = np.where(np.array(modules), 0, 255).astype(np.uint8)
    return Image.fromarray(np.kron(grey, np.ones((scale, scale), np.uint8)))


def _drawn_by_svg(svg: str) -> list[list[bool]]:
    """Read the rectangles of an SVG back into modules."""
    root = BeautifulSoup(svg, "html.parser")
    assert root.svg is not None
    side = int(str(root.svg["viewbox"]).split()[2])
    modules = [[False] * side for _ in range(side)]
    path = str(root.find_all("path")[1]["d"])
    for run in path.removeprefix("M").split("M"):
        place, _, rest = run.partition("h")
        x, y = map(int, place.split())
        for column in range(x, x + int(rest.split("v")[0])):
            modules[y][column] = True
    return modules


def test_a_png_is_large_and_can_be_decoded() -> None:
    picture = Image.open(BytesIO(qr_png(ADDRESS)))
    assert picture.format == "PNG"
    assert min(picture.size) >= PNG_PIXELS
    assert _read(picture) == ADDRESS


def test_a_png_survives_a_torn_corner() -> None:
    picture = Image.open(BytesIO(qr_png(ADDRESS))).convert("L")
    side = picture.width
    picture.paste(255, (int(side * 0.68), int(side * 0.68), side, side))
    assert _read(picture) == ADDRESS


def test_an_svg_can_stand_in_a_page_and_can_be_decoded() -> None:
    svg = qr_svg(ADDRESS)
    assert svg.startswith("<svg ")
    assert "style" not in svg
    assert _read(_picture(_drawn_by_svg(svg))) == ADDRESS


def test_the_quiet_zone_is_as_wide_as_the_standard_asks() -> None:
    modules = np.array(qr_modules(ADDRESS))
    inner = modules[QUIET_ZONE:-QUIET_ZONE, QUIET_ZONE:-QUIET_ZONE]
    assert modules.sum() == inner.sum()
    assert inner[0].any()


@pytest.mark.parametrize("colours", [True, False])
@pytest.mark.parametrize("address", [ADDRESS, "http://127.0.0.1:8000/r/7XK29QMD"])
def test_a_terminal_shows_a_code_that_can_be_decoded(address: str, colours: bool) -> None:
    text = qr_terminal(address, colours=colours)
    ink = colours  # with colours a drawn half is dark; without, it glows on a dark terminal
    modules: list[list[bool]] = []
    for line in text.splitlines():
        if colours:
            assert line.startswith("\x1b[")
            line = line.split("m", 1)[1].removesuffix("\x1b[0m")
        modules.append([(letter in "▀█") == ink for letter in line])
        modules.append([(letter in "▄█") == ink for letter in line])
    assert len({len(row) for row in modules}) == 1
    assert _read(_picture(modules)) == address


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        (ADDRESS, ADDRESS.removeprefix("https://")),
        ("http://192.168.1.20:8000/r/7XK29QMD", "http://192.168.1.20:8000/r/7XK29QMD"),
        ("https://example.gov.cn:8443/r/7XK29QMD", "https://example.gov.cn:8443/r/7XK29QMD"),
    ],
)
def test_an_address_is_as_short_as_a_browser_understands(address: str, typed: str) -> None:
    assert typable(address) == typed


def test_there_is_a_sheet_for_each_valid_place(services: Services) -> None:
    survey = an_open_survey(services)
    place = a_place(services, survey, "3号窗口 <不动产>")
    revoked = a_place(services, survey, "已撤下的窗口")
    services.placing.revoke(revoked.code, CLERK)
    services.placing.add(survey, "4号窗口", "w4", CLERK)

    printed = services.printing.place_sheets(survey)

    page = BeautifulSoup(printed.html, "html5lib")
    sheets = page.select("section.sheet")
    assert printed.count == len(sheets) == 2
    (sheet,) = [one for one in sheets if "3号窗口" in one.get_text()]
    text = sheet.get_text(" ", strip=True)
    for wanted in (
        "大厅好差评",
        "Hall review",
        "示例县政务服务中心",
        "3号窗口 <不动产>",
        place.url,
    ):
        assert wanted in text
    assert f"{place.code[:4]} {place.code[4:]}" in text
    assert _read(_picture(_drawn_by_svg(str(sheet.svg)))) == place.url
    assert page.style is not None
    assert page.style.string == printed.style
    assert "已撤下的窗口" not in printed.html


def test_a_sheet_names_the_subject_where_the_label_does_not(services: Services) -> None:
    survey = an_open_survey(services)
    services.placing.add(survey, "不动产登记", "w4", CLERK)
    services.placing.add(survey, "二楼东侧", "w4", CLERK)
    sheets = BeautifulSoup(services.printing.place_sheets(survey).html, "html5lib").select(".place")
    texts = {sheet.get_text(" ", strip=True) for sheet in sheets}
    assert texts == {"不动产登记", "二楼东侧 不动产登记"}


def test_long_labels_stand_smaller(services: Services) -> None:
    survey = an_open_survey(services)
    labels = ["1号窗口", "综合受理二楼东侧十二号窗口", "社会保障" * 7, "示" * 200]
    for label in labels:
        a_place(services, survey, label)
    html = services.printing.place_sheets(survey).html
    sheets = BeautifulSoup(html, "html5lib").select(".place")
    sizes = {sheet.get_text(strip=True): sheet["class"][-1] for sheet in sheets}
    assert [sizes[label] for label in labels] == ["short", "middle", "long", "full"]


def test_single_sheets_can_be_printed_again(services: Services) -> None:
    survey = an_open_survey(services)
    place = a_place(services, survey, "1号窗口")
    a_place(services, survey, "2号窗口")
    typed = f"{place.code[:4]}-{place.code[4:]}".lower()
    printed = services.printing.place_sheets(survey, only=[typed])
    assert printed.count == 1
    assert place.url in printed.html


def test_sheets_say_when_a_survey_takes_no_answers(services: Services) -> None:
    definition = a_definition()
    services.authoring.import_definition(definition, CLERK)
    a_place(services, definition.key)
    assert 'class="warning"' in services.printing.place_sheets(definition.key).html
    services.authoring.publish(definition.key, CLERK)
    assert 'class="warning"' not in services.printing.place_sheets(definition.key).html


def test_sheets_of_simulated_surveys_say_so(services: Services) -> None:
    survey = an_open_survey(services)
    a_place(services, survey)
    assert "不得用于考核" not in services.printing.place_sheets(survey).html
    services.database.mark_simulated()
    page = BeautifulSoup(services.printing.place_sheets(survey).html, "html5lib")
    assert all("不得用于考核" in sheet.get_text() for sheet in page.select(".sheet"))


def test_without_places_there_is_nothing_to_print(services: Services) -> None:
    survey = an_open_survey(services)
    with pytest.raises(Conflict, match="no place to print"):
        services.printing.place_sheets(survey)
    with pytest.raises(NotFound):
        services.printing.place_sheets("nowhere")
