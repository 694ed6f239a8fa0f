"""Reading a scheme: a document in, a `Scheme` out, or every problem at once.

A number that is there but empty (``weight:`` with nothing behind it) is one the office still has
to fill in: the scheme is a draft and cannot be put in use. A number that is not there at all
does not apply, except where a line cannot do without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.decimals import number_text
from surveyapp.domain.definition import no_lines
from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.messages import message
from surveyapp.domain.reading import LineOf, Path, as_key, written
from surveyapp.domain.scheme import (
    GRADES,
    AdjustmentRule,
    Below,
    Effect,
    GradeRule,
    GradeWords,
    GroupRole,
    Missing,
    OverrideRule,
    Scheme,
    SchemeGroup,
    SchemeIndicator,
)
from surveyapp.domain.scheme_fields import SchemeFields
from surveyapp.domain.scheme_lines import read_indicators

MAX_GROUPS: Final = 20
MAX_RULES: Final = 100
MAX_CATEGORY: Final = 64

_SCHEME = frozenset(
    {"key", "year", "category", "title", "total", "groups", "indicators", "adjustments"}
    | {"overrides", "grade_words", "grades", "missing", "basis", "example_numbers", "follows"}
    | {"notes", "show_consequences"}
)
_PARTS: Final = ("total", "missing", "groups", "indicators", "adjustments", "overrides", "grades")
_GROUP = frozenset({"key", "title", "weight", "role"})


def parse_scheme(document: Any, *, line_of: LineOf = no_lines) -> Scheme:
    """Read the document of a scheme.

    Parameters
    ----------
    document : mapping
        As YAML or JSON gives it.
    line_of : callable
        Finds the line of a path in the file, for the problems.

    Raises
    ------
    InvalidDefinition
        With all problems at once.
    """
    return _SchemeReader(line_of).read(document)


class _SchemeReader(SchemeFields):
    def read(self, document: Any) -> Scheme:
        reader = self.reader
        given = reader.mapping((), document, _SCHEME)
        words = self.choice(("grade_words",), given.get("grade_words"), GradeWords.UNIT)
        groups = self._groups(given.get("groups"))
        indicators = read_indicators(self, given.get("indicators"), groups)
        grades = self._grades(given.get("grades"), words)
        total = self._total(given)
        scheme = Scheme(
            key=reader.key(("key",), given.get("key"), "survey"),
            year=reader.whole(("year",), self._required(given, "year"), least=1949, most=2199) or 0,
            category=self._category(given.get("category")),
            title=reader.title(("title",), given.get("title")),
            total=total if total is not None else Fraction(100),
            groups=groups,
            indicators=indicators,
            adjustments=self._adjustments(given.get("adjustments")),
            overrides=self._overrides(given.get("overrides"), grades, indicators),
            grade_words=words,
            grades=grades,
            missing=self._missing(given),
            basis=reader.text(("basis",), given.get("basis")),
            example_numbers=reader.flag(
                ("example_numbers",), given.get("example_numbers"), default=False
            ),
            follows=self._follows(given.get("follows")),
            notes=reader.text(("notes",), given.get("notes")),
            show_consequences=reader.flag(
                ("show_consequences",), given.get("show_consequences"), default=False
            ),
        )
        self._require_totals(scheme, total)
        if reader.problems:
            raise InvalidDefinition(tuple(reader.problems))
        return replace(scheme, unfilled=tuple(sorted(self.unfilled, key=_order)))

    def _required(self, given: Mapping[str, Any], key: str) -> Any:
        if given.get(key) is None:
            self.reader.refuse((key,), message("“%(key)s” is missing here.", key=key))
        return given.get(key)

    def _category(self, value: Any) -> str:
        category = self.reader.line(("category",), value)
        if len(category) > MAX_CATEGORY:
            reason = message("This text is longer than %(most)s.", most=MAX_CATEGORY)
            self.reader.refuse(("category",), reason)
        return category

    def _follows(self, value: Any) -> str | None:
        return None if value is None else self.reader.key(("follows",), value, "survey")

    def _total(self, given: Mapping[str, Any]) -> Fraction | None:
        if "total" not in given:
            return Fraction(100)
        total = self.number((), given, "total")
        if total is not None and total <= 0:
            reason = message("The total of a scheme is more than 0 points.")
            self.reader.refuse(("total",), reason)
        return total

    def _missing(self, given: Mapping[str, Any]) -> Missing:
        if given.get("missing") is None:
            # A rule for missing values is declared beforehand, never chosen for the office.
            self.unfilled.append("missing")
        return self.choice(("missing",), given.get("missing"), Missing.BLOCK)

    def _groups(self, value: Any) -> tuple[SchemeGroup, ...]:
        reader = self.reader
        groups = []
        seen: set[str] = set()
        for path, entry in reader.items(("groups",), value, least=1, most=MAX_GROUPS):
            given = reader.mapping(path, entry, _GROUP)
            key = reader.key((*path, "key"), given.get("key"))
            reader.unique(seen, path, key)
            groups.append(
                SchemeGroup(
                    key=key,
                    title=self.title(path, given),
                    weight=self.needed(path, given, "weight"),
                    role=self.choice((*path, "role"), given.get("role"), GroupRole.OTHER),
                )
            )
        return tuple(groups)

    def _adjustments(self, value: Any) -> tuple[AdjustmentRule, ...]:
        reader = self.reader
        rules = []
        seen: set[str] = set()
        for path, entry in reader.items(("adjustments",), value or [], most=MAX_RULES):
            given = reader.mapping(path, entry, frozenset({"key", "title", "points", "cap"}))
            key = reader.key((*path, "key"), given.get("key"))
            reader.unique(seen, path, key)
            points = self.number(path, given, "points")
            if "points" not in given:
                self.unfilled.append(written((*path, "points")))
            rules.append(
                AdjustmentRule(
                    key,
                    self.title(path, given),
                    points,
                    self.positive(path, given, "cap"),
                )
            )
        return tuple(rules)

    def _overrides(
        self, value: Any, grades: Sequence[GradeRule], indicators: Sequence[SchemeIndicator]
    ) -> tuple[OverrideRule, ...]:
        reader = self.reader
        rules = []
        seen: set[str] = set()
        known = frozenset({"key", "title", "effect", "grade", "when"})
        for path, entry in reader.items(("overrides",), value or [], most=MAX_RULES):
            given = reader.mapping(path, entry, known)
            key = reader.key((*path, "key"), given.get("key"))
            reader.unique(seen, path, key)
            rules.append(
                OverrideRule(
                    key,
                    self.title(path, given),
                    self.choice((*path, "effect"), given.get("effect"), Effect.CAP),
                    self._grade_place((*path, "grade"), given.get("grade"), grades),
                    self._when((*path, "when"), given.get("when"), indicators),
                )
            )
        return tuple(rules)

    def _grade_place(self, path: Path, value: Any, grades: Sequence[GradeRule]) -> int:
        """Return the place of a grade that is named by its title."""
        name = as_key(value)
        for place, grade in enumerate(grades):
            if name in {grade.title.zh, grade.title.en}:
                return place
        reason = message("There is no grade “%(name)s” in this scheme.", name=name)
        self.reader.refuse(path, reason)
        return 0

    def _when(self, path: Path, value: Any, indicators: Sequence[SchemeIndicator]) -> Below | None:
        if value is None:
            return None
        given = self.reader.mapping(path, value, frozenset({"indicator", "below"}))
        key = as_key(given.get("indicator"))
        if key not in {one.key for one in indicators}:
            reason = message("There is no other indicator “%(key)s”.", key=key)
            self.reader.refuse((*path, "indicator"), reason)
        return Below(key, self.number(path, {"below": given.get("below")}, "below"))

    def _grades(self, value: Any, words: GradeWords) -> tuple[GradeRule, ...]:
        reader = self.reader
        titles = GRADES[words]
        grades: list[GradeRule] = []
        known = frozenset({"title", "from", "quota", "consequence"})
        for path, entry in reader.items(("grades",), value or [], most=len(titles)):
            given = reader.mapping(path, entry or {}, known)
            own = reader.text((*path, "title"), given.get("title"))
            grades.append(
                GradeRule(
                    own or titles[len(grades)],
                    self.number(path, given, "from"),
                    self.share_in(path, given, "quota"),
                    reader.text((*path, "consequence"), given.get("consequence")),
                )
            )
        if len({grade.title.zh for grade in grades}) != len(grades):
            reader.refuse(("grades",), message("Two grades have the same name."))
        bounds = [grade.least for grade in grades if grade.least is not None]
        if bounds != sorted(bounds, reverse=True):
            reader.refuse(("grades",), message("The grades stand in order, the best first."))
        if len(grades) == 1 or (grades and grades[-1].quota is not None):
            reason = message("The last of at least two grades takes all others, without a quota.")
            reader.refuse(("grades",), reason)
        return tuple(grades)

    def _require_totals(self, scheme: Scheme, total: Fraction | None) -> None:
        """Refuse weights that do not add up; open ones are waited for."""
        self._require_total(("groups",), [group.weight for group in scheme.groups], total)
        for position, group in enumerate(scheme.groups):
            weights = [one.weight for one in scheme.of_group(group.key)]
            if group.weight is not None and (weights or group.weight):
                self._require_total(("groups", position), weights, group.weight)

    def _require_total(
        self, path: Path, weights: Sequence[Fraction | None], total: Fraction | None
    ) -> None:
        if total is None:
            return
        known = sum((weight for weight in weights if weight is not None), Fraction(0))
        if known > total or (None not in weights and known != total):
            self.reader.refuse(
                path,
                message(
                    "The weights here add up to %(sum)s, but %(total)s are to be given.",
                    sum=number_text(known),
                    total=number_text(total),
                ),
            )


def _order(place: str) -> int:
    """Order open places by the part of the scheme they stand in; within it they stay in order."""
    return _PARTS.index(place.partition("[")[0])
