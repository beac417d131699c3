"""A webhook never reaches into the network that the service runs in."""

import socket
from typing import Any

import pytest

from modsvc.errors import InputError
from modsvc.webhooks.target import check_url, is_public, resolve


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("239.1.1.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        # IPv4 addresses that come as IPv6 ones: mapped, compatible, translated, 6to4.
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("::127.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::93.184.216.34", True),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/hook",
        "http://example.org/hook",
        "ftp://example.org",
        "file:///etc/passwd",
        "https://",
        "https://user:password@example.org/",
        "https://example.org/#part",
        "https://example.org/a b",
        "https://example.org/\r\nHost: other",
        "https://exämple.org/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://example.org/" + "a" * 2048,
    ],
)
def test_what_is_no_webhooks_url(url: str) -> None:
    with pytest.raises(InputError):
        check_url(url, allow_private=False)


def test_plain_http_and_private_hosts_are_for_those_who_say_so() -> None:
    check_url("https://example.org/hook?a=1", allow_private=False)
    check_url("http://127.0.0.1:8000/hook", allow_private=True)
    with pytest.raises(InputError, match="MODSVC_WEBHOOK_ALLOW_PRIVATE"):
        resolve("https://127.0.0.1:8000/hook", allow_private=False)
    target = resolve("http://127.0.0.1:8000/hook?a=1", allow_private=True)
    assert target == (
        *(False, "127.0.0.1", 8000, "127.0.0.1:8000", "/hook?a=1"),
        ("127.0.0.1",),
    )


def test_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(host: str, port: int, **options: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("93.184.216.34", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(InputError, match="private network"):
        resolve("https://rebound.example/", allow_private=False)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:7f00:1]"])
def test_other_ways_to_write_this_machine_are_seen_through(host: str) -> None:
    with pytest.raises((InputError, OSError)):
        resolve(f"https://{host}/", allow_private=False)
