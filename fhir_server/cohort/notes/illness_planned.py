"""Words by reason of admission for sugar, dialysis, operations that were planned, birth and neutropenia."""

from __future__ import annotations

from collections.abc import Mapping

from .illness_words import Illness
from .illness_words import _ill as ill  # pyright: ignore[reportPrivateUsage] one table over three files

PLANNED: Mapping[str, Illness] = {
    "missed-dialysis": ill(
        "{missed dialysis|missed HD} with {volume overload|fluid overload}; {fluid overload|volume overload} after missed {dialysis|sessions}; "
        "ESRD, {missed treatments|missed dialysis}",
        "breathlessness after {a missed session|missed dialysis}; {swelling and breathlessness|short of breath}, {skipped|missed} dialysis",
        (
            "{Missed|Skipped} {$few treatments|the last sessions} {for lack of a ride|while away|feeling unwell}, then {breathless lying flat|swollen "
            "legs} since {$weekday|$night}.",
        ),
        "breathlessness lying flat; swollen legs; fatigue; nausea",
        "fever; chest pain; palpitations; syncope; access pain; cough with sputum",
        findings={
            "lungs": "crackles {at both bases|to the mid-zones}{, no wheeze|}; {bibasilar rales|diminished bases with crackles}",
            "limbs": "{2+|3+} edema {to the knees|to the shins}{ bilaterally|}",
        },
        eased={
            "lungs": "{clearer after dialysis|few basal crackles}; {bases nearly clear|clear to the bases}",
            "limbs": "{trace|1+} {ankle|pretibial} edema",
        },
        markers="potassium bun co2 phosphate hemoglobin creatinine",
        plan=(
            "{nephrology following|renal following}, {ultrafiltration|UF} to {dry weight|target weight}",
            "{fluid restriction|fluids} 1.2 L, {renal diet|low potassium diet}",
            "{telemetry until potassium settled|rhythm watched on telemetry}",
            "{transport|rides} to {dialysis|the unit} {to be sorted with social work|reviewed}",
        ),
        back="weight gain between sessions; breathlessness; a missed treatment; weakness; palpitations; bleeding from the access",
    ),
    "hyperglycemia": ill(
        "{severe hyperglycemia|hyperosmolar hyperglycemia}; {HHS|hyperosmolar state}; hyperglycemic crisis{, no ketosis|}",
        "{very high sugars|glucose over 500}; thirst and {weakness|frequent urination}; {drowsy and thirsty|weak and thirsty}",
        (
            "{Thirst and urination day and night|Drinking and urinating all day} for $span, {meter|glucometer} read {HI|over 500} {at $night|on $weekday}.",
        ),
        "thirst; frequent urination; weakness; blurred vision; fatigue",
        "chest pain; cough; dysuria; abdominal pain; vomiting; focal weakness; fever",
        findings={"general": "{dry|very dry} {mucous membranes|tongue}, {slow to answer|tired}"},
        eased={"general": "{mucous membranes moist|well hydrated}, {bright|alert}"},
        markers="glucose sodium potassium creatinine bun anion-gap",
        plan=(
            "{insulin by weight|basal-bolus insulin}, {adjust daily|titrate by fingersticks}",
            "{fluids|volume} by {exam and sodium|sodium and urine}, {correct slowly|no rapid drop in osmolality}",
            "{look for|search for} a trigger: {infection|UA and film reviewed}",
            "{diabetes educator|meter and insulin teaching} {before discharge|this stay}",
        ),
        back="sugars above 300 twice; vomiting; drowsiness; thirst that does not stop; fever",
    ),
    "hypoglycemia": ill(
        "{severe|} hypoglycemia; {hypoglycemia|low glucose} {from insulin|on glucose-lowering drugs}; {symptomatic|prolonged} hypoglycemia",
        "{found confused|found unresponsive}, {low sugar|glucose low}; {shaky and confused|sweaty and confused}",
        (
            "{Found|Noticed} {confused and sweaty|hard to wake} by $relative {at $night|at supper}, meter {in the 30s|in the 40s}, {better after|woke with} {juice|dextrose|glucagon}.",
        ),
        "shakiness; sweating; confusion; fatigue; headache",
        "chest pain; fever; cough; vomiting; seizure; focal weakness; intentional overdose",
        findings={
            "neuro": "{confused, clearing|slow, clearing} after glucose, {no focal deficit|moves all four}"
        },
        eased={"neuro": "{fully oriented|at baseline}, {no focal deficit|speech clear}"},
        markers="glucose creatinine potassium egfr",
        plan=(
            "{fingersticks|glucose checks} {q2h then q4h|q4h}, {dextrose|oral glucose} if <70",
            "{reduce|cut back} {glucose-lowering drugs|basal dose} {by a quarter|with renal function in mind}",
            "{looser goals|A1c goal below 8} {discussed with $kin|agreed}",
            "{glucagon kit|rescue glucagon} {teaching|taught} with $kin",
        ),
        back="a sugar below 70 twice; confusion; skipping meals; a fall; vomiting",
    ),
    "elective-colectomy": ill(
        "{elective|planned} {colectomy|colon resection}; {laparoscopic|} colon resection, {planned|scheduled}; {status post|s/p} colon resection",
        "{elective|planned|scheduled} colon resection",
        (
            "{Comes for|Admitted for} the planned {resection|operation}, {cleared|optimized} beforehand{, bowel prep {done|tolerated}|}.",
        ),
        "incisional pain; bloating; fatigue; sore throat from the tube",
        "chest pain; shortness of breath; calf pain; vomiting; fever; dizziness",
        findings={
            "abdomen": "{mildly distended|soft}, {port sites|incisions} {clean|dry}, {few|hypoactive} bowel sounds"
        },
        eased={"abdomen": "soft, {flatus passed|bowel sounds back}, {incisions|port sites} {dry|clean}"},
        markers="wbc hemoglobin creatinine crp potassium",
        plan=(
            "{ERAS pathway|enhanced recovery}: {early feeding|walk TID}, {minimize opioids|scheduled acetaminophen}",
            "{advance|liberalize} diet {with flatus|as tolerated}",
            "{Foley|catheter} {out|removed} {on day 1|early}",
            "{watch for|alert to} {leak|ileus}: {fever, tachycardia, distension|CRP trend}",
            "{pathology|margins and nodes} {pending|to follow}",
        ),
        back="fever; belly pain that grows; vomiting; redness of the wound; no stool or gas; bleeding",
    ),
    "cholecystectomy": ill(
        "{cholecystectomy|lap chole}; {acute cholecystitis|symptomatic gallstones}, {surgical care|for cholecystectomy}; gallbladder disease{, operative|}",
        "{right upper abdominal pain|pain under the right ribs}; {gallbladder attack|belly pain after meals}",
        (
            "{Pain under the right ribs|RUQ pain} after {a fatty meal|dinner}, $span, {$painmax/10|steady}, {with nausea|through to the right shoulder}.",
        ),
        "right upper abdominal pain; nausea; bloating; shoulder-tip pain; poor appetite",
        "chest pain; jaundice; dark urine; cough; black stools; fever",
        findings={
            "abdomen": "{RUQ tenderness|tender under the right ribs}, {Murphy positive|guarding there|no rebound}"
        },
        eased={
            "abdomen": "soft, {port sites|incisions} {clean|dry}, {mild tenderness only|bowel sounds present}"
        },
        markers="wbc bilirubin alt alkaline-phosphatase hemoglobin",
        plan=(
            "{surgery following|surgical team following}, {clears then low-fat|advance diet after surgery}",
            "{LFTs|liver panel} {next morning|in AM}, {MRCP or ERCP if rising|watch for a duct stone}",
            "{walk|out of bed} the {evening|day} of surgery{, stepwise analgesia|}",
            "{antibiotics|coverage} {stop after source control|24 h after surgery}",
        ),
        back="yellow eyes; fever; belly pain that grows; vomiting; drainage from a wound; dark urine",
    ),
    "elective-knee": ill(
        "{total knee arthroplasty|TKA}; {status post|s/p} {total knee replacement|TKA}; {knee replacement|elective knee replacement}",
        "{planned|elective|scheduled} {knee replacement|total knee arthroplasty}",
        (
            "{Comes for|Here for} the planned {arthroplasty|knee replacement} after {years of pain|failed injections and therapy}.",
        ),
        "knee pain; stiffness of the knee; swelling of the knee; poor sleep for pain; constipation",
        "chest pain; shortness of breath; calf pain; numbness of the foot; fever; dizziness",
        findings={
            "limbs": "{knee dressing|dressing} {dry|clean and dry}, {calf soft|foot warm}, {moves ankle|dorsiflexes well}"
        },
        eased={
            "limbs": "{incision|knee} {clean and dry|dry}, {mild swelling|range improving}, {calf soft|no calf tenderness}"
        },
        markers="hemoglobin wbc creatinine sodium glucose",
        plan=(
            "{WBAT|weight bearing as tolerated}, {PT twice daily|therapy BID}, {range of motion goals|work on extension}",
            "{multimodal analgesia|scheduled non-opioids}, {ice|cryotherapy} {q4h|after therapy}",
            "{dressing|wound} {check daily|dry until day 7}",
            "{stairs|two good sessions} before {home|discharge}",
        ),
        back="calf swelling; chest pain; fever; wound drainage or redness; a fall; numb foot",
    ),
    "delivery": ill(
        "{labor and delivery|delivery}; {term pregnancy|intrauterine pregnancy at term}; {postpartum care|postpartum}",
        "{contractions|regular contractions}; {labor|in labor}; {planned birth|scheduled delivery}",
        (
            "{Contractions|Labor} {every|about every} $n2 to 5 min since {$night|$fewh hours}, {membranes intact|no leaking}, {good fetal movement|baby active}.",
        ),
        "contractions; cramps; afterpains; perineal soreness; breast fullness; fatigue",
        "headache; visual changes; heavy bleeding; fever; calf pain; chest pain; shortness of breath",
        findings={"abdomen": "{gravid|term uterus}, {soft between contractions|cephalic}"},
        eased={
            "abdomen": "{fundus firm|firm fundus} {at the umbilicus|below the umbilicus}, {lochia scant|lochia moderate}"
        },
        markers="hemoglobin platelets wbc",
        plan=(
            "{lactation support|breastfeeding support}, {skin to skin|rooming in}",
            "{fundus and lochia|bleeding} checks {per routine|each shift}",
            "{Rh and rubella status|blood type and immunity} {reviewed|checked}",
            "{contraception|birth spacing} {discussed|plan made}, {mood screen|EPDS} before discharge",
        ),
        back="heavy bleeding; fever; severe headache; chest pain; a painful red breast; thoughts of self-harm; swollen calf",
    ),
    "neutropenic-fever": ill(
        "neutropenic fever; {febrile neutropenia|fever with neutropenia}; {febrile neutropenia|neutropenic fever} after chemotherapy",
        "fever after chemotherapy; {fever and chills|shaking chills} {nine days|some days} after chemotherapy",
        (
            "{Temperature|Fever} {to|of} $fever F at home {on $weekday|at $night}, {days after|after} the last {cycle|infusion}; {no cough|no localizing complaint}.",
        ),
        "chills; fatigue; mouth soreness; poor appetite; sweats",
        "cough; dysuria; diarrhea; port pain; rash; headache; abdominal pain",
        findings={
            "general": "{flushed|pale and flushed}, {tired|not toxic}, {port site clean|port without redness}"
        },
        eased={"general": "{brighter|comfortable}, {port site clean|no redness at the port}"},
        markers="wbc neutrophils platelets hemoglobin lactate creatinine",
        plan=(
            "{neutropenic precautions|precautions}, {no rectal temperatures|no suppositories}",
            "{anti-pseudomonal coverage|broad coverage} until {ANC recovers|ANC above 500 and afebrile}",
            "{cultures|port and peripheral cultures} {followed|repeat with fever}",
            "{oncology aware|oncology following}, {next cycle|dose} {to be reviewed|by counts}",
        ),
        back="temperature of 100.4 F or more; chills; mouth sores; bleeding; breathlessness; redness at the port",
        services="Infectious disease",
    ),
}
