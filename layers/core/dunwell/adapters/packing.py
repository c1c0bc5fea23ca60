"""Text packed into few bytes: what is written often and is larger than a write unit (1 KB) costs less so."""

import zlib
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("dictionaries")


class Kind(IntEnum):
    """What is packed. For each kind there is a dictionary of what such text often contains, what is likeliest
    last (zlib.net/manual.html, deflateSetDictionary). Rows can be read only with the very bytes that they
    were packed with: a better dictionary is another kind."""

    INVOICE_FACTS = 1
    STRIPE_EVENTS = 2

    @property
    def path(self) -> Path:
        """The dictionary's file."""
        return FOLDER / f"{self.value}_{self.name.lower()}.txt"


_KINDS: Final[frozenset[int]] = frozenset(Kind)


def pack(text: str, kind: Kind) -> bytes:
    """A byte that names the kind, then the text, deflated with its dictionary (RFC 1951)."""
    deflating = zlib.compressobj(9, wbits=-zlib.MAX_WBITS, zdict=_dictionary(kind))
    return bytes([kind]) + deflating.compress(text.encode()) + deflating.flush()


def unpack(packed: bytes) -> str:
    """The text that was packed. Raises `ValueError` for what newer code packed, or what is no whole text."""
    if not packed or packed[0] not in _KINDS:
        raise ValueError("packed by a newer version of Dunwell, or by something else: deploy the newer one")
    inflating = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=_dictionary(Kind(packed[0])))
    try:
        text = (inflating.decompress(packed[1:]) + inflating.flush()).decode()
    except zlib.error as error:
        raise ValueError(f"a row that cannot be unpacked: {error}") from error
    if inflating.unused_data or not inflating.eof:
        raise ValueError("a row that cannot be unpacked: it is not whole")
    return text


@cache
def _dictionary(kind: Kind) -> bytes:
    return kind.path.read_bytes()
