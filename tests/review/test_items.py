"""A reviewer looks at one item: the text, its surroundings, its author's history."""

import pytest

from modsvc.errors import NotFound, NotPermitted
from modsvc.review import items
from modsvc.store import erasure
from tests.review.desk import Desk


def test_an_item_with_all_that_bears_on_it(desk: Desk) -> None:
    ana = desk.person("ana")
    for number, resolution in enumerate(("uphold", "uphold", "overturn", None)):
        item = desk.flag(content_id=f"earlier {number}", author_id="troll")
        if resolution:
            desk.settle(ana, item, resolution)
    desk.flag(author_id="somebody else")
    item = desk.flag("You hateword", content_id="now", author_id="troll", parent_text="My photo")
    desk.take(ana, item)
    with desk.database.reading() as session:
        view = items.look(session, ana, item)
        assert (view.shown, view.text, view.parent_text) == ("review", "You hateword", "My photo")
        assert view.decision is not None
        assert view.decision.reason_codes == ["misogyny.review"]
        assert view.author == items.AuthorHistory(contents=4, flagged=4, upheld=2, overturned=1)
        assert (view.appeal, view.earlier) == (None, ())
    with desk.database.transaction() as session:
        erasure.erase(session, "", "now", actor="key")
    with desk.database.reading() as session:
        gone = items.look(session, ana, item)
        assert (gone.text, gone.parent_text) == (None, None)


def test_who_may_look(desk: Desk) -> None:
    ana, ben = desk.person("ana"), desk.person("ben")
    item = desk.flag()
    desk.take(ana, item)
    with desk.database.reading() as session:
        assert items.look(session, ana, item).author is None
        for role in ("lead", "auditor", "admin"):
            ben.role = role
            assert items.look(session, ben, item).text == "You hateword"
        ben.role = "reviewer"
        with pytest.raises(NotPermitted, match="Claim"):
            items.look(session, ben, item)
        with pytest.raises(NotFound):
            items.look(session, ana, "nothing")
    desk.resolve(ana, item, "uphold")
    with desk.database.reading() as session:
        assert items.look(session, ana, item).item.resolution == "uphold"
