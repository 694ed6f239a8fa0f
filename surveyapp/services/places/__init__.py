"""Places, their codes, prints and rosters."""
