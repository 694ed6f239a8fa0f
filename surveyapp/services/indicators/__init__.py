"""Indicators, and the snapshots that freeze their values."""
