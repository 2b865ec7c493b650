"""The account of an import: what became of every leaf of every record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from armillary.domain.errors import InvalidRequest
from armillary.domain.prices import FRACTION_DIGITS, checked_amount

_DEEPEST = 16
_SMALLEST = Decimal(1).scaleb(-FRACTION_DIGITS)
_MOST_DIGITS = 40
_MOST_TOKENS = 2**31 - 1
_LONGEST_TEXT = 1024
_LONGEST_PATH = 256


class Fate(StrEnum):
    """What became of a leaf."""

    KEPT = "kept"
    MAPPED = "mapped"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAccount:
    """How many leaves of a path met one fate; ``note`` says what they were mapped to, or why they were dropped."""

    path: str
    fate: Fate
    note: str
    count: int


class Account:
    """Counts the leaves of a file by path, fate and note."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Fate, str]] = Counter()

    def tell(self, path: str, fate: Fate, note: str, count: int) -> None:
        """So many leaves of this path met this fate."""
        self._counts[path[:_LONGEST_PATH], fate, note] += count

    def fields(self) -> tuple[FieldAccount, ...]:
        """The account, by path."""
        return tuple(
            FieldAccount(path=path, fate=fate, note=note, count=count)
            for (path, fate, note), count in sorted(self._counts.items())
        )


class Record:
    """One object of a file, being read: each value is taken under a fate, and what nobody took is dropped.

    ``place`` is where the object stands in the file, for refusals; ``prefix`` is its path in the account.
    """

    def __init__(self, raw: object, *, place: str, prefix: str, account: Account) -> None:
        if not isinstance(raw, dict):
            raise InvalidRequest(place, "is an object")
        self.raw: dict[str, Any] = raw
        self._place = place
        self._prefix = prefix
        self._account = account
        self._told: Counter[str] = Counter()

    def at(self, path: str) -> str:
        """Where a member stands in the file."""
        return f"{self._place}.{path}"

    def tell(self, path: str, fate: Fate, note: str = "", count: int = 1) -> None:
        """So many leaves of this path met this fate."""
        self._told[path] += count
        self._account.tell(f"{self._prefix}.{path}", fate, note, count)

    def value(self, path: str) -> Any:  # noqa: ANN401  JSON
        """What stands at a dotted path; None where nothing does."""
        first, dot, rest = path.partition(".")
        found: Any = self.raw.get(first)
        for name in rest.split(".") if dot else ():
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def text(self, path: str, mapped: str = "") -> str:
        """The text, trimmed; empty where there is none. ``mapped`` says what it becomes, where not simply kept."""
        found = self.value(path)
        if found is None:
            return ""
        if not isinstance(found, str):
            raise InvalidRequest(self.at(path), "is a text")
        trimmed = found.strip()
        if len(trimmed) > _LONGEST_TEXT or "\0" in trimmed:
            raise InvalidRequest(self.at(path), f"has at most {_LONGEST_TEXT} characters")
        note = mapped or ("without the space around it" if trimmed != found else "")
        self.tell(path, Fate.MAPPED if note else Fate.KEPT, note)
        return trimmed

    def flag(self, path: str, mapped: str = "") -> bool | None:
        """The flag; None where there is none."""
        found = self.value(path)
        if found is None:
            return None
        if not isinstance(found, bool):
            raise InvalidRequest(self.at(path), "is true or false")
        self.tell(path, Fate.MAPPED if mapped else Fate.KEPT, mapped)
        return found

    def tokens(self, path: str, mapped: str = "") -> int | None:
        """The count of tokens; None where there is none, or where it is 0, which is how files say so."""
        found = self.value(path)
        if found is None:
            return None
        if isinstance(found, Decimal) and found.is_finite() and found == found.to_integral_value():
            found = int(found)
        if not is_tokens(found):
            raise InvalidRequest(self.at(path), "is a whole number of tokens, 0 or more")
        note = mapped if found else "unknown"
        self.tell(path, Fate.MAPPED if note else Fate.KEPT, note)
        return int(found) or None

    def amount(self, path: str, mapped: str = "", *, times: int = 1) -> Decimal | None:
        """The price in USD per million tokens, ``times`` what the file says; None where it says nothing."""
        found = self.value(path)
        if found is None:
            return None
        exact, rounded = usd(found, self.at(path), times=times)
        note = mapped if exact else f"rounded to {FRACTION_DIGITS} fraction digits of a dollar"
        self.tell(path, Fate.MAPPED if note else Fate.KEPT, note)
        return rounded

    def close(self, why: Mapping[str, str]) -> None:
        """Drop what nobody took; ``why`` gives reasons by path, a path standing for all below it as well."""
        for path, count in _leaves(self.raw, self._place).items():
            left = count - self._told[path]
            if left:
                self._account.tell(f"{self._prefix}.{path}", Fate.DROPPED, _reason(path, why), left)


def is_tokens(value: object) -> bool:
    """Whether this may be a count of tokens."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS


def usd(value: object, place: str, *, times: int = 1) -> tuple[bool, Decimal]:
    """A price of a file, and whether it is exact: finer ones are rounded, since files hold binary fractions' dust.

    Raises: InvalidRequest.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise InvalidRequest(place, "is a number of US dollars")
    try:
        amount = Decimal(value)
    except InvalidOperation as exc:
        raise InvalidRequest(place, "is a number of US dollars") from exc
    if not amount.is_finite() or abs(amount.adjusted()) > _MOST_DIGITS:
        raise InvalidRequest(place, "is a number of US dollars of ordinary size")
    amount *= times
    rounded = amount if _fits(amount) else amount.quantize(_SMALLEST, ROUND_HALF_EVEN)
    return rounded == amount, checked_amount(rounded, place)


def _fits(amount: Decimal) -> bool:
    exponent = amount.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -FRACTION_DIGITS


def _reason(path: str, why: Mapping[str, str]) -> str:
    begin = path
    while begin:
        if begin in why:
            return why[begin]
        begin = begin.rpartition(".")[0] if "." in begin else begin.removesuffix("[]") if begin.endswith("[]") else ""
    return "says nothing" if path.endswith(("[]", "{}")) else "not known to this version"


def _leaves(value: object, place: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    _count(value, "", place, _DEEPEST, counts)
    return counts


def _count(value: object, path: str, place: str, depth: int, counts: Counter[str]) -> None:
    if depth == 0:
        raise InvalidRequest(place, "is nested too deeply")
    if isinstance(value, dict) and value:
        for name, member in value.items():
            _count(member, f"{path}.{name}" if path else name, place, depth - 1, counts)
    elif isinstance(value, list) and value:
        for element in value:
            _count(element, f"{path}[]", place, depth - 1, counts)
    else:
        counts[path + ("{}" if isinstance(value, dict) else "[]" if isinstance(value, list) else "")] += 1
