import socket
from collections.abc import Iterator
from typing import Any

import pytest

from artgan import __version__
from artgan.collect import session as session_module
from artgan.collect.client import Client, ClientOptions
from artgan.collect.session import is_public, user_agent
from artgan.io.failures import FetchError, Reason

PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
    *("::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::808:808"),
    *("2002:7f00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.fixture
def client(quick: Any) -> Iterator[Client]:
    """As for a user: only public addresses."""
    client = Client(ClientOptions(per_second=1000, retry=quick.retry, robots=False, limits=quick.limits))
    yield client
    client.close()


@pytest.fixture
def own(quick: Any) -> Iterator[Client]:
    client = Client(quick)
    yield client
    client.close()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "0"]
)
def test_loopback_in_every_spelling(client: Client, server: Any, host: str) -> None:
    server.add("/x", "secret")
    with pytest.raises(FetchError) as caught:
        client.get_text(f"http://{host}:{server.port}/x")
    assert caught.value.reason is Reason.BLOCKED_ADDRESS
    assert "not on the public internet" in caught.value.cause
    assert server.asked == []


def test_a_name_that_turns_out_to_be_private(client: Client, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1" if "art" in host else host, *rest, **more)
    )
    with pytest.raises(FetchError, match=r"art\.example is the address 127\.0\.0\.1"):
        client.get_text(f"http://art.example:{server.port}/x")
    assert server.asked == []


def test_every_redirect_is_checked(
    client: Client, server: Any, other_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = server.__class__("127.0.0.2")
    monkeypatch.setattr(session_module, "is_public", lambda address: address == "127.0.0.1")
    server.add("/x", "", status=302, headers={"Location": f"{hidden.url}/secret"})
    with pytest.raises(FetchError, match=r"127\.0\.0\.2, which is not on the public internet"):
        client.get_text(server.url + "/x")
    assert hidden.asked == []
    assert len(server.asked) == 1
    hidden.close()


@pytest.mark.parametrize(
    "address",
    [
        *("file:///etc/passwd", "ftp://a.example/x", "data:,x", "javascript:x", "gopher://a.example", "x", "http://"),
        *("//a/b", "http://user:hush@a.example/x", "http://user@a.example/", "http://[::1", "http://a.example:x/"),
    ],
)
def test_addresses_that_are_none(client: Client, server: Any, own: Client, address: str) -> None:
    with pytest.raises(FetchError) as caught:
        client.get_text(address)
    assert caught.value.reason is Reason.BLOCKED_ADDRESS
    assert "hush" not in str(caught.value)
    server.add("/r", "", status=301, headers={"Location": address})
    if ":" in address and address != "http://":  # the others are paths of this server
        with pytest.raises(FetchError) as caught:
            own.get_text(server.url + "/r")
        assert caught.value.reason is Reason.BLOCKED_ADDRESS


def test_redirects_end(own: Client, server: Any) -> None:
    server.add("/a", "", status=302, headers={"Location": "/a"})
    with pytest.raises(FetchError, match="redirects more than 5 times") as caught:
        own.get_text(server.url + "/a")
    assert caught.value.reason is Reason.REDIRECTS
    assert server.counts()["/a"] == 6


def test_the_body_of_a_redirect_is_not_read(own: Client, server: Any) -> None:
    server.add("/a", bytes(2000), status=302, headers={"Location": "/b"})
    server.misbehave("/a", "drip")
    assert own.get_text(server.add("/b", "hello").replace("/b", "/a")).text == "hello"


def test_hosts_of_a_source_only(quick: Any, server: Any, other_server: Any) -> None:
    client = Client(quick, hosts=frozenset({"127.0.0.1", ".example.org"}))
    server.add("/r", "", status=302, headers={"Location": other_server.url + "/x"})
    for address in (other_server.url, server.url + "/r", "http://example.org.evil.example/", "http://xexample.org/"):
        with pytest.raises(FetchError, match="is no host of this source"):
            client.get_text(address)
    assert other_server.asked == []
    client.close()


def test_keys_stay_with_their_host(own: Client, server: Any, other_server: Any) -> None:
    own.authorize("127.0.0.1", {"Authorization": "Client-ID hush"})
    server.add("/near", "", status=302, headers={"Location": "/far"})
    server.add("/far", "", status=302, headers={"Location": other_server.url + "/x", "Set-Cookie": "a=hush"})
    other_server.add("/x", "hello")
    assert (
        own.get_text(server.url + "/near", headers={"X-Api-Key": "hush", "Accept": "text/x"}, api=True).text == "hello"
    )
    assert [asked.headers.get("authorization") for asked in server.asked] == ["Client-ID hush"] * 2
    assert server.asked[1].headers["x-api-key"] == "hush"
    assert "hush" not in str(other_server.asked)
    assert other_server.asked[0].headers["accept"] == "text/x"


def test_the_environment_is_not_read(own: Client, server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.add("/x", "hello")
    assert own.get_text(server.url + "/x").text == "hello"
    assert "authorization" not in server.asked[-1].headers


def test_who_asks_says_so(own: Client, quick: Any, server: Any) -> None:
    server.add("/x", "hello")
    own.get_text(server.url + "/x")
    assert {asked.headers["user-agent"] for asked in server.asked} == {user_agent()}
    assert user_agent().startswith(f"artgan/{__version__}")
    assert user_agent("me@here.example\r\nX: é").endswith("me@here.example??X: ?)")
