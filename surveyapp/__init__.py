"""Self-hosted surveys of government work: open reviews, satisfaction surveys and closed ballots."""

__version__ = "0.1.0"
