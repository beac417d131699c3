"""A port for a server that is about to start: nobody else takes it meanwhile."""

import random
import socket

from eval.bench.servers import HOST, free_port


def test_a_port_is_free_and_none_that_connections_to_elsewhere_are_given() -> None:
    for _ in range(50):
        port = free_port()
        assert port < 32_768
        with socket.create_server((HOST, port)):
            assert free_port() != port


def test_two_that_begin_alike_do_not_find_the_same_ports() -> None:
    found = []
    for _ in range(2):
        random.seed(1)
        found.append([free_port() for _ in range(5)])
    assert found[0] != found[1]
