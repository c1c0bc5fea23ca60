"""`LessonsStore` over DynamoDB: each version compressed in a row of its own, and which one is promoted.

What is more than a row can hold lies in further ones, which are written first: a version is there once its
own row is.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from dunwell.adapters.codec import dumps, loads
from dunwell.adapters.tables import LessonsRow
from dunwell.domain.smart_retries.lessons import UNLEARNT, LearntLessons, Lessons
from dunwell.ports import Clock

LESSONS: Final = "lessons"
PROMOTED: Final = "promoted"
VERSION: Final = "version#"
MORE: Final = "more#"

PIECE_BYTES: Final = 350_000
"""What one row takes of a version; DynamoDB's limit is 400 kB for all of it."""

FRESH_FOR: Final = timedelta(minutes=15)
"""How long a warm function goes on with the lessons it has read."""

VERSIONS_SHOWN: Final = 30


@dataclass(slots=True)
class DynamoLessonsStore:
    clock: Clock
    _read: tuple[datetime, Lessons] | None = field(default=None, init=False)

    def promoted(self) -> Lessons:
        """See `LessonsStore`. Up to `FRESH_FOR` old."""
        now = self.clock.now()
        if self._read is None or not timedelta(0) <= now - self._read[0] < FRESH_FOR:
            self._read = (now, self._promoted())
        return self._read[1]

    def newest(self) -> LearntLessons | None:
        rows = LessonsRow.query(
            LESSONS,
            LessonsRow.part.startswith(VERSION),
            scan_index_forward=False,
            limit=1,
            consistent_read=True,
        )
        return next((_learnt(row) for row in rows), None)

    def keep(self, learnt: LearntLessons) -> None:
        body = zlib.compress(dumps(learnt.lessons).encode(), 9)
        about = dumps(replace(learnt, lessons=Lessons(learnt.lessons.version)))
        version = learnt.lessons.version
        for number, begins in enumerate(range(PIECE_BYTES, len(body), PIECE_BYTES), start=1):
            row = LessonsRow(LESSONS, _more(version, number), body=body[begins : begins + PIECE_BYTES])
            row.save()  # nosemgrep: writes-have-a-condition # nobody reads it before the version is there
        row = LessonsRow(LESSONS, VERSION + version, body=body[:PIECE_BYTES], about=about)
        row.save()  # nosemgrep: writes-have-a-condition # a night learnt again learns the same
        if learnt.promoted:
            self._promote(learnt.lessons.version)

    def versions(self) -> Sequence[LearntLessons]:
        rows = LessonsRow.query(
            LESSONS,
            LessonsRow.part.startswith(VERSION),
            scan_index_forward=False,
            limit=VERSIONS_SHOWN,
            attributes_to_get=["about"],
        )
        return [loads(row.about or "", LearntLessons) for row in rows]

    def roll_back(self, version: str) -> bool:
        if version != UNLEARNT and _row(VERSION + version) is None:
            return False
        self._promote(version)
        return True

    def _promote(self, version: str) -> None:
        row = LessonsRow(LESSONS, PROMOTED, about=version)
        row.save()  # nosemgrep: writes-have-a-condition # the last one to promote decides
        self._read = None

    def _promoted(self) -> Lessons:
        pointer = _row(PROMOTED)
        row = _row(VERSION + (pointer.about or "")) if pointer else None
        return _learnt(row).lessons if row else Lessons()


def _row(part: str) -> LessonsRow | None:
    try:
        return LessonsRow.get(LESSONS, part, consistent_read=True)
    except LessonsRow.DoesNotExist:
        return None


def _learnt(row: LessonsRow) -> LearntLessons:
    about = loads(row.about or "", LearntLessons)
    body = b"".join(_pieces(row.body or b"", about.lessons.version))
    return replace(about, lessons=loads(zlib.decompress(body).decode(), Lessons))


def _pieces(first: bytes, version: str) -> Iterator[bytes]:
    """A row that is full has more behind it, or none."""
    number, piece = 0, first
    while len(piece) == PIECE_BYTES:
        yield piece
        number += 1
        row = _row(_more(version, number))
        piece = row.body or b"" if row else b""
    yield piece


def _more(version: str, number: int) -> str:
    return f"{MORE}{version}#{number:02d}"
