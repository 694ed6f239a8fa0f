"""Pages that are made once and sent often.

An untouched form differs between two visitors in four short texts: the token, the submission key,
the place and its subject. So the page is rendered once per revision and language with slots in
their stead, and compressed once too: rendering a form of forty fields and compressing it takes some
ten times as long as everything else a visit costs. A slot goes out as a stored (uncompressed) block
of the gzip stream, which also means that the token is never compressed together with anything.
"""

from __future__ import annotations

import re
import secrets
import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from markupsafe import Markup, escape

_MARK = secrets.token_hex(16)
_SLOT = re.compile(f"{_MARK}-([a-z]+)-")
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_LAST_BLOCK = b"\x03\x00"
_LONGEST_STORED = 0xFFFF

Key = TypeVar("Key")
Value = TypeVar("Value")


def slot(name: str) -> Markup:
    """Return the text to put into a template where a slot shall be."""
    return Markup(f"{_MARK}-{name}-")  # noqa: S704 letters and digits only


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the page that never changes, and the slot behind it."""

    plain: bytes
    packed: bytes
    slot: str | None


class Shell:
    """A rendered page with slots."""

    def __init__(self, html: str) -> None:
        parts = _SLOT.split(html)
        texts, slots = parts[::2], [*parts[1::2], None]
        self._pieces = tuple(
            _Piece(text.encode(), _packed(text.encode()), name)
            for text, name in zip(texts, slots, strict=True)
        )

    def plain(self, values: Mapping[str, str]) -> bytes:
        """Return the page with the slots filled; values are escaped."""
        return b"".join(
            piece.plain + (_escaped(values[piece.slot]) if piece.slot else b"")
            for piece in self._pieces
        )

    def gzipped(self, values: Mapping[str, str]) -> bytes:
        """Return the page as one gzip stream."""
        whole = self.plain(values)
        chunks = [_GZIP_HEADER]
        for piece in self._pieces:
            chunks.append(piece.packed)
            if piece.slot:
                chunks.append(_stored(_escaped(values[piece.slot])))
        chunks.append(_LAST_BLOCK)
        chunks.append(struct.pack("<II", zlib.crc32(whole), len(whole) & 0xFFFFFFFF))
        return b"".join(chunks)


def _escaped(value: str) -> bytes:
    return str(escape(value)).encode()


def _packed(data: bytes) -> bytes:
    """Compress to whole bytes that need nothing before them and end no stream."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


def _stored(data: bytes) -> bytes:
    """Wrap bytes as stored blocks of a deflate stream."""
    chunks = (
        data[start : start + _LONGEST_STORED] for start in range(0, len(data), _LONGEST_STORED)
    )
    return b"".join(
        struct.pack("<BHH", 0, len(chunk), len(chunk) ^ 0xFFFF) + chunk for chunk in chunks
    )


class Recent(Generic[Key, Value]):
    """The last things made, by key; the one not used for longest goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return what is kept under a key, or make and keep it."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        made = make()
        with self._lock:
            self._items[key] = made
            self._items.move_to_end(key)
            while len(self._items) > self._size:
                self._items.popitem(last=False)
        return made
