"""The two faces of the product: the public form and the staff console. No rules, no SQL here."""
