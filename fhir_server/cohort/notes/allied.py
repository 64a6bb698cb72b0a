"""Notes of therapists, dietitians, social workers, pharmacists: what each saw and measured, by day and need."""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR, at_hour, local
from ..codes import DRUGS
from . import words
from .assess import ANTIBIOTICS
from .desk import Book, Desk, authors
from .filing import put, quiet
from .grammar import listed, pick, sentence, some, templates
from .moment import Moment
from .objective import spread


def allied(desk: Desk, book: Book) -> None:
    """The notes of a stay by those who are neither physicians nor nurses."""
    for wanted, write in (
        (_needs_therapy, _therapy),
        (_needs_diet, _diet),
        (_needs_social, _social),
        (_needs_pharmacy, _pharmacy),
        (_needs_breath, _breath),
    ):
        for day in wanted(desk, book):
            at = at_hour(book.stay.start, between(desk.rng, 8.3, 16.6), day)
            if book.stay.start + 6 * HOUR < at < book.end - HOUR and local(at).weekday() < 6:
                write(desk, book, float(at))


def _moment(desk: Desk, book: Book, at: float, role: str) -> Moment:
    """A note's slots, with figures that this role measures."""
    staff = authors(desk.seed, role)
    m = Moment(desk, at, staff[(desk.person.index * 3 + book.stay.number) % len(staff)], book, desk.rng)
    r = desk.rng.random
    better = min(3, m.day // 2)
    m.update({
        "feet": str(10 * (1 + int(r() * 6)) + 40 * better), "reps": str(4 + int(r() * 9)), "min": str(pick(m.rng, (15, 18, 20, 23, 25, 28, 30, 35))), "steps": str(2 + int(r() * 11)),
        "hrest": f"{m.last('heart-rate', 12) or 80:.0f}", "satrest": f"{m.last('spo2', 12) or 96:.0f}", "tug": f"{13 + r() * 22:.1f}", "ampac": str(9 + int(r() * 7) + better),
        "pain": f"{m.last('pain', 24) or 0:.0f}", "borg": str(3 + int(r() * 4)), "intake": str(25 + 5 * int(r() * 12)), "n3": str(3 + int(r() * 4)),
    })  # fmt: skip
    walk = min(100.0, float(m["satrest"]))
    m["satwalk"] = f"{max(84.0, walk - int(r() * 4)):.0f}"
    m["hrwalk"] = f"{float(m['hrest']) + 8 + int(r() * 18):.0f}"
    return m


def _filed(m: Moment, kind: str, titles: tuple[str, ...], parts: list[str]) -> None:
    body = [sentence(p) for p in parts if p]
    text = " ".join(body) if m.style.layout == "prose" else "\n".join(body)
    put(
        m,
        kind,
        f"{pick(m.rng, titles)}  {m['date']} {m['time']}\n{text}\n{m.signed()}",
        hours=between(m.rng, 0.3, 0.9),
    )


# -- physical therapy


def _needs_therapy(desk: Desk, book: Book) -> list[int]:
    age = (local(book.stay.start).date() - desk.person.birth_date).days / 365.25
    surgical = book.stay.reason in {"hip", "stroke", "elective-knee"}
    if surgical:
        return [d for d in range(1, int(book.days) + 1) if d == 1 or desk.rng.random() < 0.6]
    if book.days < 2.2 or book.stay.reason == "delivery" or desk.rng.random() > (0.3 if age > 68 else 0.1):
        return []
    first = 1 + int(desk.rng.random() * 2)
    return [first, *(d for d in range(first + 2, int(book.days)) if desk.rng.random() < 0.3)]


_PRIOR = templates(
    "{PT evaluation|Seen for PT}: $age{-year-old|yo} $who with $problem; {prior level|PLOF} {independent|mod I|needed help with stairs}, {device before|used} $aid, $home",
    "{Mobility evaluation|Seen for mobility} $date, HD $hd, $problem. {Lives|Home}: $home; {before|prior}: {walked|community ambulator} with $aid, age $age",
    "{Treatment session|PT follow-up} HD $hd: {agrees to therapy|willing|needs encouragement}, {resting|in bed|in chair} at $time, pain $pain/10",
)
_WALKED = templates(
    "{bed mobility|supine to sit} {mod I|min A|CGA|SBA}, {sit to stand|transfers} {CGA|min A|SBA} x$reps, {ambulated|walked} $feet ft with {a rolling walker|a cane|walker and CGA|hand-held assist}",
    "{gait|walked} $feet ft {with RW|with FWW|holding the rail|with walker}, {CGA|min A|SBA}{, {slow|step-to|steady} pattern|}; {stairs $steps with rail|stairs not tried|sit-stand x$reps}",
    "{AM-PAC|AMPAC} $ampac/24, {TUG|timed up and go} $tug s; {gait|distance} $feet ft {with|using} {RW|walker|one person}",
)
_BORE = templates(
    "{HR|pulse} $hrest at rest, $hrwalk after, {SpO2|sat} $satrest% to $satwalk% {on exertion|with gait}, {RPE|Borg} $borg{, {no dizziness|rested $n2 times}|}",
    "{vitals with activity|response}: HR $hrwalk, sat $satwalk%, {Borg|RPE} $borg/10, {recovered in|back to baseline within} $n3 min{, pain $pain/10|}",
)
_BORE_QUIETLY = templates(
    "{effort|RPE} $borg/10, {rested|seated rests} x$n2, {pain $pain/10|no dizziness} at $time",
    "{tolerated|did well}: {RPE|Borg} $borg{, {no dizziness|no light-headedness}|}, {back to baseline in|recovered within} $n3 min",
)
_NEXT = templates(
    "{recommend|rec} {home with PT|rehab|home with $kin|skilled rehab if slow progress}, {PT|therapy} {daily|$n3 times a week}, {left in chair|back in bed} with {alarm on|call light} at $time",
    "{plan|goals}: {stairs x$steps|$feet ft independent|transfers without help} by {$n3 visits|discharge}; {alarm on|call light in reach}, $min min {of therapy|treated}",
)


def _therapy(desk: Desk, book: Book, at: float) -> None:
    m = _moment(desk, book, at, "physical-therapist")
    m["aid"] = desk.life.aid.replace("no device", "nothing")
    _filed(m, "physical-therapy", ("PHYSICAL THERAPY", "PT NOTE", "PT EVALUATION/TREATMENT", "Physical therapy progress"),
           [m.say(_PRIOR), m.say(_WALKED), m.say(_BORE_QUIETLY if quiet(m) else _BORE), m.say(_NEXT)])  # fmt: skip


# -- nutrition


def _needs_diet(desk: Desk, book: Book) -> list[int]:
    low = desk.reading.last("albumin", book.stay.start + 2 * DAY, book.stay.start - DAY)
    need = 0.5 if (low is not None and low < 3.1) or book.stay.intensive else 0.08
    if book.days < 2.5 or desk.rng.random() > need * 0.6:
        return []
    return [1 + int(desk.rng.random() * 2), *([7] if book.days > 9 else [])]


_EATING = templates(
    "{Nutrition assessment|Dietitian visit} HD $hd, $age{-year-old|yo} $who with $problem; {eating|intake} about $intake% of {meals|trays} {over|for} {$n3 days|the last days}, {ate|usual} {half|three quarters|most} at home",
    "{Screened in for|Seen for} {low intake|poor appetite|albumin and intake} ($intake% of trays){, HD $hd|}; {chewing and swallowing|swallow} {fine|without trouble}{, {dislikes|avoids} {dairy|red meat|hospital eggs}|}",
)
_SIZE = templates(
    "{wt|weight} $kg kg{, BMI $bmi|}, {usual|reported usual} {same|about $usual kg}; {needs|estimated needs} $kcal kcal, $prot g protein{ per day|}, {fluid|fluids} $fl mL",
    "{anthropometrics|measures}: $kg kg, BMI $bmi; {goal|target} $kcal kcal and $prot g protein{, HD $hd|}",
)
_DIETARY = templates(
    "{diagnosis|PES}: {inadequate oral intake|increased protein needs} {related to|from} $problem, {as seen by|evidenced by} $intake% intake{ and albumin $alb|} at $kg kg",
    "{malnutrition criteria|ASPEN criteria}: {not met|mild|moderate by intake and {muscle loss|weight}} ($intake% of needs, $kg kg){, albumin $alb|}",
)
_SERVE = templates(
    "{plan|interventions}: {supplement|shake} {BID|TID|$n2 times a day} between meals, {small frequent meals|snack at bedtime|preferences noted}, {weigh|recheck weight} {weekly|q$n3 days}, {follow|review} in $n3 days{ from $date| ($time)}",
    "{offered|started} {high-protein snacks|chocolate supplement|fortified soup} $n2 times daily; {teaching|handout} on {sodium|carbohydrates|protein} with $kin at $time, follow-up in $n3 days",
)


def _diet(desk: Desk, book: Book, at: float) -> None:
    m = _moment(desk, book, at, "dietitian")
    weight = m.last("weight", 24 * 20) or desk.person.weight_kg
    height = desk.person.height_cm / 100
    albumin = m.last("albumin", 24 * 6)
    m.update({"kg": f"{weight:.1f}", "bmi": f"{weight / height**2:.1f}", "usual": f"{weight * between(m.rng, 1.0, 1.07):.0f}", "kcal": str(round(weight * between(m.rng, 24, 31) / 50) * 50),
              "prot": f"{weight * between(m.rng, 1.0, 1.4):.0f}", "fl": str(round(weight * 28 / 100) * 100), "alb": f"{albumin:.1f}" if albumin else "not checked"})  # fmt: skip
    _filed(
        m,
        "nutrition",
        ("NUTRITION ASSESSMENT", "DIETITIAN NOTE", "Nutrition follow-up", "RD note"),
        [m.say(_EATING), m.say(_SIZE), m.say(_DIETARY), m.say(_SERVE)],
    )


# -- social work


def _needs_social(desk: Desk, book: Book) -> list[int]:
    went = desk.reading.ways.get(book.stay.encounter_id, ("", ""))[1]
    need = 0.75 if went and went not in {"Home", "Expired"} else 0.06 + 0.03 * min(6.0, book.days)
    return (
        [1 + int(desk.rng.random() * min(3.0, book.days - 1))]
        if book.days > 2.2 and desk.rng.random() < need * 0.7
        else []
    )


_MET = templates(
    "{Met with|Spoke with|Visited} {$name|patient} {and $kin |}at $time on $ward: $home, $job{, {manages|does} {own bills|own pills|ADLs} {alone|with $kin}|}",
    "{SW/CM assessment|Discharge planning assessment}, HD $hd: $age{-year-old|yo} $who, $home; {support from|main support} $kin{, {reached by phone|present} at $time|}",
)
_NEEDED = templates(
    "{needs|barriers}: {ride home|stairs ($steps) at home|copays|caregiver works days|no scale at home}, {transport|ride} {by $kin|to be arranged}; {pharmacy|fills at} $pharmacy{ (asked $date $time)| per $kin at $time| ($date, $time)}",
    "{food and housing|housing, food, utilities} {secure|stable} {per|by report of} {patient|$kin}{, {phone|car} available|}; {worried about|asks about} {bills|work leave|a pet|equipment} ({note for $date|$time})",
)
_CHOSE = templates(
    "{choice list|options} {for $went |}{reviewed|given} at $time, {prefers|leaning to} $went{, {insurance|authorization} {pending|started}|}; {will follow|next contact} in $n2 days{ from $date|, as of $time}",
    "{plan|goal}: $went{ when medically ready|}, {proxy|health care proxy} $kin, {contact|call back} by {end of day|$n2 PM}{, {PHQ-2|screen} $phq|} ({seen|note} $date{ $time|})",
)


def _social(desk: Desk, book: Book, at: float) -> None:
    m = _moment(desk, book, at, "social-worker")
    went = desk.reading.ways.get(book.stay.encounter_id, ("", ""))[1].lower()
    m.update(
        {
            "pharmacy": desk.life.pharmacy,
            "phq": str(int(m.rng.random() * 3)),
            "went": went
            if went and went != "expired"
            else pick(m.rng, ("home", "home with services", "home with family help")),
        }
    )
    _filed(
        m,
        "social-work",
        ("SOCIAL WORK", "SOCIAL WORK/CASE MANAGEMENT", "Discharge planning", "SW note"),
        [m.say(_MET), m.say(_NEEDED), m.say(_CHOSE)],
    )


# -- pharmacy

_DOSED = templates(
    "{Pharmacy note|Rx}: $drug {day $nth|D$nth} for $problem, $age{yo|-year-old}, {wt|weight} $kg kg, Cr $cr{, CrCl ~$crcl mL/min|}",
    "{Reviewed|Daily review of} $drug ({started $from|day $nth}): $kg kg, creatinine $cr, {CrCl (C-G)|CrCl} about $crcl",
)
_JUDGED = templates(
    "{dose|regimen} {appropriate|fits} for {renal function|CrCl $crcl}{, $count doses {given|charted} since $from|}; {next|will} {review|check} {in $n2 days|with levels and chem} ($date{ $time|, Cr $cr})",
    "{no change|agree with present dose} ($count doses so far){, {cultures|allergies} {reviewed|checked}|}; {interactions|drug interactions}: {none|minor} {with|among} $meds",
)
_LEVEL = templates(
    "{trough|level} $level {ug/mL |}{on|from} $lday, {goal|target} {10-20|15-20|AUC 400-600}{, {redraw|recheck} {in $n2 days|before dose $count}|}"
)
_RECON = templates(
    "{Med history|Medication reconciliation} with {$name|$relative|$pharmacy}: $meds; {last filled|fill history} {checked|matches} ($date $time)",
    "{Home list|Admission reconciliation} {verified|confirmed} at $time with {$kin|patient|$pharmacy} ($nmeds {items|medicines}): $meds",
)


def _needs_pharmacy(desk: Desk, book: Book) -> list[int]:
    given = [
        d
        for d in ("vancomycin", "gentamicin", "piperacillin-tazobactam", "meropenem")
        if desk.reading.doses(d, book.stay.start, book.end)
    ]
    days = [2 + int(desk.rng.random() * 2)] if given and desk.rng.random() < 0.45 else []
    if desk.rng.random() < 0.1:
        days.insert(0, 1)
    return days


def _pharmacy(desk: Desk, book: Book, at: float) -> None:
    m = _moment(desk, book, at, "pharmacist")
    drug = next(
        (
            d
            for d in ("vancomycin", "gentamicin", *m.taking(30))
            if d in ANTIBIOTICS and desk.reading.doses(d, at - 30 * HOUR, at)
        ),
        None,
    )
    creatinine = m.last("creatinine", 60)
    home = [words.order(d, m.style.form, dose) for d, dose in m.home_drugs() if d in DRUGS]
    m["meds"] = listed(some(m.rng, home, 2, 5)) if len(home) > 1 else "the inpatient list"
    m["nmeds"], m["pharmacy"] = str(len(home)), desk.life.pharmacy
    if drug is None or creatinine is None or quiet(m):
        if len(home) > 1:
            _filed(
                m,
                "pharmacy",
                ("PHARMACY MEDICATION HISTORY", "Medication reconciliation", "Pharmacist note"),
                [m.say(_RECON)],
            )
        return
    doses = desk.reading.doses(drug, book.stay.start, at)
    weight = m.last("weight", 24 * 20) or desk.person.weight_kg
    clearance = (
        (140 - m.age) * weight / (72 * creatinine) * (0.85 if m.female else 1.0)
    )  # Cockcroft and Gault 1976
    m.update({"drug": words.drug(drug), "nth": str(int((at - doses[0].at) // DAY) + 1), "from": m.day_of(doses[0].at), "kg": f"{weight:.1f}", "cr": f"{creatinine:.2f}",
              "crcl": f"{min(130.0, clearance):.0f}", "count": str(len(doses))})  # fmt: skip
    parts = [m.say(_DOSED)]
    level = desk.reading.of("vancomycin-trough").last(at, book.stay.start) if drug == "vancomycin" else None
    if level:
        m.update({"level": f"{level[1]:.1f}", "lday": m.day_of(level[0])})
        parts.append(m.say(_LEVEL))
    _filed(
        m,
        "pharmacy",
        ("PHARMACY DOSING NOTE", "Antibiotic dosing", "Clinical pharmacy", "Pharmacist note"),
        [*parts, m.say(_JUDGED)],
    )


# -- respiratory therapy


def _needs_breath(desk: Desk, book: Book) -> list[int]:
    if not desk.reading.doses("albuterol-neb", book.stay.start, book.end) and not desk.reading.of(
        "fio2"
    ).within(book.stay.start, book.end):
        return []
    return [d for d in range(1, min(9, int(book.days) + 1)) if desk.rng.random() < 0.22]


_LISTENED = templates(
    "{RT visit|Assessed} $time: {sat|SpO2} $sats% $oxygen, RR $rrs, HR $hrest, {cough|cough effort} {strong|fair|weak}, {sputum|secretions} {scant|thin white|thick tan|none}",
    "{Resp therapy|RT} check HD $hd, $oxygen with sats $sats%, RR $rrs; {work of breathing|WOB} {easy|mildly increased|better after neb}, {cough|secretions} {productive|scant|weak}",
)
_TREATED = templates(
    "{nebs|bronchodilator} x$nebs {in 24 h|since yesterday}, {peak flow|PEF} $pef L/min, {incentive spirometer|IS} $isv mL x$reps",
    "{IS|incentive spirometry} to $isv mL x$reps{, {neb|nebs} x$nebs in 24 h|}; {technique|inhaler technique} {good|needs coaching|reviewed with $kin}",
)
_VENT = templates(
    "{vent check|ventilator}: {AC/VC|PRVC}, FiO2 $fio2%, PEEP {5|8}, {Vt|tidal volume} $vt mL ({6|7} mL/kg), {plateau|Pplat} $plat; {suctioned|secretions} x$n3",
    "{on|settings} FiO2 $fio2%, PEEP {5|8}, Vt $vt, {plateau|Pplat} $plat at $time, {cuff|cuff pressure} $cuff cm H2O, {tube|ETT} unchanged",
)


def _breath(desk: Desk, book: Book, at: float) -> None:
    m = _moment(desk, book, at, "respiratory-therapist")
    sats, breaths = m.readings("spo2", 12), m.readings("respiratory-rate", 12)
    if not sats or not breaths:
        return
    fio2 = m.last("fio2", 8)
    ventilated = any(
        d.name == "mechanical-ventilation" and d.at <= at <= d.end for d in desk.reading.procedures
    )
    r = m.rng.random
    m.update({"sats": spread(sats), "rrs": spread(breaths), "nebs": str(len(desk.reading.doses("albuterol-neb", at - DAY, at)) or 1), "pef": str(150 + 10 * int(r() * 22)),
              "isv": str(600 + 50 * int(r() * 24)), "fio2": f"{fio2 or 40:.0f}", "vt": str(340 + 10 * int(r() * 16)), "plat": str(16 + int(r() * 11)), "cuff": str(22 + int(r() * 7))})  # fmt: skip
    _filed(
        m,
        "respiratory-therapy",
        ("RESPIRATORY THERAPY", "RT NOTE", "Resp care note"),
        [m.say(_LISTENED), m.say(_VENT if ventilated else _TREATED)],
    )
