"""The rules of the field, in the standard library alone: no web, no database, no arrays."""
