"""Counting, samples, figures and their words."""
