"""Forms with files (``multipart/form-data``, RFC 7578), read with Falcon's parser; handlers see plain bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass

from falcon import HTTPError, MediaMalformedError
from falcon.media.multipart import BodyPart, MultipartFormHandler, MultipartParseOptions

from armillary.dialects._kit.refusals import Malformed

MULTIPART = "multipart/form-data"
_MOST_PARTS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file of a form: its name (empty where none was told), its media type, and its content."""

    name: str
    media_type: str
    content: bytes


def sent_file(body: bytes, content_type: str, member: str) -> SentFile | None:
    """The form's file of that member; None where it has none. Raises: Malformed, where it is no such form."""
    if not content_type.lower().startswith(MULTIPART):
        raise Malformed(f"the body is to be {MULTIPART}")
    if not body.rstrip().endswith(b"--"):
        raise Malformed("the body was cut off")  # the parser would take what is left of the last part for all of it
    try:
        for part in _handler(len(body)).deserialize(io.BytesIO(body), content_type, len(body)):
            if part.name == member:
                return _sent(part)
    except (HTTPError, MediaMalformedError, ValueError) as exc:
        raise Malformed(f"the body is not well-formed {MULTIPART}") from exc
    return None


def _sent(part: BodyPart) -> SentFile:
    return SentFile(name=part.filename or "", media_type=part.content_type, content=part.get_data())


def _handler(most_bytes: int) -> MultipartFormHandler:
    options = MultipartParseOptions()
    options.max_body_part_buffer_size = most_bytes
    options.max_body_part_count = _MOST_PARTS
    return MultipartFormHandler(options)
