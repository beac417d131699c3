"""An admin writes policies, by rows or as text, and loses nothing that was typed."""

import re
from typing import Any

import httpx
from fastapi import FastAPI

from modsvc.policy.document import parse_document
from modsvc.store import policies as rows
from tests.desk.browsing import Person
from tests.desk.editing import begin, edited, fields_of, row, versions

WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"new_label": ["misogyny"], "new_review": ["much"]}, "misogyny.*.review"),
    (row(label="misogyny", review="0.9", withhold="0.1"), "withhold must not be below"),
    (row(community="school", review="0.9"), "no label"),
    (row(community="school", label="threats", review="2"), "communities.school.thresholds"),
    ({"term_pattern": ["@someone"], "term_kind": ["block"]}, "terms.0.pattern"),
    ({"term_language": ["not a tag"]}, "language"),
    ({"name": "two words"}, "version"),
    ({"note": "n" * 1001}, "note"),
)


async def test_terms_and_actions_are_edited_row_by_row(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "admin") as eva:
        await begin(eva, app)
        await edited(
            eva,
            "show",
            **row(community="school", label="threats", language="ru", review="0.3"),
            on_engine_failure="review",
            below=["review"],
            term_pattern=["badword*", "слово"],
            term_kind=["block", "watch"],
            term_language=["en", "ru"],
            term_community=["", "school"],
            term_note=["means harm", ""],
        )
        # Now there are rows of what was typed: one is taken out again, one becomes another.
        await edited(eva, "show", review=["0.4"], withhold=["0.9"], drop_term=["0"])
        assert fields_of(eva.page.text)["below"] == ["review", ""]
        await edited(eva, "text")
        [text] = fields_of(eva.page.text)["document"]
        said = parse_document(text, "it")
        assert said.on_engine_failure == "review"
        assert said.unsupported_language.below_thresholds == "review"
        assert said.terms == ()
        [term] = said.communities["school"].terms
        assert (term.pattern, term.kind, term.language) == ("слово", "watch", "ru")
        assert said.communities["school"].thresholds["threats"]["ru"].review == 0.4
        await edited(eva, "form")
        await edited(eva, "show", drop=["0"])
        await edited(eva, "save")
        version = eva.page.url.path.removeprefix("/desk/policies/")
        await eva.get(f"/policies/{version}/diff")
        assert "languages that the model was not measured on" in eva.page.text
        assert "<bdi>слово</bdi>" in eva.page.text


async def test_nothing_typed_is_lost_when_a_row_is_wrong(
    app: FastAPI, platform: httpx.AsyncClient
) -> None:
    async with Person(app, "admin") as eva:
        for changes, named in WRONG:
            await begin(eva, app)
            typed = {"note": "why", "term_pattern": ["word"], "term_note": ["harm"], **changes}
            await edited(eva, "save", **typed)
            assert eva.page.status_code == 422
            [wrong] = re.findall(r'role="alert">([^<]+)<', eva.page.text)
            assert named in wrong
            again = fields_of(eva.page.text)
            for name, values in typed.items():
                expected = [values] if isinstance(values, str) else values
                assert again[name][: len(expected)] == expected, name
    assert len(versions(app)) == 1


async def test_the_text_itself_may_be_written(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "admin") as eva:
        await begin(eva, app, "text")
        [text] = fields_of(eva.page.text)["document"]
        assert "# The policy that ships." in text
        for wrong in ("version: [", text.replace("thresholds: {}", "tresholds: {}")):
            await edited(eva, "save", document=wrong)
            assert eva.page.status_code == 422
            assert fields_of(eva.page.text)["document"] == [wrong]
            # It cannot be shown as rows as long as it is wrong.
            await edited(eva, "form", document=wrong)
            assert fields_of(eva.page.text)["mode"] == ["text"]
        # As a browser sends it.
        await edited(eva, "save", document=text.replace("\n", "\r\n"))
        assert "says exactly this is kept already" in eva.page.text
        written = text.replace("version: default-1", "version: ours-1")
        await begin(eva, app, "text")
        await edited(eva, "save", document=written)
        version = eva.page.url.path.removeprefix("/desk/policies/")
        assert version.startswith("ours-1+")
        with app.state.service.database.reading() as session:
            assert rows.get(session, version).document == written
