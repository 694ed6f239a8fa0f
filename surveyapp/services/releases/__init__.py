"""Figures as they are released and published."""
