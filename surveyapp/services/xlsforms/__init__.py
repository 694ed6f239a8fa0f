"""Definitions from XLSForm workbooks."""
