"""Notes on operations, procedures at the bedside and dialysis: as they were done, with what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..chance import between
from ..clock import HOUR, MINUTE
from .desk import Author, Book, Desk, authors, nurses
from .filing import put, quiet
from .grammar import Template, listed, pick, sentence, templates
from .moment import Moment
from .reading import Done


@dataclass(frozen=True, slots=True)
class Doing:
    """How one kind of procedure is told.

    Attributes:
        titles: what it is called.
        specialty: who does it.
        why: the indication, where the stay does not tell.
        steps: sentences of what was done, in order; each may be left out but the first two.
        after: how it ended.
        share: how often a note is filed.
        operation: whether it is an operation.
    """

    titles: Sequence[str]
    specialty: str
    why: Sequence[Template]
    steps: Sequence[Sequence[Template]]
    after: Sequence[Template]
    share: float = 0.9
    operation: bool = False


_WELL = templates(
    "{tolerated well|no immediate complications|uneventful}{, {EBL|blood loss} {<5|5|10|minimal, under 10} mL|}; {BP $bp|HR $hr}, sat $sat% at $end",
    "{no complications|patient tolerated the procedure well}: {HR $hr, BP $bp|BP $bp} {at the end|after|at $end}{, {site|dressing} {clean|dry}|}",
    "finished $end, {comfortable|stable}, BP $bp{, {blood loss|EBL} {minimal|5 mL|<10 mL}|}{; {family|$relative} {updated|informed}|}",
)
_SCOPED = templates(
    "scope withdrawn {at |}$end, {no immediate complications|tolerated well}; BP $bp, sat $sat%{, {recovered|awake} in {15|20|25|30} min|}",
    "{withdrawal time $u2 min|total time $long min}, {EBL none|no bleeding at the end}, {stable|awake} at $end with BP $bp",
)
_OPERATED = templates(
    "{EBL|blood loss} $ebl mL, {crystalloid|IV fluid} $fluid mL, {counts correct x2|counts correct}; to {PACU|recovery} {extubated |}{in stable condition|stable} at $end",
    "{sponge and needle counts correct|all counts correct}; EBL $ebl mL, urine $urine mL; {transferred|taken} to PACU at $end{, $relative {called|spoken to}|}",
)
_CONSENT = templates(
    "{consent signed|informed consent obtained} from {$name|the patient} and time-out at $time{, {allergies|site|identity} confirmed|}",
    "{risks, benefits and alternatives|bleeding, infection and alternatives} discussed with {$name|the patient|$relative}; time-out $time{ with $helper|}",
    "time-out {called|done} at $time with $helper{, {consent|written consent} {on the chart|signed}|}, {right patient|identity and site} confirmed",
)

DOINGS: Mapping[str, Doing] = {
    "central-line": Doing(("CENTRAL LINE PLACEMENT", "Procedure note: central venous catheter"), "Critical care medicine",
        templates("{vasopressors|vasoactive infusion|access for infusions} {in|for} $problem", "{poor peripheral access|hemodynamic instability}, $problem"),
        (templates("{right|left} {internal jugular|IJ|subclavian} {cannulated|accessed} under ultrasound on {the first|the second} pass, {triple-lumen|7 Fr triple-lumen|quad-lumen} catheter to $cm1 cm",
                   "{sterile prep and full drape|full barrier precautions}, {7 Fr|triple-lumen} catheter over wire at {the right IJ|the left IJ|the right subclavian}, hub at $cm1 cm"),
         templates("{lidocaine 1%|1% lidocaine} $ml1 mL; {wire seen in the vein|venous placement confirmed by ultrasound|dark nonpulsatile blood}, all ports {flush and draw|aspirate}",
                   "all lumens {flushed|draw back} after suture at $cm1 cm, {chlorhexidine dressing|biopatch} on; {film|chest film} {ordered for position|to confirm tip}"),), _WELL),
    "arterial-line": Doing(("ARTERIAL LINE", "Procedure: radial arterial catheter"), "Critical care medicine",
        templates("{continuous pressure monitoring|frequent gases} in $problem", "{titration of pressors|blood pressure monitoring} for $problem"),
        (templates("{right|left} radial artery, {Allen test normal|collateral flow present}, 20 g catheter on pass $n2{ under ultrasound|}, waveform {good|crisp} at $end",
                   "20 g {Arrow|catheter-over-wire} set into the {left|right} radial artery {with ultrasound|by palpation}, $n2 {attempts|passes}"),
         templates("{cuff|noninvasive} and arterial readings within $d1 mmHg{ at $end|}, {hand warm|pulses kept}", "{zeroed and leveled|transduced} at $end, {cuff differs by|difference to cuff} $d1 mmHg")), _WELL, 0.7),
    "intubation": Doing(("INTUBATION NOTE", "Airway procedure note"), "Critical care medicine",
        templates("{respiratory failure|hypoxemia and fatigue|airway protection} in $problem",),
        (templates("{rapid sequence|RSI}, {video laryngoscope|Mac 3|Mac 4}, grade {1|2a|1|2b} view, {7.0|7.5|8.0} tube {first pass|on pass $n2}, $cm2 cm at the {teeth|lip}",
                   "{preoxygenated|bag-mask} to $sat%, {7.5|8.0|7.0} ETT by {video laryngoscopy|direct view}, secured at $cm2 cm at $end"),
         templates("{end-tidal CO2|color change and capnography} confirmed, {bilateral breath sounds|equal breath sounds}, lowest sat $low% at $time", "ETCO2 $co2 mmHg after tube, sat nadir $low%, {film for position|tube position by film}")), _WELL, 0.95),
    "upper-endoscopy": Doing(("UPPER ENDOSCOPY (EGD)", "EGD report", "ESOPHAGOGASTRODUODENOSCOPY"), "Gastroenterology",
        templates("$problem", "{melena|upper GI bleeding|anemia with dark stool}"),
        (templates("scope passed to the {second|third} portion of the duodenum {under moderate sedation|with anesthesia support|under MAC}, {good|adequate} views, Z-line at $cm3 cm",
                   "{gastroscope|video endoscope} to D2 at $time+, {moderate sedation|MAC}; esophagus {normal|without varices}, Z-line {regular |}at $cm3 cm"),
         templates("{retroflexion|fundus and cardia} {unremarkable|without lesion}, {lavage|washed} {with |}$ml2 mL, {photos taken|$n2 biopsies for H. pylori}", "{duodenal bulb|bulb and D2} seen twice, $ml2 mL lavage, {no blood left|small clot suctioned}")), _SCOPED, 0.97),
    "colonoscopy": Doing(("COLONOSCOPY", "Colonoscopy report"), "Gastroenterology",
        templates("{screening|surveillance} colonoscopy, $age-year-old $who", "{colorectal cancer screening|average-risk screening} in $name, $age"),
        (templates("{cecum|terminal ileum} reached in $u2 min, {prep|Boston prep score} {good|$bbps}, withdrawal $u3 min", "{scope to|intubated} the cecum ({appendiceal orifice|valve} seen) by $u2 min, prep {adequate|$bbps of 9}, withdrawal $u3 min"),
         templates("{retroflexed view|retroflexion in the rectum} {normal|with small hemorrhoids}, gas removed, {moderate sedation|MAC}, awake by $end", "{digital exam|rectal exam} normal; {looked twice at the right colon|second look right colon}, sedated $u3 min, awake $end")), _SCOPED, 0.8),
    "paracentesis": Doing(("PARACENTESIS", "Procedure note: paracentesis"), "Gastroenterology", templates("{tense|symptomatic} ascites in $problem", "ascites, {rule out SBP|new fever or pain excluded}, $problem"),
        (templates("{left|right} lower quadrant, {pocket $cm4 cm|fluid $cm4 cm deep} by ultrasound, {5 Fr Yueh|8 Fr} catheter, $liters L {straw-colored|clear yellow|slightly cloudy} fluid", "{LLQ|RLQ} after lidocaine $ml1 mL, $liters L of {clear yellow|straw} fluid over $long min"),
         templates("{samples|fluid} for {cell count, culture, albumin|cell count and culture} sent $end{, {dressing|site} dry|}", "{cell count and culture bottles|studies} sent at $end, {site sealed|no leak}")), _WELL),
    "thoracentesis": Doing(("THORACENTESIS", "Procedure note: thoracentesis"), "Pulmonology", templates("pleural effusion, $problem"),
        (templates("{right|left} posterior, {one|two} interspace below the dullness, {pocket|effusion} $cm4 cm, $ml4 mL {straw|serosanguinous|clear} fluid {removed|drained}", "ultrasound-guided, $ml4 mL {yellow|turbid} fluid from the {left|right} side by $end"),
         templates("{stopped for cough|ended when dry|stopped at $ml4 mL}, {no pneumothorax by ultrasound|lung sliding present} at $end", "fluid for {LDH, protein, cell count, culture}, sliding {seen|present} at $end")), _WELL),
    "lumbar-puncture": Doing(("LUMBAR PUNCTURE", "LP note"), "Neurology", templates("{fever and confusion|altered mental status}, $problem"),
        (templates("L3-4 {lateral decubitus|sitting}, 20 g needle pass $n2, opening pressure $pres cm H2O, {clear|slightly xanthochromic} fluid $ml1 mL", "L4-5, {lateral|seated}, $ml1 mL {clear|colorless} CSF in four tubes, opening pressure $pres cm"),), _WELL),
    "abscess-drainage": Doing(("INCISION AND DRAINAGE", "I&D note", "Procedure: abscess drainage"), "General surgery", templates("abscess with $problem", "{fluctuance|collection} in $problem"),
        (templates("{lidocaine 1%|1% lidocaine with epinephrine} $ml1 mL, {incision|stab incision} $cmi cm over the point of fluctuance, {pus|purulent fluid} {out|evacuated}, {loculations broken|irrigated with saline}", "$cmi cm incision at $mid, pus {expressed|drained}, culture sent at $end{, cavity $cmi cm deep|}"),
         templates("{packed with|loosely packed,} {1/4|1/2}-inch gauze $cm4 cm, {margins marked|dressing changed daily} from $end", "{left open with|wick of} gauze, {next dressing|change packing} {tomorrow|in 24 h} ({from|after} $end)")), _WELL),
    "cardioversion": Doing(("CARDIOVERSION", "DC cardioversion note"), "Cardiology", templates("$problem"),
        (templates("{synchronized|biphasic} $joule J x$n1, {sinus rhythm restored|converted to sinus} at $end, rate $hr", "under {brief deep sedation|anesthesia}, {pads AP|anterior-posterior pads}, $joule J: sinus rhythm {at|from} $end, rate $hr"),), _WELL),
    "cardiac-catheterization": Doing(("CARDIAC CATHETERIZATION", "Cath report"), "Cardiology", templates("$problem"),
        (templates("{right radial|right femoral} access, 6 Fr, contrast $ml2 mL, fluoro $u2.$d1 min", "6 Fr {radial|right radial} sheath at $time, {LVEDP|end-diastolic pressure} $pres mmHg, contrast $ml2 mL"),
         templates("{TR band|radial band} with $d1 mL air at $end, {pulse present|hand warm}", "{hemostasis|sheath out} at $end, {no hematoma|site soft}")), _WELL),
    "ercp": Doing(("ERCP", "ERCP report"), "Gastroenterology", templates("$problem, {dilated duct|suspected stone}"),
        (templates("{biliary cannulation|deep cannulation} after $n2 attempts, sphincterotomy, {balloon sweep|stone and sludge out}, duct $d1 mm", "cholangiogram with duct of $u2 mm, {sphincterotomy|papillotomy}, $n2 {sweeps|balloon sweeps}, free drainage at $end"),), _SCOPED),
    "ureteral-stent": Doing(("URETERAL STENT", "Cystoscopy and stent"), "Urology", templates("obstructing stone, $problem"),
        (templates("{cystoscopy|rigid cystoscope}, wire past the stone, 6 Fr x {24|26} cm double-J at $end, {cloudy|purulent} efflux", "6 Fr {24|26} cm stent over wire by $end, {curl seen in kidney and bladder|position on fluoroscopy}"),), _WELL),
    "tumor-biopsy": Doing(("BIOPSY", "Core biopsy note"), "Radiology", templates("{mass|lesion}, tissue for diagnosis, $age-year-old $who"),
        (templates("{image-guided|ultrasound-guided|CT-guided} core biopsy, {18|16} g, $n2 cores, in formalin at $end", "$n2 {16|18} g cores under guidance, {adequate by touch prep|specimens labelled} at $end"),), _WELL),
    "continuous-dialysis": Doing(("CRRT START", "Continuous dialysis note"), "Nephrology", templates("{AKI with instability|renal failure with pressors}, $problem"),
        (templates("{CVVHDF|CVVH} from $time, {blood flow|Qb} $qb2 mL/min, effluent {25|30} mL/kg/h, {citrate|heparin-free|no} anticoagulation", "CRRT via {right IJ|femoral} dialysis catheter from $time, Qb $qb2, {net even|net -$ufm mL/h}"),), _WELL),
    "vaginal-delivery": Doing(("DELIVERY NOTE", "Vaginal delivery"), "Obstetrics and gynecology", templates("{labor at term|spontaneous labor}"),
        (templates("{spontaneous vaginal delivery|SVD} at $end of a {live|vigorous} infant, Apgars {8 and 9|9 and 9|8 and 8}, $grams g", "infant delivered {OA|LOA} at $end, {cord clamped after 60 s|delayed cord clamping}, $grams g, Apgars {8/9|9/9}"),
         templates("placenta {intact|spontaneous, intact} $min3 min later, {perineum intact|first-degree laceration repaired}, EBL $ebl mL", "EBL $ebl mL, fundus firm, placenta complete after $min3 min")), _WELL, 1.0),
    "epidural": Doing(("EPIDURAL", "Labor epidural"), "Anesthesiology", templates("labor pain"),
        (templates("L3-4, loss of resistance at $cmi cm, catheter $cm2 cm at skin, test dose negative $end", "{sitting|lateral}, L3-4 space, catheter threaded {4|5} cm (skin $cm2 cm), {test dose negative|comfortable} by $end"),), _WELL, 0.6),
}  # fmt: skip

_GENERAL = templates(
    "{general anesthesia|GETA}, {supine|positioned supine}, {antibiotic|prophylaxis} within {30|40|45} min of incision at $time",
    "{under general anesthesia|general endotracheal anesthesia}, incision $time, {SCDs on|warming on|Foley placed}",
)
_SPINAL = templates(
    "{spinal|spinal with sedation}, {lateral decubitus|supine}, incision $time, {antibiotic in|warming on}",
    "{spinal anesthesia|regional block and sedation}; {antibiotic|prophylaxis} in before incision at $time",
)


def _cut(titles: str, specialty: str, *steps: Sequence[Template], spinal: bool = False) -> Doing:
    """An operation."""
    names = tuple(f"OPERATIVE NOTE: {t}" for t in titles.split("; "))
    return Doing(names, specialty, templates("$problem", "$problem, $age-year-old $who"), (_SPINAL if spinal else _GENERAL, *steps), _OPERATED, 1.0, operation=True)  # fmt: skip


_HIP_FIX = templates(
    "{closed reduction on the fracture table|reduction under fluoroscopy}, {three cannulated screws|sliding hip screw|screws} {placed|seated}, {tip-apex|position} {acceptable|good} at {$u2|$min3} min of fluoroscopy-guided work",
    "fracture reduced {anatomically|near-anatomically}, fixation {stable|secure} through range, fluoro $u2 s x$n2",
)
_HIP_NEW = templates(
    "{posterior|anterolateral} approach, head size $head mm, {cemented|press-fit} stem, {stable in flexion|no shuck}, leg lengths {equal|within 5 mm}",
    "{bipolar|unipolar} head $head mm on a {cemented|press-fit} stem, {capsule repaired|short rotators repaired}, $long min skin to skin",
)
_KNEE = templates(
    "{medial parapatellar|midvastus} approach, tourniquet $long min, {cemented|posterior-stabilized cemented} components, {polyethylene|insert} $insert mm, range 0-$flex",
    "components cemented, insert $insert mm, {patella tracks centrally|stable in flexion and extension}, tourniquet time $long min",
)
_COLON = templates(
    "{stapled|handsewn} anastomosis {tension-free|well perfused}, {leak test negative|air test negative}, specimen $cm5 cm, {laparoscopic|ports x$n4}",
    "{medial-to-lateral mobilization|mesentery divided with the sealing device}, {stapled|circular stapled} anastomosis, specimen $cm5 cm, $long min",
)
_GALL = templates(
    "{critical view of safety obtained|critical view} at $mid, cystic duct and artery {clipped x3|clipped and divided}, gallbladder {in a bag|out via umbilicus}, {stones|wall thick} $d1 mm",
    "$n4 ports, {inflamed|edematous|distended} gallbladder, {critical view|view of safety} photographed, {no bile leak|bed dry} at $mid, wall $d1 mm",
)
_CESAREAN = templates(
    "{Pfannenstiel|low transverse} incision, {live infant|vigorous infant} at $mid, $grams g, uterus closed in {two|one} layer(s)",
    "{low transverse hysterotomy|hysterotomy}, infant out $mid, {cephalic|vertex}, $grams g, tone {good|firm after massage}",
)
_BREAST = templates(
    "{lumpectomy|wide local excision} with {wire|seed} localization, sentinel nodes x$n2, specimen {radiograph contains the clip|film adequate}, $grams2 g",
    "specimen $grams2 g oriented, {sentinel nodes|nodes} x$n2 (blue and hot), margins {inked|shaved}, closed in layers",
)

OPERATIONS: Mapping[str, Doing] = {
    "hip-fracture-repair": _cut("fixation of right femoral neck fracture; right hip pinning", "Orthopedic surgery", _HIP_FIX, spinal=True),
    "hip-fracture-repair-left": _cut("fixation of left femoral neck fracture; left hip pinning", "Orthopedic surgery", _HIP_FIX, spinal=True),
    "hip-hemiarthroplasty": _cut("right hip hemiarthroplasty", "Orthopedic surgery", _HIP_NEW, spinal=True),
    "hip-hemiarthroplasty-left": _cut("left hip hemiarthroplasty", "Orthopedic surgery", _HIP_NEW, spinal=True),
    "knee-replacement": _cut("right total knee arthroplasty; right TKA", "Orthopedic surgery", _KNEE, spinal=True),
    "knee-replacement-left": _cut("left total knee arthroplasty; left TKA", "Orthopedic surgery", _KNEE, spinal=True),
    "cholecystectomy": _cut("laparoscopic cholecystectomy; lap chole", "General surgery", _GALL),
    "sigmoid-colectomy": _cut("laparoscopic sigmoid colectomy; sigmoid resection", "General surgery", _COLON),
    "right-colectomy": _cut("laparoscopic right colectomy; right hemicolectomy", "General surgery", _COLON),
    "cesarean": _cut("low transverse cesarean section; cesarean delivery", "Obstetrics and gynecology", _CESAREAN, spinal=True),
    "breast-surgery": _cut("lumpectomy with sentinel node biopsy", "General surgery", _BREAST),
}  # fmt: skip

_RUN = templates(
    "{Ran|Treatment} $time-$end ({hours|duration} $hours h) via $access, {Qb|blood flow} $qb, Qd {600|500|700|800}, {F160|F180|high-flux}{ dialyzer|}, bath $bath",
    "$access used{ without trouble|$needles}; $hours h from $time, BFR $qb/DFR {600|700|500}, bath $bath, {heparin {none|1000 units}|no heparin}",
    "{Connected|On} at $time, off at $end, $access, blood flow $qb mL/min, {dialysate|bath} $bath{, {venous|arterial} pressure $pres2|}",
)
_PULLED = templates(
    "{UF|fluid removed|net UF} $uf L, {pre|before} BP $bp, {lowest|low} SBP $lowbp {at|about} $mid{, {asymptomatic|no cramps|brief cramps, UF lowered}|}",
    "{removed|took off} $uf L; BP $bp {over the run|during treatment}{, {no cramps|mild cramps near the end|nausea for ten minutes}|}, {post-run|standing} SBP $lowbp",
)
_NEEDLED = templates(
    "{needles out, held|held pressure} $d1 min, {thrill and bruit|thrill} {present|good} at $end; {report to $helper|handed over to $helper}",
    "{bleeding stopped|hemostasis} after $d1 min, {back to $bed|returned to the ward} {stable|tired but well}{, report to $helper|} at $end",
)
_PORTED = templates(
    "{ports locked|lines returned}, {$name|patient} {alert|comfortable} at $end, {report to|signed out to} $helper{ RN|}",
    "{heparin|citrate} lock at $end, {caps changed|exit site dry}, {back to $bed|returned} {stable|tired but well}{; report to $helper|}",
)


def procedures(desk: Desk) -> None:
    """A note for each operation and procedure, and for some runs of dialysis."""
    for done in desk.reading.procedures:
        book = next((b for b in desk.books if b.stay.start <= done.at <= b.end), None)
        doing = DOINGS.get(done.name) or OPERATIONS.get(done.name)
        if done.name == "hemodialysis" and desk.rng.random() < 0.13:
            _dialysis(desk, book, done)
        elif doing is not None and desk.rng.random() < doing.share:
            _told(desk, book, done, doing)


def _moment(desk: Desk, book: Book | None, done: Done, author: Author) -> Moment | None:
    at = max(done.end, done.at + 10 * MINUTE) + between(desk.rng, 8, 50) * MINUTE
    if at > min(desk.timeline.last, book.end if book else desk.timeline.last):
        return None
    m = Moment(desk, at, author, book, desk.rng, encounter=done.encounter or None)
    if quiet(m) and m.last("systolic", 9) is None:
        return None
    r = desk.rng.random
    end = max(done.end, done.at + (12 + 20 * r()) * MINUTE)
    unit = "HD" if done.name == "hemodialysis" else book.stay.bed.split("-")[0] if book else ""
    m.update({
        "date": m.day_of(done.at), "time": m.clock(done.at), "end": m.clock(end), "mid": m.clock(done.at + (end - done.at) * (0.35 + 0.3 * r())),
        "cm1": str(14 + int(r() * 6)), "cm2": str(21 + int(r() * 3)), "cm3": str(36 + int(r() * 6)), "cm4": f"{3 + r() * 6:.1f}", "cm5": str(14 + int(r() * 18)),
        "cmi": f"{1 + r() * 4:.1f}", "ml1": str(3 + int(r() * 8)), "ml2": str(60 + 10 * int(r() * 24)), "ml4": str(500 + 50 * int(r() * 20)),
        "mlp": str(5 + int(r() * 45)), "u2": str(4 + int(r() * 9)), "u3": str(7 + int(r() * 8)), "bbps": str(6 + int(r() * 4)), "liters": f"{2 + r() * 4.8:.1f}",
        "d1": str(2 + int(r() * 9)), "n1": str(1 + int(r() * 2)), "n4": pick(m.rng, ("4", "3")), "low": str(81 + int(r() * 13)),
        "co2": str(31 + int(r() * 12)), "pres": str(11 + int(r() * 10)), "pres2": str(110 + 5 * int(r() * 16)), "joule": pick(m.rng, ("120", "150", "200")),
        "qb": str(pick(m.rng, (300, 325, 350, 375, 400, 425))), "qb2": str(pick(m.rng, (180, 200, 250))), "ufm": str(50 + 10 * int(r() * 10)), "grams": str(2800 + 10 * int(r() * 120)),
        "grams2": str(18 + int(r() * 60)), "min3": str(4 + int(r() * 12)), "ebl": str(50 + 25 * int(r() * 16)), "fluid": str(800 + 100 * int(r() * 16)), "urine": str(100 + 25 * int(r() * 18)),
        "head": str(42 + int(r() * 12)), "insert": pick(m.rng, ("10", "11", "12", "13")), "flex": str(110 + 5 * int(r() * 5)), "long": str(max(15, int((end - done.at) / MINUTE) - int(r() * 12))),
        "bp": f"{m.last('systolic', 9) or 118 + 20 * r():.0f}/{m.last('diastolic', 9) or 66 + 12 * r():.0f}", "hr": f"{m.last('heart-rate', 9) or 72 + 18 * r():.0f}",
        "sat": f"{m.last('spo2', 9) or 95 + 4 * r():.0f}", "helper": pick(m.rng, nurses(desk.seed, unit)).family if unit else "the team",
    })  # fmt: skip
    if book is None:
        m["problem"] = m["pmh"]
        m["bed"] = "home"
    return m


def _told(desk: Desk, book: Book | None, done: Done, doing: Doing) -> None:
    m = _moment(desk, book, done, pick(desk.rng, authors(desk.seed, doing.specialty)))
    if m is None:
        return
    head = m.style.heading
    elective = book is None and done.name == "colonoscopy"
    why = m.say(doing.why) if elective or book is None or m.rng.random() < 0.6 else m["problem"]
    found, m_sex, stamp = _found(desk, done), m["sx"], f" ({m['date']} {m['mid']})"
    lines = [
        f"{pick(m.rng, doing.titles)}  {m['date']} {m['time']}",
        f"{head(pick(m.rng, ('Indication', 'Reason', 'Preoperative diagnosis' if doing.operation else 'Indication')))}: {sentence(f'{why} ({m.age}{m_sex}, {stamp[2:-1]})')}",
        f"{head(pick(m.rng, ('Consent', 'Time-out', 'Preparation')))}: {sentence(m.say(_CONSENT))}",
        f"{head(pick(m.rng, ('Procedure', 'Technique', 'Details', 'Description')))}: {' '.join(sentence(m.say(s)) for s in doing.steps)}",
        f"{head('Findings')}: {sentence('; '.join(found) + stamp)}" if found else "",
        f"{head(pick(m.rng, ('Complications', 'After', 'Disposition', 'Outcome')))}: {sentence(m.say(doing.after))}",
        m.signed(),
    ]
    text = "\n".join(line for line in lines if line)
    if any("dialysis catheter" in w for w in found):
        text = (
            text.replace("7 Fr triple-lumen", "13 Fr dialysis")
            .replace("triple-lumen", "dialysis")
            .replace("7 Fr", "13 Fr")
        )
    put(
        m,
        "operative" if doing.operation else "procedure",
        text,
        hours=max(0.3, (m.at - done.at) / HOUR),
    )


def _found(desk: Desk, done: Done) -> list[str]:
    """What the facts tell of it."""
    said: list[str] = []
    names = {done.name, "finding", "endoscopy", done.name.split("-")[0]}
    for topic in ("finding", "event"):
        for encounter in (done.encounter or None, None):
            near = [
                f for f in desk.of(topic, encounter) if done.at - MINUTE <= f.at <= done.end + 20 * MINUTE
            ]
            said += [f.words for f in near if f.name in names]
    bare = done.name.replace("-", " ").removesuffix(" left")
    return [w for w in dict.fromkeys(said) if not (bare in w.lower() and len(w) < len(bare) + 16)][:3]


def _access(m: Moment) -> str:
    """Where the blood is taken from, as the facts have it."""
    told = " ".join((*m.desk.known(m.at, "history", None), *m.desk.known(m.at, "history", m.encounter)))
    if "dialysis through" not in told:
        return pick(m.rng, ("access", "usual access"))
    where = told.split("dialysis through", 1)[1]
    if where.lstrip().startswith("a tunneled catheter"):
        return pick(m.rng, ("tunneled catheter", "tunneled CVC", "TDC"))
    side = "R" if "right" in where[:45] else "L"
    return f"{side} {'upper arm' if 'upper arm' in where[:45] else 'forearm'} {pick(m.rng, ('AVF', 'AV fistula', 'fistula'))}"


def _dialysis(desk: Desk, book: Book | None, done: Done) -> None:
    m = _moment(desk, book, done, pick(desk.rng, nurses(desk.seed, "HD")))
    if m is None:
        return
    rng, access = m.rng, _access(m)
    line = access[0] in "tT" or ("catheter" in access)
    told = [
        f.words
        for f in (*desk.of("event", done.encounter or None), *desk.of("event", None))
        if done.at <= f.at <= done.end + HOUR
    ]
    tops = [v for _, v in desk.reading.of("systolic").within(done.at - HOUR, done.end + HOUR)]
    m.update({
        "access": access,
        "needles": "" if line else pick(rng, (", needles 15 g", ", 16 g needles", ", 15 g x2")),
        "bath": f"{pick(rng, ('2K', '2K', '3K'))}/{pick(rng, ('2.5Ca', '2.25Ca', '2.5 Ca'))}",
        "hours": f"{(done.end - done.at) / HOUR:.2f}",
        "uf": f"{1.4 + rng.random() * 2.2:.1f}",
        "lowbp": f"{min(tops) if tops else 96 + rng.random() * 28:.0f}",
    })  # fmt: skip
    parts = [sentence(m.say(_RUN)), sentence(m.say(_PULLED))]
    if told:
        parts.append(
            sentence(f"{pick(rng, ('Noted', 'Events', 'During the run'))}: {listed(told)} ({m['mid']})")
        )
    parts.append(sentence(m.say(_PORTED if line else _NEEDLED)))
    title = pick(rng, ("HEMODIALYSIS TREATMENT NOTE", "HD NOTE", "Dialysis run", "Hemodialysis nursing note"))
    put(
        m,
        "procedure",
        "\n".join([f"{title}  {m['date']}", " ".join(parts), m.signed()]),
        hours=(m.at - done.at) / HOUR,
    )
