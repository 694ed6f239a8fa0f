"""Benchmarks: ratios against a baseline measured in the same run, never absolute times alone."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
