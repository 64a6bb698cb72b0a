"""What brings people in, in a clinician's words: stories, complaints, findings and plans by reason of admission.

Used where the table of facts says nothing. Findings are by system; `findings` at first, `eased` when it is better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .grammar import Template, templates


@dataclass(frozen=True, slots=True)
class Illness:
    """The words for one reason of admission.

    Attributes:
        called: names of the problem.
        complaint: chief complaints.
        story: sentences of the history of the present illness.
        symptoms: noun phrases for what the patient feels.
        denies: noun phrases for what is asked and not there.
        findings: abnormal findings at first, by system.
        eased: the same when better, by system.
        markers: analytes to follow.
        plan: what is intended, without medicines.
        back: when to come back, told at discharge.
        services: who is consulted.
    """

    called: Sequence[Template]
    complaint: Sequence[Template]
    story: Sequence[Template]
    symptoms: Sequence[str]
    denies: Sequence[str]
    findings: Mapping[str, Sequence[Template]] = field(default_factory=dict[str, Sequence[Template]])
    eased: Mapping[str, Sequence[Template]] = field(default_factory=dict[str, Sequence[Template]])
    markers: Sequence[str] = ("wbc", "hemoglobin", "sodium", "potassium", "bun", "creatinine")
    plan: Sequence[Template] = ()
    back: Sequence[str] = ()
    services: Sequence[str] = ()


def _ill(
    called: str,
    complaint: str,
    story: Sequence[str],
    symptoms: str,
    denies: str,
    *,
    findings: Mapping[str, str],
    eased: Mapping[str, str],
    markers: str,
    plan: Sequence[str],
    back: str,
    services: str = "",
) -> Illness:
    """Lists are written with `; ` between, to be read as a table."""
    return Illness(
        called=templates(*called.split("; ")),
        complaint=templates(*complaint.split("; ")),
        story=templates(*story),
        symptoms=tuple(symptoms.split("; ")),
        denies=tuple(denies.split("; ")),
        findings={k: templates(*v.split("; ")) for k, v in findings.items()},
        eased={k: templates(*v.split("; ")) for k, v in eased.items()},
        markers=tuple(markers.split()),
        plan=templates(*plan),
        back=tuple(back.split("; ")),
        services=tuple(services.split("; ")) if services else (),
    )


CHEST: Mapping[str, Illness] = {
    "heart-failure": _ill(
        "{acute on chronic|decompensated|acutely decompensated} heart failure; ADHF; {CHF|heart failure} exacerbation; "
        "volume overload {from|due to} heart failure",
        "{worsening|progressive|increasing} shortness of breath; {leg swelling|swelling of both legs} and breathlessness; "
        "{can't lie flat|unable to lie flat}; weight gain and {dyspnea|SOB} on exertion",
        (
            "{Reports|Describes|Gives a history of} $span of {gradually worsening|progressive|increasing} dyspnea on exertion"
            "{, now after {half a flight of stairs|crossing the room|about $few steps|one block}|}{ with {orthopnea|"
            "$pillows-pillow orthopnea}|, sleeping {in a recliner|propped on $pillows pillows}|}.",
            "{Noted|Has had|There has been} {a weight gain of|about} $gain lb {weight gain|}{ over the same time|} and "
            "{tighter shoes|swelling to the {shins|knees|mid-calf}|socks leaving marks}{, despite {taking|adherence to} "
            "diuretics at home|, after {salty meals|a family party|eating out} {last weekend|on the weekend}|}.",
            "{$Relative noticed|The family noticed} {nighttime cough|waking breathless at $night|swollen ankles} and "
            "{urged|brought} $him {to come in|to the emergency department}.",
        ),
        "dyspnea on exertion; orthopnea; leg swelling; waking breathless at night; abdominal bloating; fatigue; nighttime cough",
        "chest pain; palpitations; syncope; fever; productive cough; calf pain; hemoptysis",
        findings={
            "lungs": "crackles {to the mid-lung fields|one third of the way up|at both bases} {bilaterally|on both sides}; "
            "{diminished at the bases with crackles above|bibasilar crackles, R>L|bibasilar rales}{, no wheeze|}",
            "heart": "JVP {10|11|12|13|14} cm{, {S3 audible|no S3}|}; {JVD to the angle of the jaw|neck veins distended "
            "at 45 degrees}{, no rub|}",
            "limbs": "{2+|3+} pitting edema {to the knees|to the mid-shin|to the thighs}{ bilaterally|, warm feet|}",
        },
        eased={
            "lungs": "{faint crackles at the bases only|bases nearly clear|fine bibasilar crackles, fewer than before}; "
            "{clear after coughing|clear to the bases}",
            "heart": "JVP {7|8|9} cm{, no S3|}; {neck veins flat at 45 degrees|JVP no longer raised}",
            "limbs": "{trace|1+} {ankle|pedal|pretibial} edema{, wrinkled skin|, improving|}; edema {down to trace|now only "
            "at the ankles}",
        },
        markers="creatinine bun potassium sodium magnesium nt-probnp",
        plan=(
            "{strict I/O|strict intake and output}, daily weights{, {2 g|low} sodium diet|}",
            "{goal|aim for} net negative {1-1.5|1-2|1.5|0.5-1} L {today|per day}",
            "{fluid restriction|limit fluids to} {1.5|1.8|2} L{ a day|/day}",
            "{trend|follow} renal function with diuresis",
            "{telemetry|keep on telemetry}{ while diuresing|}",
            "{teach|reinforce} {salt and fluid limits|daily weighing at home}",
        ),
        back="weight gain of more than 3 lb in a day or 5 lb in a week; more swelling; needing more pillows; "
        "breathlessness at rest; chest pain; fainting",
        services="Cardiology",
    ),
    "pneumonia": _ill(
        "{community-acquired|} pneumonia; CAP; {pneumonia|lower respiratory tract infection}",
        "cough and fever; {productive cough|cough with $sputum sputum}; {fever, cough and} {pleuritic pain|malaise}; "
        "cough, {chills|rigors} and breathlessness",
        (
            "{Developed|Came down with|Reports} cough {productive of $sputum sputum|with $sputum sputum} $span ago, then "
            "{chills|shaking chills|subjective fevers|temperatures to $fever F at home}{ and {pleuritic|right-sided} chest "
            "discomfort|}.",
            "{Sick contacts:|Sick contact:} {a grandchild with a cold|$relative with bronchitis|coworkers with {colds|flu-like illness}|"
            "none known}; {no recent travel|no travel|has not traveled} since {last $season|$season}.",
            "{Appetite has been poor|Has been eating {little|half of usual}|Drinking little} {for $few days|over $few days} and "
            "{in bed most of the time|too weak to climb stairs|breathless on walking to the bathroom}.",
        ),
        "productive cough; chills; pleuritic pain on deep breaths; breathlessness on walking; malaise; poor appetite; night sweats",
        "hemoptysis; leg swelling; palpitations; dysuria; neck stiffness; diarrhea; choking on food",
        findings={
            "lungs": "{crackles|coarse crackles|rhonchi and crackles} {at the $side base|over the $side lower zone}"
            "{, {egophony|dull to percussion} there|, no wheeze|}; {bronchial breath sounds|decreased air entry} {at|over} "
            "the $side base{ with crackles|}",
            "general": "{flushed|ill-appearing|tired-looking} but {conversant|in no distress|speaks full sentences}; "
            "{mildly tachypneic|breathing quickly}, {speaks in sentences|coughing at times}",
        },
        eased={
            "lungs": "{fewer crackles|some crackles|scattered crackles} at the $side base{, good air entry|, clear on the other side|}; "
            "{air entry better|moving more air} at the $side base"
        },
        markers="wbc crp procalcitonin lactate sodium creatinine",
        plan=(
            "{sputum culture|sputum for gram stain and culture}{ if able to produce|}",
            "{incentive spirometry|IS} {10x/hr while awake|every hour while awake}{, out of bed for meals|}",
            "{wean|titrate} oxygen to SpO2 {>=92%|above 92%|92-95%}",
            "{step down to|switch to} oral antibiotics when {afebrile 24 h|eating and afebrile}",
            "{follow|await} blood cultures",
            "repeat chest film in {6|6-8|8} weeks{ to show clearing|}",
        ),
        back="fever above 101 F; worse cough or breathlessness; coughing blood; confusion; not keeping fluids down",
        services="Pulmonology",
    ),
    "copd": _ill(
        "COPD exacerbation; AECOPD; {acute exacerbation of COPD|COPD flare}",
        "{worse|increasing} {shortness of breath|wheezing}; {cough and wheeze|wheezing, cough}; {breathing trouble|can't catch "
        "my breath}",
        (
            "{Baseline|At baseline} {walks $few blocks|manages one flight|is breathless on hills}; for $span {more short of "
            "breath|increasingly dyspneic} with {more|thicker|$sputum} sputum{ and wheeze|}.",
            "{Used|Has been using} the rescue inhaler {$few times a day|every $few hours|around the clock} {with little relief|"
            "with partial relief}{, last {at $night|before coming in}|}.",
            "{Trigger probably|Likely triggered by} {a head cold|cold weather|smoke exposure|a viral URI in $relative}; "
            "{last steroid course|last exacerbation} {was $few months ago|about $few months back}.",
        ),
        "wheeze; cough with thick sputum; breathlessness on walking to the bathroom; chest tightness; poor sleep; fatigue",
        "chest pain; hemoptysis; leg swelling; fever; palpitations; orthopnea; calf pain",
        findings={
            "lungs": "{diffuse|scattered} {expiratory|end-expiratory} wheeze{, prolonged expiration|, poor air movement|}; "
            "{tight, with {poor|reduced} air entry|wheeze in all fields}{ and rhonchi|}",
            "general": "{tripoding|using {accessory|neck} muscles|pursed-lip breathing}; {speaks {3-4 word|short} phrases|"
            "breathless on talking}",
        },
        eased={
            "lungs": "{faint end-expiratory wheeze only|moving air well, occasional wheeze|better air entry, {mild|rare} wheeze}; "
            "{no wheeze at rest, long expiration|distant but clear}"
        },
        markers="co2 wbc glucose potassium ph-arterial pco2-arterial",
        plan=(
            "{target|keep} SpO2 {88-92%|88-92}{, avoid more|}",
            "{space|stretch} nebs to {q4h|q6h|PRN} {as tolerated|today}",
            "{5-day|short} steroid course",
            "{inhaler technique|spacer technique} {reviewed with RT|to be reviewed}",
            "{pulmonary rehab|outpatient spirometry} {after discharge|when recovered}",
            "{walk test|ambulatory sat} {before discharge|when near baseline}",
        ),
        back="rescue inhaler needed more than every 4 hours; fever; more or darker sputum; drowsiness or morning headaches",
        services="Pulmonology",
    ),
    "afib": _ill(
        "AF with RVR; atrial fibrillation with {rapid ventricular response|rapid rates}; {rapid AF|a-fib with RVR}",
        "palpitations; {heart racing|racing heart} and lightheadedness; {fluttering in the chest|pounding heartbeat}",
        (
            "{Woke at $night with|Had sudden onset of|Noted the abrupt onset of} {palpitations|a racing, irregular heartbeat} "
            "{while {watching TV|making breakfast|climbing stairs|gardening}|}{, {lasting|present for} $fewh hours|}.",
            "{Associated with|Accompanied by} {lightheadedness|mild dyspnea|fatigue|chest fluttering}; {home cuff|pulse oximeter|watch} "
            "{showed|read} a rate of {about|} $rate.",
            "{Possible triggers:|Triggers:} {poor sleep|missed doses of rate control|two cups of coffee|a recent cold|none found}"
            "{, {no alcohol|little alcohol} this week|}.",
        ),
        "palpitations; lightheadedness on standing; fatigue; breathlessness on stairs; chest fluttering",
        "syncope; chest pressure; leg swelling; fever; focal weakness; melena; heat intolerance",
        findings={
            "heart": "{irregularly irregular|irreg irreg}$atrate{, no murmur|, variable S1|}; {rapid and irregular|"
            "tachycardic, irregular}{, no rub|}"
        },
        eased={
            "heart": "{irregular, rate controlled|irregularly irregular$atrate}; {irregular, no longer fast|rate {well|} controlled, "
            "still irregular}"
        },
        markers="potassium magnesium tsh troponin inr creatinine",
        plan=(
            "{rate goal|aim for a rate} {<110|below 110|under 100} at rest",
            "{telemetry|continue telemetry}",
            "{CHA2DS2-VASc|CHADS-VASc} {reviewed|discussed}, anticoagulation {per home regimen|addressed with the patient}",
            "{rhythm control|cardioversion} {deferred for now|not needed while rate controlled}",
            "{look for triggers|check TSH if none this year}",
        ),
        back="heart rate above 120 at rest; fainting; chest pain; trouble speaking or weakness of one side; bleeding",
        services="Cardiology",
    ),
    "chest-pain": _ill(
        "chest pain; {chest pain, ruled out|chest pain, rule out ACS}; {atypical|} chest pain",
        "chest pain; {chest tightness|chest pressure}; {left-sided chest discomfort|substernal pressure}",
        (
            "{Describes|Reports} {substernal|left-sided} {pressure|tightness|aching} {while {shoveling|carrying groceries|climbing "
            "stairs|at rest watching TV}|on and off} for $span, {$painmax/10 at worst|up to $painmax/10}{, lasting $few minutes "
            "each|}.",
            "{Radiates|Radiated} to {the left arm|the jaw|nowhere|the left shoulder}{, {eased|relieved} by {rest|sitting up|"
            "stopping}|}{ with {mild sweating|some nausea}|}; last episode {at $night|$fewh h before arrival}.",
            "{Risk factors include|Cardiac risk:} $risks.",
        ),
        "chest tightness on effort; pressure in the chest; belching; anxiety about the heart; fatigue",
        "syncope; palpitations; fever; cough; leg swelling; tearing back pain; vomiting",
        findings={
            "heart": "regular{, no rub or gallop|, no murmur|}; {regular rate and rhythm|RRR}{, chest wall {not tender|mildly tender "
            "on the left}|}"
        },
        eased={
            "heart": "regular, {no new murmur|no gallop}; {regular, chest wall not tender|S1 S2 regular}{, no rub|}"
        },
        markers="troponin troponin-hs hemoglobin creatinine potassium ldl",
        plan=(
            "{serial|trend} troponins{ and ECGs|}",
            "{telemetry|monitor on telemetry}",
            "{stress test|ischemia testing} {before discharge|as outpatient|per cardiology}",
            "{risk factor control|work on lipids and blood pressure}",
            "{antacid trial|consider GI cause} if {work-up negative|recurrent at rest}",
        ),
        back="chest pain at rest or lasting over 10 minutes; fainting; sweating with pain; breathlessness",
        services="Cardiology",
    ),
}
