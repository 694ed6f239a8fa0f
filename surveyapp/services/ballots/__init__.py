"""Closed ballots: preparing, casting, closing, results."""
