"""Figures of public reviews, and what guards them against stuffing."""
