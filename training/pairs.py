"""Groups from links: texts that a source declares as variants of one another.

In: pairs of row ids. Out: one group key per id. What becomes of a group is left to
`training.corpus`.
"""

from collections.abc import Iterable


def linked_groups(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The smallest id of each connected component, for every id that occurs in a link."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in links:
        first, second = sorted((root(left), root(right)))
        parent[second] = first
    return {node: root(node) for node in list(parent)}
