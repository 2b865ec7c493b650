"""Which addresses may be connected to, in whatever spelling they are written. Pure: nothing is looked up here.

A URL is read once, strictly, into a ``Target`` whose host is canonical; what is sent on the wire is written
anew from it. So there is no second reader of the text that could understand it otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from armillary.domain.errors import InvalidRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: A bound of our own; no provider's base URL comes near it.
MAX_URL_CHARS = 2048
_DEFAULT_PORT = {"http": 80, "https": 443}
_NETLOC = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:@\[\]%]+)(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")

#: What a person's own network uses: closed by default, opened by one explicit setting.
#: Source: RFC 1918, RFC 6598 (carrier-grade NAT), RFC 1122 and 4291 (loopback), RFC 4193 (unique local).
_PRIVATE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)

#: What no setting opens: nothing that answers for a model lives there, and clouds hand out credentials there.
#: Source: the IANA special-purpose address registries (RFC 6890 and what updates it), multicast (RFC 5771),
#: and the metadata services of Alibaba, Azure and AWS at addresses that are private or even public.
_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "fd00:ec2::/32",
    )
)

#: The only IPv6 block that IANA has given out for global unicast. Source: RFC 4291, section 2.4.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
#: The well-known NAT64 prefix, its last 32 bits an IPv4 address. Source: RFC 6052, section 2.1.
_NAT64 = IPv6Network("64:ff9b::/96")
#: The middle of an ISATAP interface identifier, before an IPv4 address. Source: RFC 5214, section 6.1.
_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be connected to.

    Args:
        allow_private: also loopback and private networks, for model servers of one's own.
        allowed: networks admitted whatever else is said; for what neither answer fits.
    """

    allow_private: bool = False
    allowed: tuple[Network, ...] = ()

    @property
    def opens_something(self) -> bool:
        """Whether any address beyond the public ones may be connected to."""
        return self.allow_private or bool(self.allowed)

    def admits(self, address: Address) -> bool:
        """Whether a connection to this address may be opened."""
        if _within(address, self.allowed):
            return True
        inner = embedded(address)
        if inner is not None:
            return self.admits(inner)
        if _within(address, _NEVER):
            return False
        if _within(address, _PRIVATE):
            return self.allow_private
        return isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where one request goes: a URL with nothing left to interpret.

    Args:
        host: lower-case name without a trailing dot, or an address in its canonical spelling, unbracketed.
        path: path and query, beginning with a slash.
        address: what the host spells, where it spells an address.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials are bound to. Source: RFC 6454, section 4."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The URL, written anew."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORT[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries packets to, where it is such a wrapping.

    Source: RFC 4291, 2.5.5.2 (mapped); RFC 6052 (NAT64); RFC 3056 (6to4); RFC 5214 (ISATAP).
    """
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or address.packed[8:12] in _ISATAP:
        return IPv4Address(address.packed[12:])
    return None


def read_url(text: str, policy: Policy, *, field: str = "base_url") -> Target:
    """The target that a URL spells.

    Raises: InvalidRequest (``field``) where it is no plain http(s) URL, or spells an address that the policy
    does not admit. A name that resolves to such an address is found out only when it is connected to.
    """
    parts, host, port = _parts(text, field)
    address = _literal(host, field)
    if address is not None:
        refuse_unless_admitted(address, policy, field=field)
    elif (host == "localhost" or host.endswith(".localhost")) and not policy.opens_something:
        raise not_public(field)  # RFC 6761, 6.3: these names are loopback everywhere, no look-up is needed
    return Target(
        scheme=parts.scheme,
        host=host if address is None else str(address),
        port=port,
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        address=address,
    )


def refuse_unless_admitted(address: Address, policy: Policy, *, field: str = "base_url") -> None:
    """Nothing, where the policy admits the address. Raises: InvalidRequest."""
    if not policy.admits(address):
        raise not_public(field)


def not_public(field: str = "base_url") -> InvalidRequest:
    """The refusal of an address; it tells nothing of what the name resolved to."""
    return InvalidRequest(
        field,
        "points at an address that is not public: use a public one or, for a model server of your own, start "
        "Armillary with ARMILLARY_ALLOW_PRIVATE_PROVIDERS=1",
    )


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _parts(text: str, field: str) -> tuple[SplitResult, str, int]:
    """Split a URL without mending it: what needs mending is refused."""
    if len(text) > MAX_URL_CHARS:
        raise InvalidRequest(field, f"is longer than {MAX_URL_CHARS} characters")
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise InvalidRequest(field, "holds characters that a URL may not: percent-encode them")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _malformed(field) from None
    if parts.scheme not in _DEFAULT_PORT:
        raise InvalidRequest(field, "must begin with http:// or https://")
    if "@" in parts.netloc:
        raise InvalidRequest(field, "must not hold a user name or password: give the key separately")
    if parts.fragment:
        raise InvalidRequest(field, "must not hold a fragment (#)")
    found = _NETLOC.fullmatch(parts.netloc)
    if found is None:
        raise _malformed(field)
    return parts, _host(found["host"], field), _port(found["port"], parts.scheme, field)


def _host(text: str, field: str) -> str:
    """The host in lower case, without brackets and without the dot that ends an absolute name."""
    host = text.lower().removesuffix(".")
    if host.startswith("["):
        return host[1:-1]
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise _malformed(field)
    return host


def _port(text: str | None, scheme: str, field: str) -> int:
    port = int(text) if text else _DEFAULT_PORT[scheme]
    if not 1 <= port <= 65535:
        raise InvalidRequest(field, "has a port that is not between 1 and 65535")
    return port


def _literal(host: str, field: str) -> Address | None:
    """The address that a host spells, in any spelling that some resolver understands; None for a name.

    Source: the WHATWG URL standard, "IPv4 parser": a host whose last label is a number is an address or
    nothing at all; parts may be decimal, octal or hexadecimal, and the last one fills the bytes that are left.
    """
    if ":" in host:
        try:
            return ip_address(host)
        except ValueError:
            raise _malformed(field) from None
    labels = host.split(".")
    if not _NUMBER.fullmatch(labels[-1]):
        return None
    numbers = [_number(label, field) for label in labels]
    *heads, last = numbers
    if len(numbers) > 4 or any(head > 255 for head in heads) or last >= 256 ** (5 - len(numbers)):
        raise _malformed(field)
    return IPv4Address(sum(head << (8 * (3 - place)) for place, head in enumerate(heads)) + last)


def _number(label: str, field: str) -> int:
    if not _NUMBER.fullmatch(label):
        raise _malformed(field)
    try:
        if label[:2] in ("0x", "0X"):
            return int(label[2:] or "0", 16)
        return int(label, 8 if len(label) > 1 and label[0] == "0" else 10)
    except ValueError:
        raise _malformed(field) from None


def _malformed(field: str) -> InvalidRequest:
    return InvalidRequest(field, "must be an absolute URL such as https://api.example.com/v1")
