"""Variants of one text end up under one key, however they are linked."""

from training.pairs import linked_groups


def test_chains_of_variants_are_one_group() -> None:
    groups = linked_groups([("d", "c"), ("b", "a"), ("x", "y"), ("c", "b")])

    assert groups == {"a": "a", "b": "a", "c": "a", "d": "a", "x": "x", "y": "x"}


def test_order_of_links_does_not_matter() -> None:
    links = [("d", "c"), ("b", "a"), ("c", "b"), ("a", "b")]

    assert linked_groups(links) == linked_groups(reversed(links))


def test_a_text_linked_to_itself_is_alone() -> None:
    assert linked_groups([("a", "a")]) == {"a": "a"}
