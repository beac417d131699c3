"""A lead looks at policies; an admin lets one hold, and goes back."""

import httpx
from fastapi import FastAPI

from tests.desk.browsing import Person
from tests.desk.editing import active, begin, edited, row


async def test_a_policys_day(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "admin") as eva, Person(app, "lead") as lea:
        first = await begin(eva, app)
        assert 'value="default-2"' in eva.page.text
        typed = row(label="misogyny", language="es", review="0,1", withhold="0.2")
        await edited(eva, "show", **typed)
        assert "withheld from 0.20 on; no threshold stood here before" in eva.page.text
        await edited(eva, "save", note="Spanish was too mild")
        assert "Saved as a draft." in eva.page.text
        second = eva.page.url.path.removeprefix("/desk/policies/")
        assert active(app) == first
        assert "<strong>0.10 / 0.20</strong>" in eva.page.text

        # Others may look, and nothing more.
        listed = (await lea.get("/policies")).text
        assert "Spanish was too mild" in listed
        assert ">admin<" in listed
        assert second in listed
        shown = (await lea.get(f"/policies/{second}")).text
        assert "/activate" not in shown
        assert "/edit" not in shown
        assert (await lea.post(f"/policies/{second}/activate", sure="true")).status_code == 403
        assert (await lea.get(f"/policies/{second}/backtest")).status_code == 200
        shown = (await lea.get(f"/policies/{second}/diff")).text
        assert "<pre>+ " in shown
        assert "reviewed from 0.10 on" in shown

        await eva.get(f"/policies/{second}")
        assert (await eva.post(f"/policies/{second}/activate")).status_code == 422
        await eva.get(f"/policies/{second}")
        await eva.post(f"/policies/{second}/activate", sure="true")
        assert "This version holds from now on." in eva.page.text
        assert active(app) == second == app.state.service.pipeline.policy.version
        await eva.post("/policies/rollback", sure="true")
        assert active(app) == first == app.state.service.pipeline.policy.version
        await eva.get(f"/policies/{second}")
        assert "Put it in force again" in eva.page.text
        await eva.post(f"/policies/{second}/activate", sure="true")
        assert active(app) == second


async def test_there_is_nothing_to_go_back_to(app: FastAPI, platform: httpx.AsyncClient) -> None:
    async with Person(app, "admin") as eva:
        await eva.get("/policies")
        await eva.post("/policies/rollback", sure="true")
        assert eva.page.status_code == 409
        assert "No version was active before this one" in eva.page.text
        await eva.get("/policies/none")
        assert eva.page.status_code == 404


async def test_who_may_look(app: FastAPI, platform: httpx.AsyncClient) -> None:
    version = active(app)
    for name, status in (("reviewer", 403), ("auditor", 200)):
        async with Person(app, name) as person:
            for path in ("/policies", f"/policies/{version}", f"/policies/{version}/diff"):
                assert (await person.get(path)).status_code == status, path
            assert (await person.get(f"/policies/{version}/edit")).status_code == 403
            assert "/rollback" not in (await person.get("/policies")).text
