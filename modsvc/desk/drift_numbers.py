"""The panels on drift: the mix of languages, and the alarms of the watch.

In: `LanguageNumbers`. Out: a `Panel` each. How scores are spread is in `modsvc.desk.numbers`; when
an alarm is due is left to `modsvc.drift`.
"""

from modsvc.desk.catalogues import N_
from modsvc.desk.charts import bars
from modsvc.desk.panels import LANGUAGE, Numbers, Panel, References, simple
from modsvc.desk.sheets import Column


def mix(numbers: Numbers, references: References) -> Panel:
    """Which share of all texts is in which language, now and before."""
    now, then = (sum(getattr(one, name) for one in numbers) for name in ("volume", "before"))
    known = [one for one in numbers if one.volume or one.before]
    columns = (
        LANGUAGE,
        Column("share", N_("Share"), "percent"),
        Column("share_before", N_("Before"), "percent"),
    )
    rows = [
        (one.language, one.volume / now if now else None, one.before / then if then else None)
        for one in known
    ]
    shown = [(name, [share for share in both if share is not None]) for name, *both in rows]
    drawing = bars([(name, both, both) for name, both in shown], ["percent", "percent"])
    return simple("mix", N_("Mix of languages"), columns, rows if now else [], drawing)


def alarms(numbers: Numbers, references: References) -> Panel:
    """What the watch found, and when."""
    columns = (
        LANGUAGE,
        Column("signal", N_("What moved"), "term"),
        Column("at", N_("When"), "moment"),
        Column("before", N_("From"), "probability"),
        Column("after", N_("to"), "probability"),
        Column("texts", N_("Texts seen"), "number"),
        Column("content", N_("Clear with"), "word"),
    )
    rows = [
        (one.language, told.signal, told.at, told.before, told.after, told.seen, told.content)
        for one in numbers
        for told in one.alarms
    ]
    drawn = [(one.language, [len(one.alarms)], [len(one.alarms)]) for one in numbers if one.alarms]
    return simple("alarms", N_("Alarms"), columns, rows, bars(drawn, ["number"]))
