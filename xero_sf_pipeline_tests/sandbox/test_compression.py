"""Large answers are compressed once for each content and are ordinary gzip all the same."""

from __future__ import annotations

import gzip
import zlib

from xero_sf_pipeline.sandbox.compression import KeptCompression

_TEXT = b'{"Id":"1","rows":[' + b",".join(b'{"row":%d}' % number for number in range(40_000)) + b"]}"


def test_any_gzip_reader_reads_the_same_body_the_first_and_the_second_time() -> None:
    compression = KeptCompression(2)
    first, second = compression.gzip(_TEXT), compression.gzip(_TEXT)
    assert gzip.decompress(first) == _TEXT
    assert first == second
    assert zlib.decompressobj(31).decompress(second) == _TEXT
    assert len(first) < len(_TEXT) / 4


def test_an_answer_that_differs_in_its_first_words_only_keeps_its_own_words() -> None:
    compression = KeptCompression(2)
    compression.gzip(_TEXT)
    other = _TEXT.replace(b'"Id":"1"', b'"Id":"2"')
    assert gzip.decompress(compression.gzip(other)) == other


def test_an_answer_that_differs_in_one_late_byte_is_compressed_anew() -> None:
    compression = KeptCompression(2)
    compression.gzip(_TEXT)
    other = _TEXT[:-10] + b"9" + _TEXT[-9:]
    assert gzip.decompress(compression.gzip(other)) == other


def test_what_was_dropped_for_want_of_room_is_compressed_again() -> None:
    compression = KeptCompression(2, kept_bytes=10)
    assert [gzip.decompress(compression.gzip(_TEXT)) for _ in range(2)] == [_TEXT, _TEXT]
