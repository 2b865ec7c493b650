"""Which addresses may be connected to, however they are spelled."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.errors import InvalidRequest
from armillary.providers.addresses import Policy, Target, embedded, read_url

_CLOSED = Policy()
_OPEN = Policy(allow_private=True)

_PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]
_PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "2001:470:1f0b:0:0:5efe:10.0.0.1",
]
_NEVER = [
    "0.0.0.0",  # noqa: S104  refused, not bound to
    "0.1.2.3",
    "169.254.169.254",
    "169.254.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::ffff:0.0.0.0",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "::8.8.8.8",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", _PUBLIC)
def test_public_address_is_admitted(address: str) -> None:
    assert (_CLOSED.admits(ip_address(address)), _OPEN.admits(ip_address(address))) == (True, True)


@pytest.mark.parametrize("address", _PRIVATE)
def test_private_address_needs_the_setting(address: str) -> None:
    assert (_CLOSED.admits(ip_address(address)), _OPEN.admits(ip_address(address))) == (False, True)


@pytest.mark.parametrize("address", _NEVER)
def test_address_that_no_setting_opens(address: str) -> None:
    assert (_CLOSED.admits(ip_address(address)), _OPEN.admits(ip_address(address))) == (False, False)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_what_is_admitted_the_standard_library_calls_global(address: IPv4Address | IPv6Address) -> None:
    if _CLOSED.admits(address) and embedded(address) is None:  # Pythons differ on what wrappings are
        assert (address.is_global, address.is_multicast) == (True, False)


@given(st.ip_addresses(v=4))
def test_a_wrapping_is_as_public_as_what_it_wraps(address: IPv4Address) -> None:
    number = int(address)
    wrappings = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80) | 1),
    ]
    assert {_CLOSED.admits(wrapping) for wrapping in wrappings} == {_CLOSED.admits(address)}


def test_an_allowed_network_is_admitted_and_its_neighbour_is_not() -> None:
    policy = Policy(allowed=(ip_network("127.0.0.1/32"), ip_network("fe80::/10")))
    found = [policy.admits(ip_address(text)) for text in ("127.0.0.1", "127.0.0.2", "fe80::1", "::1")]
    assert found == [True, False, True, False]


#: Published spellings of loopback and of the metadata address, as used against guards of this kind.
_SPELLINGS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.00000.00000.0001",
    "2130706433",
    "2130706433.",
    "017700000001",
    "0x7f000001",
    "0X7F000001",
    "0x7f.0.0.1",
    "0x7F.1",
    "0177.0.0.01",
    "0177.0x0.1",
    "0000177.0000.0000.0001",
    "0",
    "0.0.0.0",  # noqa: S104  as above
    "0x",
    "00",
    "10.1",
    "192.168.257",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.254.169.254.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::ffff:127.0.0.1]",
    "[::FFFF:7F00:0001]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "api.localhost",
]


@pytest.mark.parametrize("host", _SPELLINGS)
@pytest.mark.parametrize("rest", ["", ":80", ":8080/v1", "/v1?x=http://example.com"])
def test_every_spelling_of_a_closed_address_is_refused(host: str, rest: str) -> None:
    with pytest.raises(InvalidRequest, match="not public") as refused:
        read_url(f"http://{host}{rest}", _CLOSED)
    assert refused.value.field == "base_url"


_MALFORMED = [
    "",
    "api.example.com",
    "//api.example.com",
    "/v1",
    "ftp://api.example.com",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_",
    "javascript:alert(1)",
    "http:",
    "http://",
    "http:///v1",
    "http:api.example.com",
    "http://:80",
    "http://.",
    "http://..",
    "http://api..example.com",
    "http://.example.com",
    "http://-api.example.com",
    "http://api.example.com:0",
    "http://api.example.com:65536",
    "http://api.example.com:999999",
    "http://api.example.com:80a",
    "http://api.example.com:-1",
    "http://api.example.com:80:80",
    "http://user@api.example.com",
    "http://user:password@api.example.com",
    "http://@api.example.com",
    "http://api.example.com@127.0.0.1",
    "http://api.example.com#@127.0.0.1",
    "http://api.example.com/#fragment",
    "http://api.example.com\\@127.0.0.1",
    "http:\\\\127.0.0.1",
    "http://127.0.0.1%00.example.com",
    "http://%31%32%37.0.0.1",
    "http://api.example.com%2f@127.0.0.1",
    "http://api example.com",
    " http://api.example.com",
    "http://api.example.com ",
    "http://api.example.com/\r\nHost: 127.0.0.1",
    "http://api.exam\tple.com",
    "http://api.example.com/\x00",
    "http://１２７.0.0.1",  # noqa: RUF001  full-width digits, which some resolvers fold
    "http://127。0。0。1",
    "http://ⓛocalhost",
    "http://exämple.com",
    "http://256.0.0.1",
    "http://1.2.3.4.5",
    "http://127.0.0.08",
    "http://0x7g.1",
    "http://foo.127",
    "http://4294967296",
    "http://1.2.65536",
    "http://[::1",
    "http://::1",
    "http://[::1]evil.example.com",
    "http://evil.example.com[::1]",
    "http://[fe80::1%25eth0]",
    "http://[fe80::1%eth0]",
    "http://[::ffff:127.0.0.256]",
    "http://[127.0.0.1]",
    "http://[]",
    "http://[v1.fe80::a]",
    f"http://{'a' * 64}.example.com",
    f"http://{'a.' * 127}com",
    f"http://api.example.com/{'a' * 2048}",
    f"http://{'9' * 1000}",
    f"http://0x{'f' * 1000}",
]


@pytest.mark.parametrize("text", _MALFORMED)
@pytest.mark.parametrize("policy", [_CLOSED, _OPEN], ids=["closed", "open"])
def test_what_is_no_plain_url_is_refused(text: str, policy: Policy) -> None:
    with pytest.raises(InvalidRequest):
        read_url(text, policy)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        pytest.param("https://api.example.com/v1", "https://api.example.com/v1", id="plain"),
        pytest.param("HTTPS://API.Example.COM", "https://api.example.com/", id="case"),
        pytest.param("https://api.example.com.", "https://api.example.com/", id="trailing-dot"),
        pytest.param("https://api.example.com:443/", "https://api.example.com/", id="default-port"),
        pytest.param("http://api.example.com:443/", "http://api.example.com:443/", id="other-port"),
        pytest.param("https://api.example.com:/v1", "https://api.example.com/v1", id="empty-port"),
        pytest.param("https://x.example.com/v1?api-version=1", "https://x.example.com/v1?api-version=1", id="query"),
        pytest.param("http://134744072", "http://8.8.8.8/", id="decimal"),
        pytest.param("http://0x8.010.2056", "http://8.8.8.8/", id="mixed"),
        pytest.param("http://[2606:4700:4700:0::1111]:8", "http://[2606:4700:4700::1111]:8/", id="ipv6"),
        pytest.param("http://my_host.example.com", "http://my_host.example.com/", id="underscore"),
        pytest.param("https://xn--exmple-cua.com", "https://xn--exmple-cua.com/", id="punycode"),
    ],
)
def test_a_url_is_written_anew(text: str, url: str) -> None:
    assert read_url(text, _CLOSED).url == url


@given(st.text(max_size=60) | st.from_regex(r"https?://[0-9a-fx.:\[\]@%]{1,40}(/[a-z?#]{0,5})?", fullmatch=True))
def test_reading_what_was_read_changes_nothing(text: str) -> None:
    try:
        target = read_url(text, _CLOSED)
    except InvalidRequest:
        return
    assert read_url(target.url, _CLOSED) == target


@given(st.ip_addresses(v=4), st.sampled_from(["{}", "{:#x}", "0{:o}"]))
def test_one_number_is_read_as_the_address_it_is(address: IPv4Address, spelling: str) -> None:
    target: Target = read_url(f"http://{spelling.format(int(address))}", Policy(allowed=(ip_network("0.0.0.0/0"),)))
    assert (target.address, target.host) == (address, str(address))


def test_private_url_is_read_where_the_setting_says_so() -> None:
    assert read_url("http://localhost:11434/v1", _OPEN).url == "http://localhost:11434/v1"
    assert read_url("http://127.1:1234", _OPEN).url == "http://127.0.0.1:1234/"


@given(st.text(min_size=1, max_size=80))
def test_no_refusal_quotes_the_text(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_url(f"http://user:{text}@ex ample.com", _CLOSED)
    assert f"user:{text}" not in str(refused.value)
