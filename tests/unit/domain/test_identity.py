from __future__ import annotations

from surveyapp.domain import identity

KEY = b"k" * 32


def test_a_slot_has_one_receipt_and_one_id() -> None:
    receipt = identity.receipt_of(KEY, "slot")
    assert receipt == identity.receipt_of(KEY, "slot")
    assert identity.id_of(KEY, receipt) == identity.id_of(KEY, receipt)
    assert len(receipt) == 16


def test_another_slot_or_key_gives_another_receipt() -> None:
    receipts = {
        identity.receipt_of(KEY, "slot"),
        identity.receipt_of(KEY, "other"),
        identity.receipt_of(b"j" * 32, "slot"),
    }
    assert len(receipts) == 3


def test_an_imported_row_is_known_by_its_id_and_without_one_by_file_and_line() -> None:
    def imported(row_id: str | None, file: str, line: int) -> object:
        return identity.imported_id(KEY, row_id=row_id, file_sha256=file, line=line)

    assert imported("7", "a", 2) == imported("7", "b", 9)
    assert imported(None, "a", 2) == imported(None, "a", 2)
    assert len({imported(None, "a", 2), imported(None, "a", 3), imported(None, "b", 2)}) == 3
