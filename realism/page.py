"""The page: one HTML file with everything in it, pictures too, and no script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from . import plots, plots_counts, timeline
from .check import Check
from .findings import MATRIX, Findings

_STYLE = """
:root { --ink:#1f2328; --soft:#5b636d; --line:#dfe3e8; --good:#2f6b3a; --bad:#b3261e; --paper:#fff; }
* { box-sizing:border-box }
body { font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif; color:var(--ink); background:var(--paper);
  max-width:1240px; margin:0 auto; padding:2rem 1.5rem 5rem }
h1 { font-size:1.9rem; line-height:1.2; margin:0 0 .3rem } h2 { font-size:1.35rem; margin:3rem 0 .4rem; padding-top:.8rem;
  border-top:2px solid var(--ink) } h3 { font-size:1.02rem; margin:1.6rem 0 .3rem }
p, li { max-width:78ch } .soft { color:var(--soft) }
table { border-collapse:collapse; width:100%; font-size:13px; margin:.6rem 0 1.2rem }
th { text-align:left; font-weight:600; border-bottom:1.5px solid var(--ink); padding:.3rem .5rem; vertical-align:bottom }
td { border-bottom:1px solid var(--line); padding:.28rem .5rem; vertical-align:top } td.n, th.n { text-align:right; white-space:nowrap }
.outside { color:var(--bad); font-weight:600 } .inside { color:var(--good) } .shown { color:var(--soft) }
td.v { white-space:nowrap } .bar { display:inline-flex; width:180px; height:11px; border-radius:2px; overflow:hidden;
  background:var(--line) } .bar i { display:block; height:100% } .bar .g { background:#7fb08a } .bar .b { background:#cf5a50 }
figure { margin:.8rem 0 1.4rem } figure svg { width:100%; height:auto; max-height:none } figure.mid svg { max-width:900px }
figcaption { color:var(--soft); font-size:13px } details { margin:.4rem 0 } summary { cursor:pointer; color:#1b5e9b }
nav { columns:3; font-size:14px; margin:1rem 0 } nav a { color:#1b5e9b; text-decoration:none; display:block }
.key span { display:inline-block; width:.8em; height:.8em; border-radius:2px; margin:0 .25em 0 .9em; vertical-align:-1px }
@media print { body { max-width:none; padding:0; font-size:11px } h2 { break-after:avoid } figure, tr { break-inside:avoid }
  details > * { display:block } nav { display:none } }
"""

_INTRO = {
    "Distributions": (
        "Each measure by setting: line from the 2nd to the 98th percentile, box from the 25th to the 75th, median. Ours in "
        "colour, published in orange (hollow: a healthy reference interval). A median may lie up to 0.6 published "
        "interquartile ranges away (1.0 where the published people differ from ours, 1.5 from a healthy interval); the "
        "box may be half to twice as wide. Skewed measures are compared on logarithms."
    ),
    "Correlations within a stay": (
        "Deviations from the mean of each stay, all stays pooled, and each stay with at least eight pairs. Skewed measures "
        "as logarithms. The verdict is on the pooled figure, within 0.2."
    ),
    "Persistence": "How much a result resembles the one a day before (vital signs: an hour). Patients pooled, as published.",
    "Time between samples": "Shaded: where the median should lie. Black: our median.",
    "Time of draws": "A real laboratory's night and morning round is spread over hours, and blood is drawn all day.",
    "What follows a value": "Sampling and orders depend on the state: an abnormal potassium is repeated soon, and treated.",
    "Answers to treatment": (
        "Mean change around a treatment (red line). People are treated because a value is out of order, and such values "
        "come back by themselves; so each treated change is set against untreated stretches that began at the same value. "
        "The figure is the difference between the two, with its 95 % interval."
    ),
    "Missing and spoiled data": "Rates of what goes wrong in a record.",
    "Sizes": "How many resources, how long the stays, how much is done a day.",
    "Diagnoses of stays": "Stays with intensive care that have a diagnosis, beside real ones (sicker people than ours).",
    "Drugs": "Orders of stays with intensive care, beside those of real ones.",
    "Notes": (
        "No sentence should stand in more than 1 % of the notes of its kind. Headings are left out, and a sentence is not "
        "counted in a note whose predecessor in the chart holds it too (copied forward)."
    ),
    "Spikes": (
        "The value of each measure that stands out most from a curve through its neighbours, among all results and among "
        "the last 4.5 days of stays that go on, where tasks plant their situations. A planted edge must not show."
    ),
}


def page(findings: Findings, facts: Mapping[str, str]) -> str:
    """The whole page. `facts` are what the head says of the cohort."""
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>How real are the charts?</title><style>{_STYLE}</style></head><body>"
    )
    parts = [head, _top(findings, facts), _summary(findings), _outside(findings)]
    parts += [_section(findings, name) for name in findings.sections]
    parts += [_timelines(findings), _sources(findings), "</body></html>"]
    return "\n".join(parts)


def _top(findings: Findings, facts: Mapping[str, str]) -> str:
    told = " · ".join(f"{escape(k)} {escape(v)}" for k, v in facts.items())
    bad = sum(c.verdict == "outside" for c in findings.checks)
    judged = sum(c.verdict != "shown" for c in findings.checks)
    return (
        "<h1>How real are the charts?</h1>"
        f'<p class="soft">{told}</p>'
        f"<p>{judged} figures of the synthetic charts are set beside published figures of real records. <b>{judged - bad}</b> lie "
        f'inside their band, <b class="outside">{bad}</b> outside. The bands say what this project would pass as plausible; '
        "they are not acceptance limits of any authority, and no clinician has checked them.</p>"
    )


def _anchor(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower())


def _summary(findings: Findings) -> str:
    rows: list[str] = []
    for name in findings.sections:
        verdicts = [c.verdict for c in findings.section(name)]
        good, bad = verdicts.count("inside"), verdicts.count("outside")
        total = max(1, good + bad)
        bar = (
            f'<span class="bar"><i class="g" style="width:{100 * good / total:.0f}%"></i>'
            f'<i class="b" style="width:{100 * bad / total:.0f}%"></i></span>'
        )
        rows.append(
            f'<tr><td><a href="#{_anchor(name)}">{escape(name)}</a></td><td>{bar}</td><td class="n inside">{good}</td>'
            f'<td class="n {"outside" if bad else "shown"}">{bad}</td><td class="n shown">{verdicts.count("shown")}</td></tr>'
        )
    return (
        "<h2>In a minute</h2><table><tr><th>what</th><th></th><th class=n>inside</th><th class=n>outside</th>"
        "<th class=n>not judged</th></tr>"
        + "".join(rows)
        + '</table><p><a href="#charts">Five charts as pictures</a> · <a href="#sources">Sources</a></p>'
    )


def _outside(findings: Findings) -> str:
    rows = [c for c in findings.checks if c.verdict == "outside"]
    return f"<h2>Unlike real charts: {len(rows)} figures outside their band</h2>" + _table(rows, section=True)


def _table(rows: Sequence[Check], *, section: bool = False) -> str:
    if not rows:
        return '<p class="soft">None.</p>'
    first = "<th>part</th>" if section else ""
    lines = [
        f"<table><tr>{first}<th>what</th><th>ours</th><th>published, or band</th><th>verdict</th><th>why, or which</th></tr>"
    ]
    for c in rows:
        part = f'<td><a href="#{_anchor(c.section)}">{escape(c.section)}</a></td>' if section else ""
        word = {"inside": "✓ inside", "outside": "✗ outside", "shown": "– shown"}[c.verdict]
        lines.append(
            f"<tr>{part}<td>{escape(c.name)}</td><td>{escape(c.ours)}</td><td>{escape(c.theirs)}</td>"
            f'<td class="v {c.verdict}">{word}</td><td>{escape(c.why)}</td></tr>'
        )
    return "".join(lines) + "</table>"


def _figure(picture: str, *, mid: bool = False, caption: str = "") -> str:
    if not picture:
        return ""
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure{' class=mid' if mid else ''}>{words}{picture}</figure>"


def _section(findings: Findings, name: str) -> str:
    checks = findings.section(name)
    sources = sorted(
        {findings.reference.sources[c.source].name for c in checks if c.source in findings.reference.sources}
    )
    named = f' <span class="soft">Source: {escape("; ".join(sources))}.</span>' if sources else ""
    bad = sum(c.verdict == "outside" for c in checks)
    table = _table(checks)
    if name not in _OPEN:
        table = f"<details><summary>All {len(checks)} figures ({bad} outside)</summary>{table}</details>"
    head = f'<h2 id="{_anchor(name)}">{escape(name)}</h2><p>{escape(_INTRO.get(name, ""))}{named}</p>'
    return head + _pictures(findings, name) + table


_OPEN = frozenset({"Answers to treatment", "Diagnoses of stays", "Drugs", "Notes"})
"""Sections whose table is part of the picture."""


def _measures(f: Findings) -> str:
    key = (
        '<p class="key"><span style="background:#3f8f6b"></span>clinic <span style="background:#1b5e9b"></span>ward '
        '<span style="background:#7b3f8c"></span>ICU <span style="background:#b8651b"></span>published</p>'
    )
    groups = plots.distribution_plots(f.distributions, f.reference)
    return key + "".join(f"<h3>{escape(title)}</h3>{_figure(picture)}" for title, picture in groups)


def _correlations(f: Findings) -> str:
    names = [("ln " if f.reference.measures[n].log else "") + f.reference.label(n) for n in MATRIX]
    pairs = plots.correlation_plot(f.pairs, f.reference)
    return _figure(pairs, mid=True) + _figure(plots.heat_map(*f.matrix, names), mid=True)


_PAINTERS: Mapping[str, Callable[[Findings], str]] = {
    "Distributions": _measures,
    "Correlations within a stay": _correlations,
    "Persistence": lambda f: _figure(plots.lag_plot(f.lags, f.reference)),
    "Time between samples": lambda f: _figure(plots.interval_plot(f.gaps, f.reference)),
    "Time of draws": lambda f: _figure(plots.draw_hour_plot(f.draws, f.reference), mid=True),
    "What follows a value": lambda f: _figure(plots.class_plot(f.classes)),
    "Answers to treatment": lambda f: _figure(plots.effect_plot(f.outcomes)),
    "Missing and spoiled data": lambda f: _figure(plots_counts.mess_plot(f.mess, f.reference), mid=True),
    "Sizes": lambda f: _figure(plots_counts.burden_plot(f.burden)),
    "Diagnoses of stays": lambda f: _figure(
        plots_counts.ranking_plot(f.diagnoses, "commonest diagnoses: charts that hold them"), mid=True
    ),
    "Drugs": lambda f: _figure(
        plots_counts.ranking_plot(f.orders, "commonest inpatient orders, all stays"), mid=True
    ),
    "Notes": lambda f: _figure(plots_counts.note_plot(f.notes)),
    "Spikes": lambda f: _figure(plots.spike_plot(f.standouts, f.records, f.late, f.reference)),
}
"""What is drawn in each section."""


def _pictures(f: Findings, name: str) -> str:
    painter = _PAINTERS.get(name)
    return painter(f) if painter else ""


def _timelines(f: Findings) -> str:
    head = (
        '<h2 id="charts">Five charts</h2><p>Purple: intensive care; blue: ward; green: at home or at the clinic, and home '
        "prescriptions. Ticks on drugs are doses. Green bands are the reference ranges.</p>"
    )
    kinds = "".join(
        f'<span style="background:{color}"></span>{escape(kind)} '
        for kind, color in timeline.NOTE_COLORS.items()
    )
    parts = [head, f'<p class="key">Notes: {kinds}</p>']
    for case in timeline.choose(f.records):
        parts.append(f"<h3>{escape(case.title)}</h3>")
        parts.append(_figure(timeline.overview(case), caption=timeline.caption(case.record)))
        parts.append(_figure(timeline.zoom(case)))
    return "".join(parts)


def _sources(f: Findings) -> str:
    rows = [
        f"<tr><td>{escape(s.name)}</td><td>{escape(s.about)}</td><td>{escape(s.licence)}</td>"
        f"<td>{f'<a href={chr(34)}{escape(s.url)}{chr(34)}>{escape(s.url)}</a>' if s.url else ''}</td></tr>"
        for s in f.reference.sources.values()
    ]
    return (
        '<h2 id="sources">Sources</h2><table><tr><th>source</th><th>about</th><th>licence</th><th>where</th></tr>'
        + "".join(rows)
        + "</table>"
    )
