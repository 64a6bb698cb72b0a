"""The examination: normal findings in many words, abnormal ones from the facts or the illness; one sentence or line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .grammar import Bank, pick, sentence, shuffled, some
from .moment import Moment

NORMAL = Bank(
    "normal finding",
    {
        "general": (
            "{resting comfortably|comfortable|no distress|NAD|in no acute distress}{ in bed| in the chair| propped on two pillows|, reading| sitting at "
            "the edge of the bed| with $kin at the bedside|, watching TV|, sipping water|}",
            "{alert|awake and alert|awake, interactive|pleasant}, {sitting up|lying flat|up in chair|in bed}{ at $time|}{, {converses easily|speaks full "
            "sentences}|}",
            "{well-appearing|looks stated age|looks tired but well|looks about the same}, {NAD|comfortable|no distress}",
        ),
        "general-out": (
            "{well-appearing|well|comfortable|looks stated age|NAD|no distress}{, {walks in unaided|on the exam table|with $kin|well dressed|steady on $his feet}|}{, {talkative|relaxed|in good spirits}|}",
            "{alert|pleasant|conversant}, {no distress|comfortable|well-appearing}{, {gets on the table without help|rises from the chair without hands|hearing fair}|}{, seen at $time|}",
        ),
        "skin-out": (
            "{no rash|warm and dry|skin intact|no new lesions}{, {few {nevi|keratoses|bruises}|sun damage on the forearms|nails normal|no breakdown}|}",
            "{clear|dry|warm, dry}{, {no lesions of concern|no pallor|no jaundice}|}",
        ),
        "heent": (
            "{MMM|mucous membranes moist|moist mucosa}{, {sclerae|sclera} anicteric|, oropharynx clear|}{, no {thrush|lesions}|}",
            "{PERRL|pupils equal}, {EOMI|eye movements full}{, {conjunctivae pink|sclerae white}|}",
            "{neck supple|no {cervical|neck} nodes|no LAD}{, {trachea midline|no thyromegaly}|}",
        ),
        "lungs": (
            "{CTAB|clear to auscultation bilaterally|clear throughout|clear bilaterally}{, {no wheezes or crackles|no w/r/r|unlabored|normal work of "
            "breathing}|}",
            "{good air entry|breath sounds equal|lungs clear} {bilaterally|on both sides|to the bases}{, {no wheeze|no rales|not labored}|}",
            "{lungs|chest} {clear|without crackles or wheeze}{ anteriorly and posteriorly| front and back| on limited exam|}{, unlabored|}",
        ),
        "heart": (
            "{RRR|regular rate and rhythm|regular}, {no murmurs|no m/r/g|no murmur or rub|S1 S2|normal S1/S2}{, {no JVD|neck veins flat}|}",
            "{heart regular|regular rhythm}$athr{, {no gallop|no rub|soft systolic murmur at the base, not new}|}",
        ),
        "irregular": (
            "{irregularly irregular|irregular rhythm|irreg irreg}$atrate{, {no murmur|no rub}|}",
            "{heart irregular|rhythm irregular}$athr{, {no gallop|no murmur}|}",
        ),
        "abdomen": (
            "{soft|soft and flat|soft, nontender|soft NT ND|benign}{, {bowel sounds present|+BS|BS active|no masses|no organomegaly}|}{, {no guarding|no "
            "rebound}|}",
            "{abdomen|belly} {soft|not distended|nontender|soft, not tender}{, {bowel sounds {normal|heard}|no hepatosplenomegaly}|}",
        ),
        "limbs": (
            "{no edema|no peripheral edema|no leg edema|no LE edema|no c/c/e}{, {warm|well perfused|pulses 2+|calves soft|calves nontender|DP pulses palpable}|}",
            "{warm and well perfused|WWP|extremities warm}{, {no edema|no swelling|no cyanosis}|}{, {cap refill brisk|pulses intact}|}",
        ),
        "skin": (
            "{no rash|skin intact|skin warm and dry|no breakdown}{ {seen|on exposed areas}|}{, {IV site clean|$iv site clean|IV site without redness}|}",
            "{warm, dry|dry and intact}{, {no sacral redness|heels intact|few bruises on the forearms}|}",
        ),
        "neuro": (
            "{A&Ox3|A&O x3|alert and oriented x3|oriented to person, place and time|AOx3}{, {nonfocal|moves all extremities|no focal deficit|speech clear}|}",
            "{grossly nonfocal|no focal deficits|CN II-XII intact|strength {5/5|full} throughout}{, {gait not tested|gait steady|sensation intact}|}",
        ),
        "psych": (
            "{calm|pleasant|cooperative}{, {good eye contact|appropriate|affect full|linear}|}",
            "{mood {okay|good|'fine'}|affect {appropriate|congruent}}{, {no agitation|calm}|}",
        ),
    },
)
_LABELS: Mapping[str, Sequence[str]] = {
    "general": ("Gen", "General", "GEN", "Appearance"), "heent": ("HEENT", "Head/neck", "HEENT", "ENT"),
    "lungs": ("Lungs", "Resp", "PULM", "Chest"), "heart": ("CV", "Heart", "COR", "Cardiac"),
    "abdomen": ("Abd", "Abdomen", "GI", "ABD"), "limbs": ("Ext", "Extremities", "EXT", "Legs"),
    "skin": ("Skin", "Skin", "SKIN", "Derm"), "neuro": ("Neuro", "Neuro", "NEURO", "CNS"), "psych": ("Psych", "Mood", "PSYCH", "Psych"),
}  # fmt: skip
_CUES: Mapping[str, Sequence[str]] = {
    "lungs": ("crackl", "wheez", "breath", "rhonch", "lung", "rales", "egophon", "air entry", "respirat"),
    "limbs": ("edema", "leg", "calf", "ankle", "hip", "knee", "extremit", "foot", "feet", "swelling", "shorten"),
    "heart": ("jugular", "jvp", "murmur", "irregular", "gallop", "rub", "heart", "neck vein", "pulse"),
    "abdomen": ("abdom", "ascites", "epigastr", "bowel", "flank", "cva", "uter", "fundal", "suprapubic", "liver", "incision", "rectal", "stool"),
    "skin": ("erythema", "redness", "skin", "jaundice", "icter", "pallor", "pale", "rash", "ulcer", "bruis", "wound", "petechi", "spider"),
    "neuro": ("weak", "droop", "speech", "aphasi", "confus", "asterix", "orient", "drowsy", "gait", "numb", "reflex", "delir", "dysarth", "neglect", "drift"),
    "heent": ("mucous", "mucosa", "dry mouth", "conjunctiv", "sclera", "thrush", "tongue", "eyes", "node"),
}  # fmt: skip
_LABEL_HABIT = ("soap", "problems", "boxes")


def system_of(sign: str) -> str:
    """Which system a sign belongs to, by its words; `general` where nothing tells."""
    low = sign.lower()
    if "fetal" in low:
        return "abdomen"
    for system, cues in _CUES.items():
        if any(cue in low for cue in cues):
            return system
    return "general"


def findings(m: Moment) -> dict[str, str]:
    """What is abnormal, by system: the facts that hold, else what the illness makes, less as the stay goes on."""
    book = m.book
    if book is None:
        return _of_facts(m, m.encounter)
    found = _of_facts(m, book.stay.encounter_id)
    told = m.desk.of("sign", book.stay.encounter_id)
    if told or book.planned:
        return found
    source = book.illness.findings if m.stage == 0 else book.illness.eased
    if m.stage == 2 and m.rng.random() < 0.5:
        return found
    for system, options in source.items():
        if system not in found and m.rng.random() < (0.92 if m.stage == 0 else 0.7):
            found[system] = m.say(options)
    return found


def _of_facts(m: Moment, encounter: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    own = m.desk.known(m.at, "sign", encounter) if encounter else []
    for words in (*own, *m.desk.known(m.at, "sign", None)):
        system = system_of(words)
        found[system] = f"{found[system]}, {words}" if system in found else words
    return found


def _negatives(m: Moment) -> list[str]:
    """Signs that were looked for and are not there."""
    return m.desk.known(m.at, "sign", m.encounter, "absent") if m.encounter else []


def examination(m: Moment, *, full: bool = False) -> str:
    """The whole examination as one sentence or one line."""
    rng = m.rng
    abnormal = findings(m)
    others = [s for s in _LABELS if s not in abnormal and (s != "psych" or full)]
    count = (4, 6) if full else (2, 4)
    wanted = [*abnormal, *some(rng, others, *count)]
    for must in ("lungs", "heart"):
        if must not in wanted:
            wanted.append(must)
    order = list(_LABELS) if m.style.form % 4 else shuffled(rng, list(_LABELS))
    irregular = "atrial-fibrillation" in m.desk.person.traits
    parts: list[str] = []
    for system in [s for s in order if s in wanted]:
        key = "irregular" if system == "heart" and irregular else system
        if m.book is None and f"{key}-out" in NORMAL:
            key += "-out"
        text = abnormal.get(system) or m.bank(NORMAL, key)
        parts.append(_labelled(m, system, text))
    parts += [f"no {n.removeprefix('no ').removeprefix('trace ')}" for n in _negatives(m)[:2]]
    if m.style.layout == "prose" and m.style.form % 2:
        opening = pick(
            rng,
            ("On exam ", "Exam: ", "On examination, ", "Examined at " + m["time"] + ": ", "Physical exam: "),
        )
        return opening + sentence("; ".join(parts))[0:1].lower() + sentence("; ".join(parts))[1:]
    mark = pick(rng, ("; ", "; ", ". ", " | ")) if m.style.layout == "boxes" else "; "
    text = mark.join(parts) if mark != ". " else "; ".join(parts)
    return sentence(text)


def _labelled(m: Moment, system: str, text: str) -> str:
    """A finding with its label; authors of prose leave most labels out."""
    label = _LABELS[system][m.style.form % 4]
    if m.style.layout == "prose" and system in {"general", "limbs", "skin", "psych"}:
        return text
    if text.lower().startswith(
        (label.lower(), "heart", "lungs", "abdomen", "chest", "belly", "neck", "rhythm", "breath")
    ):
        return text
    if m.style.layout == "boxes":
        return f"{label.upper()}: {text}"
    return f"{label} {text}" if m.style.form % 2 else f"{label}: {text}"
