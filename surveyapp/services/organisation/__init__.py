"""The tree of units and its files."""
