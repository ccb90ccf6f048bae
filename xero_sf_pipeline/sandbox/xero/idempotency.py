"""Idempotency keys: the first answer to a key, errors included, is replayed for six minutes.

The key belongs to the app, not to the tenant. The same key with another method, URL or body is refused.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from xero_sf_pipeline.sandbox.xero.answers import Answer, ApiError
from xero_sf_pipeline.sandbox.xero.json_text import encode

KEY_LIFE = timedelta(minutes=6)
_LONGEST_KEY = 128


class IdempotencyKeys:
    """Remembered answers by (app, key). Call under the state's lock."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], tuple[str, datetime, Answer]] = {}

    def recall(self, app: str, key: str, fingerprint: str, now: datetime) -> Answer | None:
        """Return the remembered answer of a key, or None when the key is new or forgotten.

        Raises:
            ApiError: 400 for an over-long key or one that was used with a different request
        """
        if len(key) > _LONGEST_KEY:
            raise _refused(f"The Idempotency-Key header cannot be longer than {_LONGEST_KEY} characters")
        known = self._answers.get((app, key))
        if known is None or now - known[1] >= KEY_LIFE:
            return None
        if known[0] != fingerprint:
            raise _refused("The Idempotency-Key provided has already been used with a different request")
        return known[2]

    def remember(self, app: str, key: str, fingerprint: str, now: datetime, answer: Answer) -> None:
        """Keep the first answer of a key."""
        self._answers = {held: value for held, value in self._answers.items() if now - value[1] < KEY_LIFE}
        self._answers[app, key] = (fingerprint, now, answer)


def fingerprint(method: str, url: str, body: bytes) -> str:
    """Return what makes two requests the same."""
    return hashlib.sha256(b"\0".join((method.encode(), url.encode(), body))).hexdigest()


def _refused(detail: str) -> ApiError:
    return ApiError(Answer(encode({"Type": None, "Title": "BadRequest", "Status": 400, "Detail": detail}), 400))
