"""Readings of images, dictated from the report's conclusion: what it says is said, the rest of the picture is negative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..ailments import REASONS
from ..chance import between
from ..clock import DAY, MINUTE, local
from .desk import Author, Book, Desk, authors
from .filing import put
from .grammar import Template, pick, sentence, shuffled, some, templates
from .moment import Moment
from .objective import clause
from .phrases import kind
from .reading import Done


@dataclass(frozen=True, slots=True)
class Study:
    """How one kind of study is dictated. `regions` are what is looked at: cues that the conclusion has spoken of it, and negatives."""

    titles: Sequence[str]
    technique: Sequence[Template]
    regions: Mapping[str, tuple[Sequence[str], Sequence[Template]]]
    specialty: str = "Radiology"


_CHEST = {
    "lungs": (("opacit", "consolid", "edema", "congest", "atelect", "nodul", "infiltrat", "lung vol", "lungs", "emphys", "hyperinfl", "mass", "process", "airspace", "kerley", "cephaliz", "vascular"), templates(
        "{the |}lungs {are |}{clear|well aerated|well expanded}{ bilaterally| on both sides| to the bases|, volumes {normal|adequate|mildly low}|}",
        "no {focal consolidation|airspace disease|focal opacity|pulmonary edema}{ on either side| seen| identified|}",
        "{aeration|lung volumes} {normal|symmetric|adequate|fair}{, no {focal opacity|consolidation}|}")),
    "pleura": (("effusion", "pneumothorax", "pleural"), templates(
        "no {pleural effusion|effusion} or pneumothorax{ seen| on this view| is identified|}",
        "{costophrenic angles|pleural spaces|sulci} {sharp|clear|preserved}{, no pneumothorax| bilaterally|}",
        "{no visible|no sizable|no appreciable} {pneumothorax|effusion}{ on either side|}")),
    "heart": (("cardiomeg", "heart", "cardiac"), templates(
        "{cardiac|heart} {size|silhouette} {normal|within normal limits|unremarkable|at the upper limit of normal|stable}{ for technique| for projection|}",
        "cardiomediastinal {contours|silhouette} {unremarkable|stable|normal|within normal limits}",
        "{heart|cardiac shadow} {not enlarged|of normal size}{, {aorta|aortic arch} {normal|mildly tortuous|with calcification}|}")),
    "hila": (("hil", "mediastin"), templates(
        "{hila|hilar contours} {normal|unremarkable|symmetric}{, {trachea midline|mediastinum not widened}|}",
        "{mediastinum|mediastinal contours} {normal|not widened|unchanged}{, trachea midline|}")),
    "bones": (("rib", "fracture", "bone", "spine"), templates(
        "no acute {osseous|bony} {abnormality|finding}{ seen|, {degenerative change|mild scoliosis} of the thoracic spine|}",
        "{bones|osseous structures} {intact|without acute finding|demineralized|unremarkable for age}{, old {left|right} rib deformity|}",
        "{mild|moderate} degenerative changes of the {shoulders|thoracic spine|spine}")),
    "upper": (("abdomen", "free air", "gastric"), templates("{visualized|included} upper abdomen {unremarkable|without free air}", "no free air {under the diaphragm|seen below the diaphragm}")),
}  # fmt: skip
_BELLY = {
    "liver": (("liver", "hepat", "steatos", "nodular"), templates(
        "{the |}liver {is |}{normal in size|of normal contour|homogeneous|unremarkable}{, spanning $cm cm|, no focal lesion|}", "no {focal hepatic lesion|suspicious liver lesion}{ seen|, span $cm cm|}")),
    "bile": (("gallstone", "cholelith", "gallbladder", "duct", "biliary"), templates(
        "gallbladder {unremarkable|without stones|not distended}{, {common duct|CBD} {2|3|4|5} mm|}", "no {biliary dilatation|bile duct dilatation}{, {common duct|CBD} {2|3|4|5} mm|}")),
    "spleen": (("spleen", "splen", "portal"), templates("spleen {normal in size|not enlarged|{9|10|11}.$d cm|unremarkable}{, adrenals {normal|unremarkable}|}")),
    "pancreas": (("pancrea",), templates("pancreas {unremarkable|normal where seen|partly obscured by bowel gas}{, duct not dilated|}")),
    "kidneys": (("kidney", "renal", "hydroneph", "nephro", "cortical", "pelvocal", "stone"), templates(
        "kidneys {without hydronephrosis|enhance symmetrically|unremarkable|of normal size}{, {right|left} cyst $d mm|, no stones|}", "no hydronephrosis{ on either side| or stone|}{, kidneys {10|11} cm each|}")),
    "bowel": (("bowel", "colon", "colit", "ileus", "diverticul", "obstruct", "append"), templates(
        "{bowel|small and large bowel} {normal in caliber|not dilated|without wall thickening}{, appendix normal|}", "{no bowel obstruction|no dilated loops}{, moderate stool|, {few|scattered} diverticula|}")),
    "fluid": (("ascites", "fluid", "collection", "free air", "abscess"), templates("no {free fluid|ascites|free air}{ or collection| or adenopathy|}", "{no adenopathy|nodes not enlarged}{, no {free air|free fluid}|}")),
    "vessels": (("aorta", "vein", "vascular"), templates("{aorta|abdominal aorta} {normal in caliber|with mild calcification|{18|19|20|21|22} mm}{, {IVC|portal vein} patent|}")),
}  # fmt: skip
_HEAD = {
    "blood": (("hemorrh", "bleed", "abnormality"), templates("no {acute |}intracranial hemorrhage{ or mass effect|, no midline shift|}", "no {extra-axial collection|subdural or epidural collection}{, midline structures central|}")),
    "brain": (("infarct", "atroph", "territor", "lesion"), templates("{gray-white differentiation|differentiation of gray and white matter} {preserved|maintained}{, {mild|few} white matter changes|}",
        "{mild|moderate|age-appropriate} {volume loss|white matter change}{, no {territorial|large} infarct seen|}")),
    "space": (("ventric", "hydroceph"), templates("ventricles and sulci {normal for age|symmetric|proportionate}{, basal cisterns open|}", "{basal cisterns|cisterns} {patent|open}{, no hydrocephalus|}")),
    "bone": (("fracture", "sinus", "calvar"), templates("{calvarium|skull} intact{, {paranasal sinuses|mastoids} clear|}", "{sinuses|paranasal sinuses and mastoids} {clear|with minimal mucosal thickening}{, no fracture|}")),
}  # fmt: skip
_HEART = {
    "right": (("right ventric", "rv "), templates("{right ventricle|RV} {normal in size and function|of normal size}{, TAPSE {18|19|20|21|22|23} mm|}", "{right atrium|RA} {normal|not dilated}{, RV function normal|}")),
    "valves": (("aortic", "stenosis"), templates("aortic valve {trileaflet|mildly sclerotic, no stenosis|opens well}{, peak velocity 1.$d m/s|}", "{no aortic stenosis|no significant aortic regurgitation}{, peak velocity 1.$d m/s|}")),
    "fluid": (("pericard", "effusion"), templates("no pericardial effusion{ seen|, IVC {normal|collapses}|}", "pericardium {normal|without effusion}{, no {mass|thrombus} seen|}")),
    "tricuspid": (("tricuspid", "pressure", "rvsp"), templates("{trace|mild} tricuspid regurgitation{, RVSP {24|26|28|30|31|33} mmHg|}", "tricuspid valve {structurally normal|unremarkable}{, trace regurgitation|}")),
    "quality": ((), templates("{image quality|acoustic windows} {good|fair|limited by habitus|adequate}{, rhythm as on the monitor|}", "{aortic root|ascending aorta} {29|30|31|32|33|34} mm{, septum {10|11|9} mm|}")),
}  # fmt: skip
_JOINT = {
    "bones": (("fracture", "align", "hardware", "arthroplast", "component"), templates("no {acute fracture|fracture or dislocation}{ seen|, alignment maintained|}", "{alignment|bony alignment} {anatomic|maintained|near anatomic}{, no dislocation|}")),
    "soft": (("soft tissue", "effusion"), templates("soft tissues {unremarkable|without gas|mildly swollen}{, vascular calcification|}", "{no|small} joint effusion{, soft tissues {unremarkable|swollen}|}")),
    "density": (("osteop", "density"), templates("bone density {preserved|mildly reduced|appropriate for age}{, no lytic lesion|}", "no {lytic or blastic|suspicious bone} lesion{ in the field of view|}")),
}  # fmt: skip
_BREAST = {
    "skin": ((), templates("no {skin thickening|nipple retraction|axillary adenopathy}{ on either side| bilaterally|}", "axillae {clear|without enlarged nodes}{, skin normal|}")),
    "density": (("dens", "fibrogland"), templates("breast composition category {b|c}{, similar to before|}", "{parenchymal pattern|tissue pattern} {symmetric|stable}{ side to side|}")),
    "calc": (("calcif", "nodule", "mass", "distortion", "suspicious"), templates("no {suspicious calcifications|architectural distortion}{ in either breast|}", "{no mass|no new mass}{ or distortion|, benign vascular calcifications|}")),
}  # fmt: skip
_FETUS = {
    "fluid": (("fluid", "placenta"), templates("{amniotic fluid|fluid} {normal|subjectively normal}{, placenta clear of the os|}", "placenta {clear of the internal os|away from the cervix}{, three-vessel cord|}")),
    "cervix": ((), templates("cervix {closed|long and closed}{, {34|36|38|40} mm|}", "{adnexa|ovaries} {unremarkable|not enlarged}{, no free fluid|}")),
}  # fmt: skip
_SPINE = {
    "sites": ((), templates("{lumbar spine|L1-L4} and {left|right} hip {scanned|measured}{, no exclusion| for technical reasons none excluded|}", "{FRAX|fracture risk} {calculated with|from} age $age and {height and weight of today|questionnaire}")),
    "quality": ((), templates("{positioning|technical quality} {good|adequate}{, {degenerative change|vascular calcification} at L4|}", "{least significant change|LSC} {0.02|0.03} g/cm2{, same scanner|}")),
}  # fmt: skip
STUDIES: Mapping[str, Study] = {
    "chest-xray": Study(("XR CHEST 2 VIEWS", "CHEST X-RAY PA AND LATERAL", "Chest radiograph"), templates("{PA and lateral|frontal and lateral|two} views {of the chest|} obtained $date at $time", "{upright|erect} PA and lateral chest, $date $time"), _CHEST),
    "chest-xray-portable": Study(("XR CHEST PORTABLE", "PORTABLE CHEST X-RAY", "Chest radiograph, AP portable"), templates("{single|one} {AP|portable AP|semi-erect AP} view {of the chest|}{ at the bedside|}, $date $time", "portable {AP|semiupright} chest at $time on $date"), _CHEST),
    "ct-head": Study(("CT HEAD WITHOUT CONTRAST", "CT brain non-contrast"), templates("{axial|helical} {images|sections} {without contrast|unenhanced}{, coronal reformats|}, $date $time"), _HEAD),
    "ct-chest": Study(("CT CHEST", "CT thorax"), templates("{helical|multidetector} CT {of the chest|} $date $time{, 1.25 mm sections|}"), _CHEST),
    "ct-abdomen": Study(("CT ABDOMEN AND PELVIS", "CT A/P"), templates("{helical|multidetector} CT from {dome of the liver|diaphragm} to {symphysis|pelvis}, $date $time{, oral contrast not given|}"), _BELLY),
    "us-renal": Study(("US KIDNEYS AND BLADDER", "RENAL ULTRASOUND"), templates("{grayscale|real-time} {and color |}ultrasound, $date $time{, bladder {partly filled|filled}|}"), {k: _BELLY[k] for k in ("kidneys", "fluid", "vessels")} | {"bladder": (("bladder", "retention"), templates("bladder {partially distended|unremarkable|decompressed}{, ureteral jets seen|, wall not thickened|}"))}),
    "us-abdomen": Study(("US ABDOMEN", "ABDOMINAL ULTRASOUND", "US RUQ"), templates("{grayscale and color Doppler|real-time} ultrasound {of the abdomen|}{, patient {fasting|supine}|}, $date $time"), _BELLY),
    "echo": Study(("TRANSTHORACIC ECHOCARDIOGRAM", "TTE", "ECHO REPORT"), templates("{complete|limited} transthoracic {study|echocardiogram} with Doppler, $date $time{, {bedside|laboratory} study|}"), _HEART, "Cardiology"),
    "mammogram": Study(("MAMMOGRAM, SCREENING, BILATERAL", "DIGITAL MAMMOGRAPHY"), templates("{CC and MLO|standard} views {with tomosynthesis|of both breasts}, $date $time"), _BREAST),
    "us-obstetric": Study(("OB ULTRASOUND", "US PREGNANCY"), templates("{transabdominal|transabdominal and endovaginal} ultrasound, $date $time"), _FETUS, "Obstetrics and gynecology"),
    "dxa": Study(("DXA BONE DENSITY",), templates("{dual-energy x-ray absorptiometry|DXA}{ of spine and hip|}, $date $time"), _SPINE),
    "xr-knee": Study(("XR KNEE", "KNEE 3 VIEWS"), templates("{AP, lateral and sunrise|three|weight-bearing} views, $date $time"), _JOINT),
    "xr-hip": Study(("XR HIP AND PELVIS", "HIP 2 VIEWS"), templates("{AP pelvis and lateral hip|two views}, $date $time"), _JOINT),
}  # fmt: skip

_ASKED = templates(
    "$age{-year-old|yo} {$who|$sex} with $why{, {evaluate|assess|rule out acute process}|}",
    "$why{, $age $sx|}{, $bed|}",
    "{question of|history:} $why{ in this $age{-year-old|yo} $who|, age $age}",
)
_SHOWS = templates(
    "$said{, best seen $view|, shown $view|} {as of|at} $time{ on $date|}",
    "{seen: |noted: |redemonstrated: |again: |}$said, {best seen |shown |}$view{ ($time)|}",
    "$said {on the study of $date|on the $time study|on these images ($time)}",
)
_VIEWS: Mapping[str, Sequence[str]] = {
    "xr": ("on the frontal view", "on the lateral view", "on both views"),
    "echo": ("in the apical view", "in the parasternal view", "in all windows"),
    "": (
        "on image 5",
        "on image 8",
        "on image 12",
        "on image 21",
        "on image 33",
        "on images 14-17",
        "on image 40",
    ),
}
_IMPRESSION = templates(
    "$said{ on {the study|images} of $date|, $date $time|, {read|dictated} $clock}{, $versus|}",
    "$said{ as of $time on $date| ($date, $time)}{; $versus|}",
    "$said{, study of $date $time| at $time, $date}{, $versus|}",
)


def radiology(desk: Desk) -> None:
    """A reading for every report of an image."""
    seen: dict[str, float] = {}
    for image in desk.reading.images:
        study = STUDIES.get(image.name)
        if study is None:
            continue
        readers = authors(desk.seed, study.specialty)
        book = next((b for b in desk.books if b.stay.start <= image.at <= b.end), None)
        at = max(image.end, image.at + between(desk.rng, 14, 95) * MINUTE)
        end = book.end if book else desk.timeline.last
        if at <= min(end, desk.timeline.last):
            before = seen.get(image.name.removesuffix("-portable"))
            _read(desk, image, study, pick(desk.rng, readers), book, at, before)
        seen[image.name.removesuffix("-portable")] = image.at


def _read(  # noqa: PLR0917 what a reading needs
    desk: Desk, image: Done, study: Study, author: Author, book: Book | None, at: float, before: float | None
) -> None:
    m = Moment(desk, at, author, book, desk.rng, encounter=image.encounter or None)
    taken = Moment(desk, image.at, author, book, desk.rng)
    views = _VIEWS[
        "echo" if image.name == "echo" else "xr" if "xr" in image.name or "xray" in image.name else ""
    ]
    slots = {
        "view": pick(m.rng, views),"date": m.day_of(image.at), "time": m.clock(image.at), "clock": m.clock(at), "cm": f"{13 + m.rng.random() * 3:.1f}",
             "d": str(1 + int(m.rng.random() * 9)), "age": str(taken.age)}  # fmt: skip
    head = m.style.heading
    prior = _compared(m, before)
    lines = [
        f"{pick(m.rng, study.titles)}  {slots['date']} {slots['time']}",
        f"{head(pick(m.rng, ('Indication', 'Clinical history', 'Reason for exam')))}: {sentence(m.say(_ASKED, why=_why(m, book, image), **slots))}",
        f"{head('Technique')}: {sentence(m.say(study.technique, **slots))}" if m.rng.random() < 0.8 else "",
        f"{head('Comparison')}: {sentence(prior)}",
        f"{head('Findings')}: {_findings(m, study, image, slots)}",
        f"{head(pick(m.rng, ('Impression', 'Impression', 'Conclusion')))}: {_impression(m, image, slots, before)}",
        pick(
            m.rng,
            (
                "Dictated and signed: {n}, {t}",
                "Read by {n} {t}",
                "Electronically signed {n}, {t}",
                "{n} ({t})",
            ),
        ).format(n=author.name, t=f"{m.day_of(at)} {m.clock(at)}"),
    ]
    put(m, "radiology", "\n".join(line for line in lines if line), hours=(at - image.at) / 3600, polish=False,
        title=pick(m.rng, study.titles) if m.rng.random() < 0.3 else "")  # fmt: skip


def _why(m: Moment, book: Book | None, image: Done) -> str:
    if book is None:
        if image.name in {"mammogram", "dxa"}:
            return pick(m.rng, ("screening", "routine screening", "screening, no complaint", "surveillance"))
        if image.name == "us-obstetric":
            return pick(m.rng, ("pregnancy, dating and anatomy", "routine prenatal imaging", "prenatal care"))
        return m["pmh"]
    if m.rng.random() < 0.5:
        told = m.desk.known(m.at, "symptom", book.stay.encounter_id)
        symptoms = [w for w in told if kind(w) == "noun"]
        if symptoms:
            return pick(m.rng, symptoms)
    days = (image.at - book.stay.start) / DAY
    name = REASONS[book.stay.reason].text if book.stay.reason in REASONS else m["reason"]
    return f"{m['problem'] if m.rng.random() < 0.6 else name.lower() if not name[:2].isupper() else name}{', hospital day ' + str(int(days) + 1) if days > 1 else ''}"


def _full(at: float) -> str:
    """A date with its year."""
    when = local(at)
    return f"{when.month:02d}/{when.day:02d}/{when.year}"


def _compared(m: Moment, before: float | None) -> str:
    if before is None:
        return m.say(_NO_PRIOR)
    form = pick(m.rng, ("{d}", "study of {d}", "prior of {d}", "compared with {d}", "{d}, same modality"))
    return form.format(d=_full(before))


_NO_PRIOR = templates(
    "{none|no prior study|no earlier images} {available|on file|in the archive}{ as of $date| at $time|, outside films requested}",
    "{no comparison|none} {available at $time|on $date|for this body part ($date)}",
)


def _findings(m: Moment, study: Study, image: Done, slots: Mapping[str, str]) -> str:
    """What the conclusion says, then what it does not speak of, in one to three sentences."""
    low = image.words.lower()
    positive = [s for s in clause(image.words).split("; ") if s]
    rest = [m.say(says, **slots) for cues, says in study.regions.values() if not any(c in low for c in cues)]
    if _bland(low) and "lungs" in study.regions:
        rest.append(m.say(study.regions["lungs"][1], **slots))
        positive = []
    rest = shuffled(m.rng, rest)
    said = [sentence(m.say(_SHOWS, said=p, **slots)) for p in positive[:3] if "bi-rads" not in p]
    half = max(2, (len(rest) + 1) // 2)
    mark = pick(m.rng, ("; ", ", ", "; "))
    if len(rest) > 3:
        rest = some(m.rng, rest, 3, 6)
    said += [sentence(mark.join(group)) for group in (rest[:half], rest[half:]) if group]
    if m.rng.random() < 0.5:
        said = [*said[1:], said[0]]
    return " ".join(said)


def _bland(low: str) -> bool:
    return (
        low.startswith(("no acute cardiopulm", "clear lungs", "no focal consolidation."))
        and low.count(".") <= 1
    )


_VERSUS_OLD = (
    "compared with {d}",
    "prior {d} reviewed",
    "interval since {d}",
    "prior study of {d} for reference",
)


def _impression(m: Moment, image: Done, slots: Mapping[str, str], before: float | None) -> str:
    """The conclusion as the report has it, tied to the study."""
    points = [s.strip() for s in image.words.replace("\n", " ").split(". ") if s.strip()]
    points = [p.rstrip(".") for p in points]
    versus = (
        pick(m.rng, _VERSUS_OLD).format(d=m.day_of(before))
        if before
        else pick(m.rng, ("no prior for comparison", "baseline study", "first study here"))
    )
    said = [sentence(m.say(_IMPRESSION, said=p, versus=versus, **slots)) for p in points]
    if len(said) > 1 and m.rng.random() < 0.6:
        return "\n" + "\n".join(f"{n}. {p}" for n, p in enumerate(said, 1))
    return " ".join(said)
