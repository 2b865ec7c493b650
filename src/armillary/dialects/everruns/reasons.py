"""Why a caller changes something: the header ``Everruns-Change-Reason``. Source: contracts/everruns.md, 1.4."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from armillary.dialects._kit.dialects import Headers
from armillary.domain.errors import InvalidRequest

HEADER = "everruns-change-reason"
LONGEST = 1000
_ALLOWED = frozenset("\n\t")
#: What tokens of well-known makers begin with, at a word's start and followed by more of the same word.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"evr_(?:pat|ak)_|arm_|cad_|sk-|sk_(?:live|test)_|rk_(?:live|test)_|pk_live_|gh[pousr]_|github_pat_|glpat-"
    r"|xox[abeoprs]-|AKIA|ASIA|AIza|ya29\.|hf_|gsk_|xai-|nvapi-|pypi-|npm_|eyJ"
    r")[A-Za-z0-9_\-./+]{6}"
)
_AUTHORIZATION = re.compile(r"(?i)\b(?:bearer|basic|apikey)\s+[A-Za-z0-9_\-.~+/=]{16}")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
#: A run this long without a space, of letters and digits mixed, is no word of any language.
_RUN = re.compile(r"[A-Za-z0-9]{32,}|[A-Za-z0-9+/=_\-]{40,}")
#: Ids and commits are such runs too, and name what was changed.
_NAME = re.compile(
    r"(?:[a-z]+_)?(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40})", re.IGNORECASE
)


class InvalidChangeReason(InvalidRequest):
    """The reason is too long, holds control characters or what looks like a credential."""

    def __init__(self, sentence: str) -> None:
        super().__init__("", f"the change reason {sentence}")


def reason(headers: Headers) -> str | None:
    """The reason that the request gives, or None.

    Raises: InvalidChangeReason.
    """
    text = _decoded(headers.get(HEADER, "")).strip()
    if not text:
        return None
    if len(text) > LONGEST:
        raise InvalidChangeReason(f"has more than {LONGEST} characters")
    if any(_is_control(character) for character in text):
        raise InvalidChangeReason("holds control characters other than newline and tab")
    if looks_secret(text):
        raise InvalidChangeReason("looks like it holds a credential: leave the credential out")
    return text


def looks_secret(text: str) -> bool:
    """Whether the text holds a known token's beginning, or a long run that only a secret would be."""
    if _TOKEN.search(text) or _AUTHORIZATION.search(text) or _PRIVATE_KEY.search(text):
        return True
    return any(_is_secret_run(run) for run in _RUN.findall(text))


def _is_secret_run(run: str) -> bool:
    if _NAME.fullmatch(run):
        return False
    classes = (str.isdigit, str.isupper, str.islower)
    found = sum(any(is_of(character) for character in run) for is_of in classes)
    # slugs in addresses are long as well, but keep to one case
    return found == 3 or (found == 2 and run.isalnum() and any(character.isdigit() for character in run))


def _is_control(character: str) -> bool:
    # C0, DEL and C1
    return (character < " " or "\x7f" <= character <= "\x9f") and character not in _ALLOWED


def _decoded(raw: str) -> str:
    # a plus is a plus: only per cent signs are decoded
    try:
        return unquote_to_bytes(raw.encode("latin-1")).decode()
    except UnicodeDecodeError as exc:
        raise InvalidChangeReason("is percent-encoded UTF-8") from exc
