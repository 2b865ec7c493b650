"""Catalogues from elsewhere: files of many providers and models, read into what the registry would hold of them.

Nothing of a file is lost unseen. Every leaf of every record ends in the file's account: kept as it is, mapped to
something else, or dropped, and why. A leaf is a value that is neither an object nor an array, or an empty one of
either; its path has ``*`` for keys that are names, and ``[]`` for an array's elements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from armillary.domain.errors import InvalidRequest
from armillary.domain.imports.accounts import Fate, FieldAccount
from armillary.domain.imports.litellm import is_litellm, read_litellm
from armillary.domain.imports.models import ImportedModel, ImportedProvider, ImportFile, SheetRow, merged
from armillary.domain.imports.models_dev import is_models_dev, read_models_dev
from armillary.domain.imports.sheets import SHEET, is_sheet, read_sheet

__all__ = [
    "FORMATS",
    "SHEET",
    "Fate",
    "FieldAccount",
    "ImportFile",
    "ImportedModel",
    "ImportedProvider",
    "SheetRow",
    "detected",
    "is_sheet",
    "merged",
    "read",
    "read_litellm",
    "read_models_dev",
    "read_sheet",
]

_READERS: dict[str, Callable[[Mapping[str, Any]], ImportFile]] = {
    "models.dev": read_models_dev,
    "litellm": read_litellm,
}
#: All but the last are JSON.
FORMATS = (*_READERS, SHEET)


def detected(document: object) -> str:
    """The format that a parsed document has. Raises: InvalidRequest where it has none of those known."""
    if isinstance(document, dict) and document:
        if is_models_dev(document):
            return "models.dev"
        if is_litellm(document):
            return "litellm"
    raise InvalidRequest("format", f"the file is none of {', '.join(FORMATS)}: say which it is, or send another")


def read(document: object, format_name: str | None = None) -> ImportFile:
    """The providers and models of a parsed document, and the account of its fields.

    Args:
        document: JSON as Python has it, its fractions as ``Decimal``.
        format_name: one of ``FORMATS`` that is JSON; None to tell it by the document itself.

    Raises: InvalidRequest, naming the place in the file.
    """
    name = format_name or detected(document)
    if name not in _READERS:
        raise InvalidRequest("format", f"is one of {', '.join(FORMATS)}")
    if not isinstance(document, dict):
        raise InvalidRequest("", "the file holds a JSON object")
    file = _READERS[name](document)
    _refuse_repeats((provider.key, provider.key) for provider in file.providers)
    for provider in file.providers:
        _refuse_repeats((model.upstream_name, model.place) for model in provider.models)
    return file


def _refuse_repeats(named: Iterable[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for name, place in named:
        if name in seen:
            raise InvalidRequest(place, "is in the file twice")
        seen.add(name)
