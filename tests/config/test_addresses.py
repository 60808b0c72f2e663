import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.config.addresses import Host, Url, host_of, url_of

QUADS = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("localhost", "loopback"),
        ("api.localhost", "loopback"),
        ("127.8.9.1", "loopback"),
        ("[::1]", "loopback"),
        ("0.0.0.0", "everywhere"),
        ("::", "everywhere"),
        ("10.0.0.1", "private"),
        ("100.64.0.1", "private"),
        ("192.0.2.7", "private"),
        ("fd12::1", "private"),
        ("gpu7", "private"),
        ("gpu7.lan", "private"),
        ("vllm.models.svc.cluster.local", "private"),
        ("169.254.1.1", "link-local"),
        ("fe80::1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("168.63.129.16", "metadata"),
        ("Metadata.Google.Internal.", "metadata"),
        ("224.0.0.1", "unusable"),
        ("255.255.255.255", "unusable"),
        ("8.8.8.8", "public"),
        ("llm.example.org", "public"),
        ("2001:4860:4860::8888", "public"),
    ],
)
def test_a_host_is_known_by_who_can_answer_there(text: str, reach: str) -> None:
    host = host_of(text)
    assert (host.reach, host.disguise, host.fault) == (reach, "", "")


def test_an_address_written_in_the_usual_way_hides_nothing() -> None:
    assert host_of("203.0.113.9") == Host("203.0.113.9", "private", written="203.0.113.9")


@given(QUADS)
def test_every_other_way_to_write_an_address_is_seen_through(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    first, rest = number >> 24, number & 0xFFFFFF
    plain = host_of(str(address)).reach
    for text in (str(number), hex(number), oct(number).replace("o", ""), f"{first}.{rest}", f"0x{first:x}.{rest}", f"::ffff:{address}"):
        host = host_of(text)
        if number > 7 or ":" in text:  # 0 to 7 in octal look like decimal
            assert host.disguise, text
        assert host.reach == plain, text


@pytest.mark.parametrize(
    "text", ["::ffff:10.0.0.1", "::10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::", "2001:0:1::f5ff:fffe"]
)
def test_an_address_inside_another_is_seen(text: str) -> None:
    host = host_of(text)
    assert (host.reach, host.disguise) == ("private", "holds the IPv4 address `10.0.0.1`")


@pytest.mark.parametrize(
    "text", ["", "a..b", "-a.org", "a b", "a_-.org", "1.2.3.256", "foo.123", "1.2.3.4.5", "fe80::1%eth0", "::zz", "ß.example.org"]
)
def test_what_is_no_host_is_said(text: str) -> None:
    assert host_of(text).fault


@given(st.text(max_size=80))
def test_no_text_breaks_the_judgement(text: str) -> None:
    assert isinstance(host_of(text), Host)
    assert isinstance(url_of(text), Url)
    assert isinstance(url_of(f"https://{text}"), Url)


@given(st.sampled_from(["a.example.org", "127.0.0.1", "[::1]"]), st.integers(1, 65535), st.sampled_from(["", "/v1", "/a/b?c"]))
def test_a_url_is_taken_apart(host: str, port: int, rest: str) -> None:
    url = url_of(f"http://{host}:{port}{rest}")
    assert (url.fault, url.host.fault, url.port, url.host.name) == ("", "", port, host.strip("[]"))


@pytest.mark.parametrize(
    "text", ["ftp://a", "http://a\\@b", "http://a b", "http://a:0", "http://a:70000", "http://a:1:2", "http://[::1", "http://a\u2028b"]
)
def test_what_is_no_url_is_said(text: str) -> None:
    assert url_of(text).fault


def test_credentials_are_found_whatever_stands_before_the_last_at() -> None:
    assert url_of("https://a@b@c.example.org").userinfo
    assert url_of("https://@c.example.org").userinfo
    assert url_of("https://user:pass@[::1]:80").userinfo
    assert not url_of("https://c.example.org/a@b").userinfo
