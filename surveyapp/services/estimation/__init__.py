"""The estimators on any data file."""
