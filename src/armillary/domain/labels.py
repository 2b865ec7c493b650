"""Labels, external ids and bundles: what callers hang on a resource to find it again.

Source: contracts/cadenya.md, 1.3 (external ids) and 1.5 (labels).
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from itertools import count

from armillary.domain.errors import InvalidRequest

_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)*")
_MOST_LABELS = 64
_LONGEST_EXTERNAL_ID = 255
_LONGEST_SLUG = 240

_VALUE_RULE = "has 0 to 63 letters, digits, '-', '_' or '.', a letter or digit at both ends"
_KEY_RULE = "has 1 to 63 letters, digits, '-', '_' or '.', optionally after a DNS domain and '/'"


def checked_labels(labels: Mapping[str, str], field: str = "metadata.labels") -> dict[str, str]:
    """The labels, in order of their keys. Raises: InvalidRequest (``field``)."""
    if len(labels) > _MOST_LABELS:
        raise InvalidRequest(field, f"holds more than {_MOST_LABELS} labels")
    for key, value in labels.items():
        if not _is_key(key):
            raise InvalidRequest(field, f"a label's key {_KEY_RULE}")
        if not _VALUE.fullmatch(value):
            raise InvalidRequest(field, f"a label's value {_VALUE_RULE}")
    return dict(sorted(labels.items()))


def _is_key(key: str) -> bool:
    domain, slash, name = key.rpartition("/")
    return bool(_NAME.fullmatch(name)) and (not slash or bool(_DOMAIN.fullmatch(domain)))


def checked_external_id(value: str, field: str = "metadata.external_id") -> str:
    """The external id; empty for none.

    Raises: InvalidRequest where it is blank, too long, or holds a slash, a backslash or a control character.
    """
    if not value:
        return ""
    if value != value.strip() or len(value) > _LONGEST_EXTERNAL_ID:
        raise InvalidRequest(field, f"has at most {_LONGEST_EXTERNAL_ID} characters and no space at either end")
    if any(character in "/\\" or not character.isprintable() for character in value):
        raise InvalidRequest(field, "holds no slash, no backslash and no control character")
    return value


def checked_bundle(value: str, field: str = "metadata.bundle_key") -> str:
    """The key of the bundle that owns a resource; empty for none. Raises: InvalidRequest."""
    if len(value) > _LONGEST_EXTERNAL_ID or "\0" in value:
        raise InvalidRequest(field, f"has at most {_LONGEST_EXTERNAL_ID} characters")
    return value


def slug(text: str) -> str:
    """Lower-cased text in which every run of other characters is one hyphen (contracts/cadenya.md, 3.5).

    It leaves room for what ``free`` may have to add.
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST_SLUG].rstrip("-")


def free(wanted: str, taken: Container[str]) -> str:
    """The slug where nobody has it, else the first of ``wanted-2``, ``wanted-3``… that is free; empty stays so."""
    if not wanted or wanted not in taken:
        return wanted
    return next(slug for slug in (f"{wanted}-{number}" for number in count(2)) if slug not in taken)
