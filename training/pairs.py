"""Groups from links: rows, or ids of rows, that belong together.

In: links between two of them. Out: one representative per group. Which rows are
linked, and what becomes of a group, is left to `training.corpus` and the converters.
"""

from collections.abc import Iterable


class Groups:
    """Disjoint sets of row indices (union-find with path halving, Tarjan 1975)."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def find(self, index: int) -> int:
        """The representative of the set that holds `index`."""
        while self._parent[index] != index:
            self._parent[index] = self._parent[self._parent[index]]
            index = self._parent[index]
        return index

    def join(self, first: int, second: int) -> None:
        """Make one set of the two; the smaller index represents it."""
        low, high = sorted((self.find(first), self.find(second)))
        self._parent[high] = low


def linked_groups(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The smallest id of each connected component, for every id that occurs in a link."""
    pairs = list(links)
    ids = sorted({one for pair in pairs for one in pair})
    index = {one: place for place, one in enumerate(ids)}
    groups = Groups(len(ids))
    for left, right in pairs:
        groups.join(index[left], index[right])
    return {one: ids[groups.find(place)] for place, one in enumerate(ids)}
