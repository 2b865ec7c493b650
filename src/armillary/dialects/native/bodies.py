"""Bodies: JSON, but for a document to import, which may be of another form and is read by whoever imports it."""

from __future__ import annotations

from typing import Any

import msgspec

from armillary.dialects._kit.dialects import decode_json
from armillary.dialects.native.schemas.imports import Document


def decode(body: bytes, kind: Any) -> Any:  # noqa: ANN401  whatever a handler asks for
    """The body as an object of ``kind``. Raises: what msgspec raises."""
    return msgspec.Raw(body) if kind is Document else decode_json(body, kind)
