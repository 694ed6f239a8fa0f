"""Composite assessment: schemes, values, scores, decisions, feedback, rectification."""
