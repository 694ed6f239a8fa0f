"""The two published schemes, computed by hand from the rules they print."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.support.schemes import composed, scores_of, shipped


def test_the_leaders_of_ruian_score_as_their_table_says() -> None:
    """瑞委〔2012〕6号附件3: 600 own/best, 200 by rank less 2 % each, 200 by share of 优秀.

    =====  ========================  ============================  =====================  =====
    unit   projects (best 480)       mean place                    优秀 (not competent)   total
    =====  ========================  ============================  =====================  =====
    A      480/480 × 600 = 600       1: 200                        92 % (0 %): 200        1000
    B      432/480 × 600 = 540       3.5: 200 × 0.95 = 190         85 % (2 %): 190        920
    C      400/480 × 600 = 500       6: 200 × 0.9 = 180            70 % (5 %): 180        860
    D      360/480 × 600 = 450       11: 200 × 0.8 = 160           60 % (40 %): 130       740
    E      240/480 × 600 = 300       26: 200 × 0.5 = 100           59.9 % (33.3 %): 160   560
    =====  ========================  ============================  =====================  =====
    """
    found = composed(
        shipped("ruian-2012"),
        {
            "projects": {"A": 480, "B": 432, "C": 400, "D": 360, "E": 240},
            "leaders": {"A": 1, "B": "3.5", "C": 6, "D": 11, "E": 26},
            "ballot": {"A": 92, "B": 85, "C": 70, "D": 60, "E": "59.9"},
            "low-votes": {"A": 0, "B": 2, "C": 5, "D": 40, "E": "33.3"},
        },
    )
    assert scores_of(found) == {"A": 1000, "B": 920, "C": 860, "D": 740, "E": 560}
    assert [one.rank for one in found.units] == [1, 2, 3, 4, 5]
    limited = {one.unit.code: one.terms[2].limited for one in found.units}
    assert limited == {"A": False, "B": False, "C": False, "D": True, "E": False}


def test_a_third_of_low_votes_is_reached_exactly() -> None:
    scheme = shipped("ruian-2012")
    values: dict[str, dict[str, Any]] = {
        "projects": {"A": 1},
        "leaders": {"A": 1},
        "ballot": {"A": 95},
        "low-votes": {"A": Fraction(100, 3)},
    }
    assert scores_of(composed(scheme, values)) == {"A": 600 + 200 + 130}


def test_the_departments_of_a_county_of_wenzhou_score_as_their_table_says() -> None:
    """500 + 100 + 400 points; places cost 5 % (the example), achievements are own/best.

    ====  ==========  ======  ======  =====  =======  =====  ======  ==========  =======  ======
    unit  work        serve   learn   clean  leaders  towns  mutual  supervise   opinion  total
    ====  ==========  ======  ======  =====  =======  =====  ======  ==========  =======  ======
    A     450/500     1st     2nd     1st    1st      3rd    50/50   90/100      80/80
          450         30      19      50     100      45     50      90          100      934
    B     500/500     2nd     1st     2nd    2nd =    1st    40/50   100/100     72/80
          500         28.5    20      47.5   95       50     40      100         90       971
    C     400/500     3rd     3rd     3rd    2nd =    2nd    25/50   80/100      60/80
          400         27      18      45     95       47.5   25      80          75       812.5
    ====  ==========  ======  ======  =====  =======  =====  ======  ==========  =======  ======
    """
    found = composed(
        shipped("wenzhou-county-2012"),
        {
            "work": {"A": 450, "B": 500, "C": 400},
            "service": {"A": 95, "B": 90, "C": 85},
            "learning": {"A": 90, "B": 95, "C": 60},
            "clean": {"A": 99, "B": 98, "C": 97},
            "leaders": {"A": 93, "B": 88, "C": 88},
            "towns": {"A": 70, "B": 90, "C": 80},
            "mutual": {"A": 50, "B": 40, "C": 25},
            "supervision": {"A": 90, "B": 100, "C": 80},
            "opinion": {"A": 80, "B": 72, "C": 60},
        },
    )
    assert scores_of(found) == {"A": 934, "B": 971, "C": Fraction("812.5")}
    assert [(one.unit.code, one.rank) for one in found.units] == [("B", 1), ("A", 2), ("C", 3)]
    assert found.due == 1000
    b = found.units[0]
    assert b.groups == {"work": 500, "five": 96, "overall": 375}
    assert b.grade is None
