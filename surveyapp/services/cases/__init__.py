"""Cases that bad reviews open, with their clocks, slips and files."""
