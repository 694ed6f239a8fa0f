"""Make the data files of the demo from what was published.

    python scripts/make_demo_data.py PUBLISHED.csv [FOLDER]

PUBLISHED.csv is the city's resident survey file, wave of September 2021, with one row a response
and the columns named in `surveyapp/content/demo/README.md`. Everything that is not in that list is
left out. The one-question Chinese result needs no input: its counts follow from the percentages.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parents[1] / "surveyapp" / "content" / "demo"

KEPT = ("mode", "district", "age", "gender", "tenure")
QUESTION = re.compile(r"q\d+_\d\d")

YUXI_PERCENT = {"5": "14.17", "4": "44.67", "3": "36.00", "2": "4.00", "1": "0.67"}
DONT_KNOW = "9"


def restored_counts(percent: dict[str, str], most: int = 5000) -> dict[str, int]:
    """Find the smallest sample that gives all the percentages, rounded to two decimals.

    Returns
    -------
    dict of str to int
        Respondents a level; what the percentages leave over did not know.
    """
    for size in range(1, most):
        counts = {level: round(float(share) * size / 100) for level, share in percent.items()}
        if all(f"{100 * counts[level] / size:.2f}" == share for level, share in percent.items()):
            return counts | {DONT_KNOW: size - sum(counts.values())}
    raise ValueError("no sample of this size gives the percentages")


def write_rows(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """Write a CSV file in UTF-8 with plain line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def make_yuxi(folder: Path) -> int:
    """Write the restored answers; return how many there are."""
    counts = restored_counts(YUXI_PERCENT)
    rows = [[level] for level, count in counts.items() for _ in range(count)]
    write_rows(folder / "yuxi_2007.csv", ["overall"], rows)
    return len(rows)


def make_kcmo(published: Path, folder: Path) -> int:
    """Copy the kept columns of the published file; return how many responses there are."""
    with published.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        header = [name for name in names if name in KEPT or QUESTION.fullmatch(name)]
        missing = set(KEPT) - set(header)
        if missing:
            raise SystemExit(f"The published file has no column {', '.join(sorted(missing))}.")
        rows = [[row[name] for name in header] for row in reader]
    write_rows(folder / "kcmo_2021q3.csv", header, rows)
    return len(rows)


def main(arguments: list[str]) -> None:
    """Make both files."""
    if not 1 <= len(arguments) <= 2:
        raise SystemExit(__doc__)
    folder = Path(arguments[1]) if len(arguments) == 2 else DEMO
    print(f"yuxi_2007.csv: {make_yuxi(folder)} rows")
    print(f"kcmo_2021q3.csv: {make_kcmo(Path(arguments[0]), folder)} rows")


if __name__ == "__main__":
    main(sys.argv[1:])
