"""Consultations: why another service was asked, what it found, what it thinks and advises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..chance import between
from ..clock import DAY, HOUR, at_hour, local
from .assess import ailing, antibiotics
from .desk import Author, Book, Desk, authors
from .exam import examination
from .filing import put, quiet
from .grammar import Template, pick, sentence, some, templates
from .moment import Moment
from .objective import cultures, fluids, images, results, sugars, vitals
from .phrases import stripped
from .story import allergies, history, medicines, past, social

_BY_DIAGNOSIS: Mapping[str, str] = {
    "acute-kidney-injury": "Nephrology", "delirium": "Psychiatry", "atrial-fibrillation": "Cardiology", "nstemi": "Cardiology", "pressure-ulcer": "General surgery",
    "septic-shock": "Critical care medicine", "respiratory-failure": "Critical care medicine", "gi-bleed": "Gastroenterology", "c-difficile": "Infectious disease",
    "diabetic-ketoacidosis": "Endocrinology", "esrd": "Nephrology",
}  # fmt: skip
_BY_REASON: Mapping[str, Sequence[str]] = {
    "heart-failure": ("Cardiology",), "afib": ("Cardiology",), "chest-pain": ("Cardiology",), "gi-bleed": ("Gastroenterology",), "liver": ("Gastroenterology",),
    "kidney": ("Nephrology",), "missed-dialysis": ("Nephrology",), "ketoacidosis": ("Endocrinology",), "hyperglycemia": ("Endocrinology",), "copd": ("Pulmonology",),
    "pneumonia": ("Pulmonology", "Infectious disease"), "sepsis": ("Infectious disease", "Critical care medicine"), "cellulitis": ("Infectious disease", "General surgery"),
    "pancreatitis": ("Gastroenterology", "General surgery"), "stroke": ("Hospital medicine",), "hip": ("Hospital medicine",), "neutropenic-fever": ("Infectious disease",),
    "cholecystectomy": ("Gastroenterology",), "hypoglycemia": ("Endocrinology",), "preterm": ("Infectious disease",), "uti": ("Urology", "Infectious disease"),
}  # fmt: skip
_SURE = frozenset({"gi-bleed", "missed-dialysis", "hip", "stroke", "liver", "neutropenic-fever"})

_ASKED = templates(
    "{Asked by|Consulted by|Requested by} $asker to see {this|a} $age{-year-old|yo} $who {for|about|regarding} $about{, HD $hd|}",
    "{Reason for consultation|Question}: $about{, asked by $asker|}{ on $date| at $time|}; $age{-year-old|yo} $who",
    "Thank you for {asking us to see|the consult on} $name, $age, {for|with} $about{ (HD $hd)|, asked by $asker|}",
)
_THINK: Mapping[str, Sequence[Template]] = {
    "Cardiology": templates(
        "{rate|heart rate} $hr, BP $bp, $oxygen: {rhythm and volume|hemodynamics} {reviewed on telemetry|reviewed} at $time, {no ischemia suspected|low suspicion for ACS|warm, not in shock}",
        "{echo and ECG|tracings} reviewed, {pressure|BP} $bp with rate $hr; {volume|congestion} {is the main issue|explains symptoms|looks better than at admission}",
    ),
    "Nephrology": templates(
        "{kidney function|renal}: $labs; {prerenal|hemodynamic|ATN less likely than prerenal|volume-responsive} {by history and sediment|by course}, {no urgent need for|no indication for emergent} dialysis at $time",
        "$labs; {UA and imaging|sediment} reviewed, {BP $bp|pressure $bp}, {fluid status|volume} {near even|slightly down|up by exam}",
    ),
    "Gastroenterology": templates(
        "{hemodynamics|vitals} BP $bp, HR $hr, $labs: {stable for|will plan} {endoscopic evaluation|endoscopy} {within 24 h|by findings|if not done}, {no peritoneal signs|abdomen soft}",
        "$labs with BP $bp; {course|picture} {fits|consistent with} $about{, {no alarm features|no cholangitis}|}",
    ),
    "Infectious disease": templates(
        "$abx; {fever curve|Tmax} {$fever|reviewed}, $labs: {source|focus} {discussed|reviewed}, {cultures|microbiology} {as above|followed daily}",
        "{host|risk}: $pmh; $labs, {hemodynamically|clinically} {stable|improving}, {organism and source|coverage} reviewed on HD $hd",
    ),
    "Critical care medicine": templates(
        "{HR $hr, BP $bp|BP $bp at HR $hr}, $oxygen, $labs: {needs|meets criteria for} {close monitoring|unit-level care}, {lines and airway|airway} assessed $time",
        "{shock|perfusion} assessed: BP $bp, {lactate and urine|perfusion} as above; $labs; {breathing|respiratory} $oxygen at $time",
    ),
    "Endocrinology": templates(
        "{glucose pattern|sugars} $sugars, $labs: {basal and meal insulin|insulin doses} {reviewed|re-estimated} by weight, {trigger|cause} {discussed|reviewed with $kin}",
        "$sugars over 24 h, {diabetes|regimen} reviewed with {patient|$name} at $time; $labs",
    ),
    "Pulmonology": templates(
        "{breathing|respiratory status} {RR and sats|status}: $oxygen, HR $hr; $labs; {film|imaging} {reviewed by me|seen}, {no effusion worth tapping|airways the main issue}",
        "$oxygen at $time, {secretions|cough} {productive|weak}, {film|chest imaging} compared with earlier; $labs",
    ),
    "Psychiatry": templates(
        "{inattentive|fluctuating attention|drowsy at times} on bedside testing at $time, {CAM positive|months backward with $n2 errors}: {hyperactive|hypoactive|mixed} {delirium|picture}; HR $hr, BP $bp, $labs",
        "{acute change per $kin|baseline clear per $kin}, {no prior psychiatric history|no hallucinations now}, {attention|serial sevens} poor at $time: delirium from medical illness; $labs",
    ),
    "": templates(
        "{on review|after seeing} {the chart|imaging}: BP $bp, HR $hr, $labs; {fits|consistent with} $about{ at $time|}",
        "$labs; BP $bp, HR $hr at $time: {condition|status} {stable|fair}, {no|without} {urgent|emergent} {intervention|change} {needed|today}",
    ),
}
_ADVISE: Mapping[str, Sequence[Template]] = {
    "Cardiology": templates("{continue|keep} telemetry, {rate goal|target rate} <{100|110}, {daily|morning} weights and chem ($date)", "{titrate|adjust} {diuretic|rate control} to {weight and symptoms|HR and BP}, {echo|TTE} {if none in 6 months|reviewed}; {seen again|re-see} $next"),
    "Nephrology": templates("{strict I/O|I/O q shift}, {avoid contrast and NSAIDs|no nephrotoxins}, {daily|AM} chem; {will follow|re-see} $next", "{dose drugs for|dosing by} eGFR, {MAP >65|keep MAP above 65}, {bladder scan|PVR} once, {see again|follow} $next"),
    "Gastroenterology": templates("{PPI|acid suppression} {as ordered|per protocol}, {NPO|nothing by mouth} {after midnight|if scoped}, {H/H|counts} q{8|6|12}h; {follow|see again} $next", "{low-fat|clear} diet {as tolerated|advance}, {stool|output} charted, {LFTs|liver panel} {daily|with AM labs}; {back|see} $next"),
    "Infectious disease": templates("{narrow|tailor} when cultures speciate, {total|planned} {5|7|7-10|10} days from $first, {follow-up|see again} $next", "{stop date|duration} {to be set|by response}, {weekly CBC and chem|drug levels} if prolonged; {will follow|re-see} $next"),
    "Critical care medicine": templates("{accept to unit|stays in unit} {if pressors rise|while on support}, {MAP|pressure} goal {65|65-70}, {lactate|gas} q{4|6}h; {reassess|back} {at $late|$next}", "{fluids by response|dynamic assessment} before more crystalloid, {goals|family} {talk with $kin|meeting} {$next|today}"),
    "Endocrinology": templates("{basal|glargine} by fasting values, {carb ratio|meal doses} {reviewed|adjusted} daily; {educator|teaching} {$next|before discharge}", "{hypoglycemia plan|sick-day rules} {given|reviewed} $date, {A1c|fructosamine} {known|with next labs}, {see|call} $next"),
    "Pulmonology": templates("{wean|titrate} oxygen, {airway clearance|flutter valve} QID, {steroid|bronchodilator} course {5 days|short}; {spirometry|clinic} in {6|8} weeks, {see|follow} $next", "{walk test|ambulatory sat} {when able|before leaving}, {repeat film|film} in {6|6-8} weeks; {re-see|follow} $next"),
    "Psychiatry": templates(
        "{lights and blinds open by day|sleep protocol}, {glasses and hearing aids on|reorient often}, {avoid benzodiazepines|no anticholinergics}; {pain, urine and bowels|retention and constipation} looked for ($time)",
        "{no standing antipsychotic|low-dose antipsychotic only for danger}, {QTc|ECG} first; {$kin at bedside|family presence} helps, {re-see|follow} $next",
    ),
    "": templates("{agree with|continue} present {care|plan}, {reassess|see again} {$next|at $late}{, {call|page} with change|}", "{no additional|no further} testing for now, {follow|re-see} $next ({discussed with $asker|$time})"),
}  # fmt: skip


def consult(desk: Desk, book: Book) -> None:
    """The consultations of a stay, at most two."""
    for service, about, at in _wanted(desk, book)[:2]:
        if not book.stay.start + 3 * HOUR < at < book.end - 2 * HOUR:
            continue
        staff = authors(desk.seed, service)
        if not staff:
            continue
        m = Moment(desk, at, pick(desk.rng, staff), book, desk.rng)
        if quiet(m) or m.author.specialty == book.doctor(at).specialty:
            continue
        _write(m, service, about, book.doctor(at))


def _wanted(desk: Desk, book: Book) -> list[tuple[str, str, float]]:
    """(service, question, when)."""
    rng, wanted = desk.rng, list[tuple[str, str, float]]()
    services = _BY_REASON.get(book.stay.reason, ())
    if services and rng.random() < (
        0.75 if book.stay.reason in _SURE else 0.22 + (0.12 if book.stay.intensive else 0)
    ):
        at = at_hour(book.stay.start, between(rng, 8, 18), int(rng.random() * 2))
        wanted.append((pick(rng, services), "", float(at)))
    for problem in book.diagnoses:
        service = _BY_DIAGNOSIS.get(problem.name)
        late = problem.at > book.stay.start + 10 * HOUR
        if service and all(service != w[0] for w in wanted) and rng.random() < (0.4 if late else 0.06):
            wanted.append(
                (service, problem.name.replace("-", " "), _by_day(problem.at + between(rng, 3, 10) * HOUR))
            )
    return wanted


def _by_day(at: float) -> float:
    """The same moment, or the next morning where it is night."""
    hour = local(at).hour
    return at if 7 <= hour < 19 else float(at_hour(at, 9.2 + (at % 97) / 50, 1 if hour >= 19 else 0))


def _write(m: Moment, service: str, about: str, asker: Author) -> None:
    rng, head = m.rng, m.style.heading
    if not about:
        told = m.desk.known(m.at, "symptom", m.encounter) if m.encounter else []
        about = m["problem"] if rng.random() < 0.6 or not told else stripped(pick(rng, told))
    labs = m.labs(_MARKERS.get(service, ("creatinine", "hemoglobin", "wbc")))
    top, low = m.last("systolic", 12), m.last("diastolic", 12)
    first = m.desk.reading.on(m.at, m.at - 60 * HOUR)
    fever = m.fever(36)
    m.update({
        "about": about, "asker": f"Dr {asker.family}", "labs": ", ".join(labs) or "labs reviewed", "bp": f"{top:.0f}/{low:.0f}" if top and low else "as charted",
        "hr": f"{m.last('heart-rate', 12) or 80:.0f}", "abx": "; ".join(antibiotics(m)) or "no antibiotics at present", "fever": m.temperature(fever) if fever else "afebrile for now",
        "sugars": sugars(m, 24) or "few fingersticks so far", "first": m.day_of(m.at - 2 * DAY) if first else m["date"], "next": pick(rng, ("tomorrow", "in the morning", f"daily from {m.day_of(m.at + DAY)}", f"on {m.day_of(m.at + DAY)}", "first thing tomorrow")),
        "late": m.clock(m.at + 4 * HOUR),
    })  # fmt: skip
    key = service if service in _THINK else ""
    m["oxygen"] = m.oxygen() or "oxygen not charted"
    lines = [
        f"{service.upper()} CONSULTATION  {m['date']} {m['time']}"
        if m.style.loud
        else f"{service} consult note, {m['date']} {m['time']}",
        sentence(m.say(_ASKED)),
        f"{head('HPI')}: {_story(m)}",
        _background(m),
        f"{head('Exam')}: {vitals(m, 12)} {examination(m)}",
        f"{head('Data')}: {' '.join(p for p in (results(m), fluids(m), *map(sentence, some(rng, cultures(m), 0, 1)), *map(sentence, images(m, m.book.stay.start - HOUR if m.book else m.at)[-2:])) if p)}",
        f"{head(pick(rng, ('Impression', 'Assessment')))}: {sentence(m.say(_THINK[key]))}",
        f"{head(pick(rng, ('Recommendations', 'Recs', 'Suggest')))}: {_recommend(m, key)}",
        m.signed(),
    ]
    put(m, "consult", "\n".join(lines), hours=between(rng, 0.5, 1.2), title=f"{service} consult note")


def _background(m: Moment) -> str:
    """Past illness, medicines, allergies and habits in one line."""
    head = m.style.heading
    parts = [
        f"{head(pick(m.rng, ('PMH', 'History')))}: {past(m)}",
        f"{pick(m.rng, ('home meds', 'meds at home', 'outpatient meds'))}: {medicines(m)}",
        f"allergies: {allergies(m)}",
    ]
    if m.rng.random() < 0.5:
        parts.append(f"social: {social(m)}")
    return (
        "; ".join(p.rstrip(".") for p in parts)
        + f" ({pick(m.rng, ('reviewed', 'per chart', 'as told', 'confirmed'))} {m['date']})."
    )


_COURSE = templates(
    "{Hospital course|Since admission|Course so far} (HD $hd): $list",
    "{Since then|In hospital}, $list{, now HD $hd| by $date|}",
)


def _story(m: Moment) -> str:
    """How the patient came, and what has happened in the stay."""
    book = m.book
    assert book is not None
    if m.at < book.stay.start + DAY:
        return history(m, short=True)
    then = Moment(m.desk, book.stay.start + 3 * HOUR, m.author, book, m.rng)
    rows = (
        *m.desk.of("event", m.encounter),
        *m.desk.of("treatment", m.encounter),
        *m.desk.of("finding", m.encounter),
    )
    events = sorted(
        (f for f in rows if book.stay.start + 3 * HOUR < f.at <= m.at and f.polarity == "present"),
        key=lambda f: f.at,
    )
    said = [f"{f.words} ({m.day_of(f.at)})" for f in events[-5:]]
    return f"{history(then, short=True)} {sentence(m.say(_COURSE, list='; '.join(said))) if said else ''}".strip()


_MARKERS: Mapping[str, Sequence[str]] = {
    "Cardiology": ("troponin", "nt-probnp", "creatinine"), "Nephrology": ("creatinine", "bun", "co2"), "Gastroenterology": ("hemoglobin", "bilirubin", "inr"),
    "Infectious disease": ("wbc", "crp", "procalcitonin"), "Critical care medicine": ("lactate", "creatinine", "wbc"), "Endocrinology": ("co2", "anion-gap", "sodium"),
    "Pulmonology": ("wbc", "co2", "pco2-arterial"),
}  # fmt: skip


def _recommend(m: Moment, key: str) -> str:
    says = [sentence(m.say((t,))) for t in some(m.rng, _ADVISE[key], 1, 2)]
    says[0] = (
        f"{says[0][:-1]} ({pick(m.rng, ('discussed with', 'told', 'relayed to'))} {m['asker']} {m['time']})."
    )
    says += ailing(m)[:1]
    if m.style.layout in {"problems", "soap"}:
        return "\n" + "\n".join(f"{n}. {s}" for n, s in enumerate(says, 1))
    return " ".join(says)
