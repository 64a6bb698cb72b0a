"""Chest pain: in some a small infarct with a troponin that rises and falls, in others nothing but worry.

Sources: AHA/ACC chest pain guideline 2021 (high-sensitivity troponin at 0 and 3 h, observation, stress test or none);
AHA/ACC NSTE-ACS guideline 2014 and its update 2025 (heparin, aspirin with a second platelet drug, high-intensity statin,
angiography within 24 to 72 h).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from .model import Illness

_PAIN = {"pain": 4.2, "heart-rate": 9, "systolic": 12, "respiratory-rate": 1.5}
_INFARCT = {
    "troponin-hs": 4.4,
    "ck": 1.1,
    "wbc": 0.2,
    "glucose": 0.1,
    "crp": 0.9,
    "ast": 0.3,
    "temperature": 0.15,
}
_VESSELS = ("left anterior descending artery", "circumflex artery", "right coronary artery")


def admit(case: Case) -> None:
    """The pain eases on nitroglycerin; the troponin tells which of the two it is."""
    rng, start, body = case.rng, case.start, case.body
    infarct = rng.random() < (0.75 if case.severity > 0.95 else 0.35)
    body.process("ischemia", _PAIN)
    body.set_level("ischemia", case.severity, start)
    body.aim("ischemia", 0.05, between(rng, 2, 7), start)
    case.give_once("nitroglycerin", start + 0.3 * HOUR)
    if not case.life.takes("aspirin"):
        case.order("aspirin", start + 0.4 * HOUR)
    case.series(start + 0.6 * HOUR, 3, 3, "troponin-hs")
    _tracing(case, infarct=infarct)
    film = rng.choice(
        (
            "No acute cardiopulmonary process.",
            "Normal heart size. Clear lungs.",
            "No acute abnormality. Old granuloma on the right.",
        )
    )
    case.image("chest-xray", start + between(rng, 0.6, 1.5) * HOUR, film, fact="clear lungs on chest x-ray")
    _tell(case)
    if infarct:
        _infarct(case)
    else:
        _rule_out(case)


def _tracing(case: Case, *, infarct: bool) -> None:
    rng = case.rng
    rhythm = "Atrial fibrillation" if case.life.has("atrial-fibrillation") else "Sinus rhythm"
    change = rng.choice((
        "ST depression of 1 mm in V4 to V6.", "T wave inversion in the inferior leads.", "Subtle ST depression in the lateral leads.",
    )) if infarct else rng.choice(("No acute ischemic change.", "Nonspecific T wave changes, as before.", "No ST segment deviation."))  # fmt: skip
    case.image(
        "ecg",
        case.start + 0.2 * HOUR,
        f"{rhythm}, rate {round(case.body.signs(case.start)['heart-rate'])}. {change}",
    )


def _infarct(case: Case) -> None:
    """A rise that peaks half a day after the pain and fades over days; angiography on the next day."""
    rng, start, body, life = case.rng, case.start, case.body, case.life
    body.process("infarct", _INFARCT)
    body.set_level("infarct", 0.25 * case.severity, start)
    body.aim("infarct", between(rng, 0.75, 1.25) * case.severity, 7, start)
    case.at(
        start + between(rng, 14, 20) * HOUR, lambda at: body.aim("infarct", 0.08, between(rng, 30, 48), at)
    )
    case.series(start + 11 * HOUR, 6.5, 4, "troponin-hs")
    case.series(start + 9 * HOUR, 7, 3, "aptt")
    case.diagnose("nstemi", start + 4 * HOUR)
    case.know("diagnosis", "nstemi", "non-ST elevation myocardial infarction", at=start + 4 * HOUR)
    if not (life.takes("apixaban") or life.takes("warfarin")):
        case.give_once("heparin-bolus", start + 2.8 * HOUR)
        case.order("heparin-iv", start + 3 * HOUR, until=start + between(rng, 26, 46) * HOUR)
    if not life.takes("atorvastatin-80"):
        case.order("atorvastatin-80", start + 4 * HOUR)
    if not any(life.takes(d) for d in ("metoprolol-tartrate", "metoprolol-succinate", "carvedilol")):
        case.order("metoprolol-tartrate", start + 8 * HOUR)
    _angiogram(case)
    function = rng.choice(("Mild hypokinesis of the inferior wall. Ejection fraction 50 percent.", "Apical hypokinesis. Ejection fraction 45 percent.",
                           "Normal wall motion. Ejection fraction 55 to 60 percent."))  # fmt: skip
    case.image(
        "echo",
        start + between(rng, 18, 40) * HOUR,
        function,
        fact=function.split(". ")[-1].rstrip(".").lower(),
    )
    if not case.ongoing:
        for drug in ("aspirin", "atorvastatin-80", "clopidogrel", "metoprolol-succinate"):
            kin = {
                "atorvastatin-80": ("atorvastatin",),
                "metoprolol-succinate": ("metoprolol-tartrate", "carvedilol"),
            }.get(drug, ())
            if not any(life.takes(k) for k in kin):
                life.at(case.end - 0.5 * HOUR, lambda at, d=drug: life.start_home(d, at))


def _angiogram(case: Case) -> None:
    """With a renal function that allows it: catheterization, in two of three with a stent."""
    rng, life = case.rng, case.life
    at = case.clock(1, between(rng, 8.5, 15))
    if life.person.egfr < 25 or at > case.end - 6 * HOUR or life.has("dialysis"):
        case.know("plan", "medical", "medical treatment without angiography because of the kidneys")
        return
    vessel, narrow = rng.choice(_VESSELS), rng.choice((70, 80, 90, 95))
    stented = rng.random() < 0.65
    done = "treated with a drug-eluting stent" if stented else "to be treated with medicines"
    case.image(
        "cardiac-catheterization",
        at,
        f"{narrow} percent stenosis of the {vessel}, {done}.",
        fact=f"{narrow} percent stenosis of the {vessel}",
    )
    case.procedure(
        "cardiac-catheterization", at, hours=1.0, fact="coronary angiography through the right wrist"
    )
    if stented:
        case.procedure("coronary-stent", at + 0.4 * HOUR, hours=0.5, fact=f"stent to the {vessel}")
        case.order("clopidogrel", at + 2 * HOUR)
        life.at(
            min(case.end, life.last) - 60,
            lambda when: None if case.ongoing else life.problem("coronary-stent", when),
        )


def _rule_out(case: Case) -> None:
    """Troponins stay flat; a stress test or none, then home."""
    rng = case.rng
    case.diagnose("chest-pain", case.start + 1.5 * HOUR)
    case.know("finding", "troponins", "flat troponins", at=case.start + 8 * HOUR)
    at = case.clock(1, between(rng, 9, 14))
    if rng.random() < 0.55 and at < case.end - 4 * HOUR:
        case.image("stress-test", at, rng.choice((
            "No reversible perfusion defect. Ejection fraction 60 percent.", "Small fixed inferior defect, unchanged. No ischemia.",
        )), fact="no ischemia on the stress test")  # fmt: skip
        case.procedure("stress-test", at, hours=1.0)
    case.know(
        "plan",
        "home",
        rng.choice(
            (
                "home if the stress test is negative",
                "outpatient follow-up with cardiology",
                "trial of a stomach acid blocker",
            )
        ),
    )


def _tell(case: Case) -> None:
    rng, over = case.rng, case.start + between(case.rng, 5, 14) * HOUR
    where = rng.choice(
        (
            "pressure in the middle of the chest",
            "tightness across the chest",
            "burning behind the breastbone",
            "aching in the left chest",
        )
    )
    case.know(
        "symptom",
        "chest pain",
        f"{where} for {rng.choice(('an hour', 'three hours', 'half a day', 'two days on and off'))}",
        until=over,
    )
    if rng.random() < 0.5:
        case.know(
            "symptom",
            "radiation",
            rng.choice(("going to the left arm", "going to the jaw", "going to the back")),
            until=over,
        )
    if rng.random() < 0.4:
        case.know("symptom", "sweating", "sweaty and nauseated with it", until=over)
    case.know(
        "event",
        "onset",
        rng.choice(
            (
                "began while shoveling snow",
                "woke from sleep",
                "began on climbing stairs",
                "began at rest after supper",
            )
        ),
    )
    case.know("sign", "heart", rng.choice(("regular heart without murmur", "soft systolic murmur as before")))
    case.denies(
        ("dyspnea", "shortness of breath at rest"),
        ("syncope", "fainting"),
        ("fever", "fever or chills"),
        ("leg swelling", "swelling of one leg"),
    )
    case.know("plan", "telemetry", "telemetry and serial troponins", until=case.start + DAY)


CHEST_PAIN = Illness("chest-pain", admit)
