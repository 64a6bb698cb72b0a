"""The rest of the words by reason of admission: infection, kidney, gut and liver, bones and nerves, and what else comes."""

from __future__ import annotations

from collections.abc import Mapping

from .illness_words import Illness
from .illness_words import _ill as ill  # pyright: ignore[reportPrivateUsage] one table over two files

INFECTION_AND_KIDNEY: Mapping[str, Illness] = {
    "sepsis": ill(
        "sepsis; sepsis{, source under investigation|, suspected {urinary|pulmonary|abdominal} source|}; {suspected|} sepsis",
        "fever and {confusion|weakness}; {shaking chills|rigors}; {found weak and confused|lethargy and fever}",
        (
            "{Brought in by|Sent in by} {$relative|EMS after $relative called|EMS} after $span of {fever to $fever F|chills and "
            "weakness|poor intake and weakness}{, today {confused|hard to wake|too weak to stand}|}.",
            "{On arrival|In the emergency department} {febrile|tachycardic} and {hypotensive|clammy}, {given|received} "
            "{crystalloid|a fluid bolus|30 mL/kg of fluid} {with response|with some response}{, cultures sent before antibiotics|}.",
            "{$Relative reports|Per $relative,} {urine was cloudy|cough for $few days|loose stools|no clear focus} {and "
            "little to drink|before this|since $weekday}.",
        ),
        "shaking chills; weakness; lightheadedness; poor appetite; body aches; drowsiness",
        "headache; neck stiffness; chest pain; bloody stool; rash; sore throat; joint swelling",
        findings={
            "general": "{ill-appearing|looks unwell}, {flushed|pale|clammy}; {drowsy but rousable|tired, answers slowly}",
            "limbs": "{cap refill {3|4} s|warm and flushed}{, no mottling|}; {extremities {cool|warm}}, {pulses 2+|thready pulse}",
            "abdomen": "soft, {mild suprapubic tenderness|nontender|mild diffuse tenderness}{, no guarding|}",
        },
        eased={
            "general": "{more alert|brighter}, {conversant|sitting up}; {looks better than {yesterday|on arrival}}",
            "limbs": "warm, cap refill {2 s|under 2 s|brisk}{, no mottling|}",
        },
        markers="lactate wbc creatinine platelets procalcitonin crp",
        plan=(
            "{follow|await} {blood|blood and urine} cultures, {narrow|de-escalate} when {speciated|data allow}",
            "{MAP goal|keep MAP} {>65|above 65}{, fluids by response|}",
            "{trend lactate|repeat lactate} {until cleared|q6h until normal}",
            "{source control|source search}: {imaging reviewed|CT if not better|lines reviewed}",
            "{antibiotic time-out|review antibiotics} at {48|48-72} h",
        ),
        back="fever or chills; confusion; dizziness; less urine than usual; not eating or drinking",
        services="Infectious disease; Critical care medicine",
    ),
    "uti": ill(
        "{complicated|} UTI; {urinary tract infection|UTI}; {urinary sepsis ruled out, UTI|febrile UTI}",
        "{burning|pain} with urination and {fever|chills}; {dysuria|frequency} and flank pain; {confusion|weakness} and foul urine",
        (
            "{Reports|Had} $span of {dysuria|burning with urination} and {frequency|urgency}{, then {flank pain|chills|fever to $fever F}|}.",
            "{Tried|Took} {cranberry juice|fluids|leftover phenazopyridine} {without relief|with little effect}; {last UTI|previous "
            "UTI} {$few months ago|last $season|years ago}.",
            "{$Relative noted|Family noted} {new confusion|poor intake|incontinence} since {$weekday|$night}.",
        ),
        "dysuria; urinary frequency; flank pain; suprapubic pressure; chills; nausea",
        "gross hematuria; chest pain; cough; diarrhea; new rash; headache",
        findings={
            "abdomen": "soft, {suprapubic tenderness|mild tenderness above the pubis}{, {$side|no} CVA tenderness|}; {$side CVA tenderness}"
            "{, abdomen soft|}",
        },
        eased={
            "abdomen": "soft, {suprapubic tenderness {gone|resolved}|CVA tenderness {less|gone}}{, bowel sounds present|}"
        },
        markers="wbc creatinine crp lactate",
        plan=(
            "{urine culture pending|follow urine culture}, {tailor|narrow} {by susceptibilities|when back}",
            "{bladder scan|post-void residual} {if retention suspected|after voiding}",
            "{total course|plan} {7|7-10|10} days",
            "{encourage|push} oral fluids",
        ),
        back="fever; flank pain; vomiting; blood in the urine; confusion",
        services="Infectious disease",
    ),
    "preterm": ill(
        "pyelonephritis in pregnancy; {acute pyelonephritis, antepartum|antepartum pyelonephritis}",
        "fever and {flank pain|back pain}; {chills and flank pain|flank pain, pregnant}",
        (
            "{Developed|Reports} {flank pain|back pain} and {fever to $fever F|chills} over $span{, with {dysuria|"
            "frequency|nausea}|}.",
            "{Fetal movement {good|felt daily|unchanged}|Baby is active}, {no contractions|denies contractions}{, no bleeding or "
            "leaking|}{, prenatal care so far {uneventful|regular}|}.",
        ),
        "flank pain; chills; dysuria; nausea; fatigue",
        "contractions; vaginal bleeding; leakage of fluid; headache; visual changes; chest pain",
        findings={
            "abdomen": "gravid, {soft between|uterus nontender}, $side CVA tenderness; {gravid uterus nontender}{, CVA tenderness|}"
        },
        eased={
            "abdomen": "gravid, nontender{, CVA tenderness {gone|much less}|}; {gravid and soft|uterus soft}{, no CVA tenderness|}"
        },
        markers="wbc creatinine hemoglobin crp",
        plan=(
            "{fetal heart tones|FHT} {each shift|daily}",
            "{urine culture|follow urine culture}, then suppression until delivery",
            "{IV antibiotics|parenteral therapy} until afebrile 48 h",
            "OB {following|aware}",
        ),
        back="fever; contractions; bleeding; leaking fluid; less movement of the baby",
    ),
    "cellulitis": ill(
        "cellulitis{ of the $side leg|, $side leg|}; $side {leg|lower extremity} cellulitis",
        "{red, swollen|red and painful} $side leg; {leg redness|spreading redness of the $side leg} and {fever|pain}",
        (
            "{Noticed|Reports} {redness|a red patch} above the $side {ankle|shin} $span ago, {spreading {up the calf|to the knee}|"
            "now {warm|hot} and {painful|tight}}{ with {chills|low-grade fever}|}.",
            "{Began after|Possible entry:} {a scratch from {gardening|the dog}|an insect bite|cracked skin between the toes|dry, fissured heel}; "
            "{no pus|no drainage} {seen|noted}{, no animal bite|}.",
            "{No relief from|Not better with} {elevation|cool packs|an ointment}{ at home|}{; walking hurts|}.",
        ),
        "$side leg pain; redness of the $side leg; chills; tightness of the calf; difficulty walking",
        "chest pain; shortness of breath; groin lumps; joint pain; numbness of the foot; diarrhea",
        findings={
            "skin": "$side {shin|lower leg} {erythema|redness} {to $cm cm above the ankle|over {12|15|18|20} x {8|9|10|12} cm, marked}, {warm|"
            "warm and tender}{, no crepitus|, no bullae|}; {erythema to the {mid-calf|upper shin} on the $side, within the inked margin}",
        },
        eased={
            "skin": "$side leg erythema {receding|{2|3|4|5} cm inside the marked line|paler}, {less warm|less tender}{, skin wrinkling|}; "
            "{fading|fainter} erythema of the $side {shin|lower leg}"
        },
        markers="wbc crp creatinine glucose",
        plan=(
            "{outline|mark} margins daily",
            "{elevate|keep elevated} the $side leg",
            "{treat tinea|foot care for the toe webs} {to prevent recurrence|}",
            "{duplex|venous ultrasound} if {swelling persists|calf asymmetric}",
            "{switch to oral|oral step-down} when {receding|redness recedes}",
        ),
        back="redness past the line; fever; blisters or dark skin; pain out of proportion; drainage",
    ),
    "kidney": ill(
        "AKI; acute kidney injury{, prerenal suspected|}; {AKI|acute kidney injury} {on CKD|, likely prerenal|}",
        "{less urine|low urine output} and weakness; {abnormal labs|high creatinine on outpatient labs}; {vomiting and weakness|poor intake}",
        (
            "{Sent in|Referred in} for {a rising creatinine|abnormal kidney tests} after $span of {poor intake|vomiting and loose "
            "stools|ibuprofen for {back|knee} pain}{ while {still taking|on} home medicines|}.",
            "{Urine has been|Reports urine} {dark and scant|less than usual}{, no {gross blood|stones}|}; {lightheaded on standing|"
            "cramps at night|thirsty}.",
            "{No new|No recent} {contrast|contrast studies}; {last known creatinine {from clinic|as outpatient} reviewed|no "
            "obstructive symptoms}.",
        ),
        "weakness; poor appetite; scant urine; nausea; muscle cramps; lightheadedness",
        "flank pain; gross hematuria; chest pain; rash; itching; confusion",
        findings={
            "general": "{dry mucous membranes|dry tongue}, {decreased skin turgor|sunken eyes}; {dry but comfortable|looks dry}",
            "limbs": "{no edema|no peripheral edema}{, no asterixis|}; {trace|1+} ankle edema{, no asterixis|}",
        },
        eased={"general": "{mucous membranes moist|better hydrated}; {moist tongue, comfortable|euvolemic}"},
        markers="creatinine bun potassium co2 phosphate sodium",
        plan=(
            "{avoid|hold} nephrotoxins, {NSAIDs|contrast} included",
            "{renally dose|dose-adjust} all medicines",
            "{urine lytes|urine sodium} and {sediment|UA} {reviewed|if not improving}",
            "{bladder scan|PVR} {done|to exclude retention}",
            "{strict I/O|strict intake and output}",
            "{no dialysis indication now|no urgent indication for RRT}",
        ),
        back="no urine for 12 hours; swelling; vomiting; breathlessness; confusion",
        services="Nephrology",
    ),
}

REST: Mapping[str, Illness] = {
    "gi-bleed": ill(
        "GI bleed; {upper|suspected upper} GI {bleed|bleeding}; gastrointestinal bleeding",
        "{black stools|melena}; {dark stools|tarry stools} and {dizziness|fatigue}; {vomiting blood|coffee-ground emesis}",
        (
            "{Passed|Reports} {black, tarry|dark, sticky} stools {$few times|on $few occasions} over $span{, with {dizziness on standing|"
            "fatigue|epigastric gnawing}|}.",
            "{NSAID use:|Pain relievers:} {naproxen {most days|for the back}|ibuprofen now and then|none}; {no prior ulcer|ulcer "
            "{years|$few years} ago}{, no liver disease known|}.",
            "{Last dark stool|Last melena} {at $night|$fewh h before arrival}; {no fresh blood|no hematemesis} {since|seen}.",
        ),
        "dark stools; lightheadedness on standing; fatigue; epigastric discomfort; nausea",
        "hematemesis; chest pain; dysphagia; weight loss; fever; syncope",
        findings={
            "abdomen": "soft, {epigastric tenderness|mild epigastric discomfort}{, no guarding|}{, rectal: {melena|dark stool}|}; "
            "{soft, melena on rectal exam|soft, nontender, dark stool on glove}",
            "general": "{pale|conjunctival pallor}, {comfortable|no distress}; {pale, lightheaded on sitting up}",
        },
        eased={
            "abdomen": "soft, {nontender|no epigastric tenderness}, {stool now brown|no further melena}",
            "general": "{color better|less pale}, {comfortable|up in chair}",
        },
        markers="hemoglobin bun platelets inr creatinine",
        plan=(
            "{H/H|Hgb} {q6h|q8h|q12h|daily}, {transfuse|threshold} {<7|below 7}",
            "{two large-bore IVs|2 large-bore PIVs}, active type and screen",
            "{hold|keep holding} NSAIDs{ and blood thinners|}",
            "{endoscopy|EGD} {findings reviewed|per GI}",
            "{advance diet|clears, advance} as tolerated",
            "H. pylori {stool antigen|testing} as outpatient",
        ),
        back="black or bloody stools; vomiting blood; fainting; chest pain",
        services="Gastroenterology",
    ),
    "stroke": ill(
        "acute ischemic stroke; ischemic stroke; {CVA|acute stroke}",
        "{slurred speech|trouble speaking}; {$side-sided|$side arm} weakness; {facial droop|droopy face} and {weakness|slurred speech}",
        (
            "{Last known well|LKW} {$night|$fewh h before arrival}; $relative {noticed|found} {a droop of the face and|} {slurred speech|"
            "weakness of the $side arm|trouble finding words}{ at breakfast|}.",
            "{Outside the window for|Not a candidate for} thrombolysis {by time|given {late arrival|mild deficit}}; NIHSS {on arrival|initially} "
            "$nihss.",
            "{No headache|No head injury} or {seizure|loss of consciousness} {reported|at onset}{; missed $few doses of aspirin|}.",
        ),
        "$side arm weakness; slurred speech; unsteady walking; numbness of the $side hand; fatigue",
        "headache; seizure; chest pain; double vision; neck pain; vomiting",
        findings={
            "neuro": "{mild|moderate} {dysarthria|word-finding difficulty}, $side {arm drift|grip 4/5|arm 4-/5}{, $side facial droop|}; "
            "NIHSS $nihss, $side {pronator drift|arm weakness}{, gait not tested|}",
        },
        eased={
            "neuro": "{speech clearer|dysarthria mild}, $side {grip 4+/5|arm strength improved to 4+/5|drift barely seen}; {NIHSS down by {1|2}|"
            "deficit improving}, {walks with assist|steady with walker}"
        },
        markers="glucose ldl hba1c inr platelets",
        plan=(
            "{permissive hypertension|allow SBP} {first 24-48 h|up to 180 then tighten}",
            "{swallow screen|SLP} {passed|before diet|following}",
            "{PT/OT/SLP|therapies} {daily|ongoing}, {rehab evaluation|rehab candidacy}",
            "{high-intensity statin|statin} and antiplatelet {for secondary prevention|}",
            "{telemetry for occult AF|monitor for AF}",
            "neuro checks {q4h|each shift}",
        ),
        back="new weakness or numbness; trouble speaking; sudden headache; loss of vision; a fall",
        services="Neurology",
    ),
    "hip": ill(
        "$side hip fracture; $side femoral neck fracture; {hip fracture|hip fx}, $side",
        "$side hip pain after a fall; {fall|ground-level fall}; {cannot walk|unable to bear weight} after a fall",
        (
            "{Tripped|Slipped|Lost balance} {over a rug|on the bathroom floor|getting up at $night|on ice in the driveway} and {fell|landed} on "
            "the $side side{, {no head strike|did not hit the head}|}; {could not get up|unable to stand}{, found by $relative|}.",
            "{No loss of consciousness|No LOC}, {no dizziness|no palpitations} {before the fall|beforehand}; pain {$painmax/10|"
            "{sharp|severe}} {in the $side groin|at the $side hip} with any movement.",
            "{Walked with|Before this walked with} {a cane|no device|a walker outdoors|a rolling walker} {at baseline|}.",
        ),
        "$side hip pain; pain on turning; trouble sleeping for pain; constipation; worry about walking again",
        "chest pain; headache; numbness of the foot; shortness of breath; calf pain; palpitations",
        findings={
            "limbs": "$side leg {shortened and externally rotated|held in external rotation}, {distal pulses 2+|foot warm}{, wiggles toes|, sensation "
            "intact|}; {$side hip tender, no skin break|painful log roll on the $side}",
        },
        eased={
            "limbs": "$side hip {dressing|incision} {clean and dry|c/d/i}, {toes warm|foot warm}, {calf soft|moves ankle}; {$side thigh {mildly swollen|"
            "soft}, sensation intact|dressing dry, distal pulses palpable}"
        },
        markers="hemoglobin platelets creatinine sodium inr",
        plan=(
            "{WBAT|weight bearing as tolerated} with {walker|PT}",
            "{multimodal pain control|scheduled non-opioid with breakthrough opioid}{, bowel regimen|}",
            "{delirium precautions|avoid sedatives at night}",
            "{osteoporosis|bone health} {work-up as outpatient|treatment after healing}",
            "{rehab placement|SNF vs acute rehab} {with case management|in progress}",
        ),
        back="wound redness or drainage; fever; calf swelling; a new fall; numb or cold foot",
        services="Orthopedic surgery",
    ),
    "liver": ill(
        "decompensated cirrhosis; cirrhosis{, decompensated,|} with {ascites|encephalopathy|ascites and encephalopathy}",
        "{swollen belly|abdominal swelling}; {confusion|sleepiness}; {jaundice and swelling|tight abdomen}",
        (
            "{Abdomen has|Belly has} {grown|swollen} over $span{ with {early satiety|ankle swelling|tight clothes}|}; {weight up about $gain "
            "lb|last tap $few weeks ago}.",
            "{$Relative reports|Per $relative,} {sleeping by day|mixing up pills|slow answers} {since $weekday|for $few days}; "
            "{lactulose {taken irregularly|skipped}|$few loose stools a day}.",
            "{Last drink|Alcohol: last drink} {years ago|$few months ago|over a year ago}.",
        ),
        "abdominal fullness; ankle swelling; daytime sleepiness; itching; poor appetite; fatigue",
        "hematemesis; black stools; fever; severe abdominal pain; chest pain; tremor",
        findings={
            "abdomen": "{distended|protuberant}, {shifting dullness|fluid wave}{, nontender|}; {tense|moderate} ascites{, small umbilical hernia|}",
            "neuro": "{asterixis present|mild asterixis}, {oriented to place, not date|slow but oriented}; {flap of the hands|asterixis}, {drowsy|answers slowly}",
            "skin": "{icteric|jaundiced}, {spider angiomas on the chest|palmar erythema}",
        },
        eased={
            "abdomen": "{less distended|softer}, {mild shifting dullness|some ascites}{, nontender|}",
            "neuro": "{no asterixis|asterixis gone}, {oriented x3|clear, oriented}",
        },
        markers="bilirubin inr sodium creatinine platelets albumin",
        plan=(
            "{titrate lactulose|lactulose} to {3|2-3|3-4} {BMs|soft stools} a day",
            "{2 g sodium diet|low-sodium diet}, {protein not restricted|high-protein snack at bedtime}",
            "{tap|paracentesis} {if fever or tense|fluid counts reviewed}",
            "{MELD labs|MELD} daily",
            "{EGD for varices|variceal screening} {up to date per GI|as outpatient}",
        ),
        back="confusion; fever; black stools; belly pain; less urine",
        services="Gastroenterology",
    ),
    "ketoacidosis": ill(
        "DKA; diabetic ketoacidosis; {DKA|ketoacidosis}{, {likely from missed insulin|trigger under review}|}",
        "{nausea and vomiting|vomiting}, {high sugars|thirst}; {high blood sugar|glucose over 400 on meter}",
        (
            "{Ran out of|Missed|Skipped} {basal insulin|insulin} for {$few days|$span} {during a stomach bug|after an insurance lapse|while travelling|"
            "with a cold}; then {thirst|polyuria} and {vomiting|nausea}.",
            "{Meter|Glucometer} {read HI|was over 400} {at $night|before coming in}{, {moderate|large} ketones on a home strip|}; {about $few episodes of emesis|"
            "could not keep fluids down}.",
            "{Breathing|Breath} {fast|deep} per $relative{, {no fever|no chest pain}|}; last A1c {reviewed|known to the clinic}.",
        ),
        "thirst; nausea; abdominal cramps; frequent urination; fatigue",
        "chest pain; cough; dysuria; headache; diarrhea; fever",
        findings={
            "general": "{dry|very dry} mucous membranes, {Kussmaul breathing|fruity breath}; {tired, dry lips|dry tongue}, {deep respirations|breathing deeply}",
            "abdomen": "soft, {mild diffuse tenderness|mildly tender}, {no rebound|no guarding}",
        },
        eased={
            "general": "{moist mucous membranes|well hydrated}, {eating|alert}",
            "abdomen": "soft, {tenderness gone|nontender}, {eating|bowel sounds present}",
        },
        markers="glucose co2 anion-gap potassium phosphate sodium",
        plan=(
            "{gap closed|follow gap}, {overlap|bridge} basal insulin {before stopping drip|by 2 h}",
            "{BMP|chem} {q4h|q6h|q4-6h} until {bicarb >18|gap closed}",
            "{diabetes educator|sick-day rules} {before discharge|reviewed}",
            "{insulin supply|access to insulin} {sorted with pharmacy|to be solved before discharge}",
        ),
        back="vomiting; glucose over 300 twice; ketones; fast breathing; drowsiness",
        services="Endocrinology",
    ),
    "pancreatitis": ill(
        "acute pancreatitis; {gallstone|} pancreatitis; {acute|mild acute} pancreatitis",
        "{epigastric|upper abdominal} pain; {belly pain|abdominal pain} and vomiting; {pain through to the back|epigastric pain to the back}",
        (
            "{Sudden|Onset of} {epigastric|upper abdominal} pain {after {a fatty meal|dinner}|overnight} $span ago, {$painmax/10|{boring|stabbing}}, "
            "{through to the back|worse lying flat}{, with {bilious|repeated} emesis|}.",
            "{Alcohol:|Drinks} {rarely|socially|denied}; {gallstones|triglycerides} {never checked|not known|negative before}.",
            "{Never had|No prior} {such pain|pancreatitis}{; no new medicines|}{, no trauma|}.",
        ),
        "epigastric pain; nausea; bloating; poor appetite; back discomfort",
        "chest pain; jaundice; fever; black stools; cough; dysuria",
        findings={
            "abdomen": "{epigastric tenderness|tender epigastrium}{ with {guarding|voluntary guarding}|}, {bowel sounds {quiet|hypoactive}|mildly distended}; "
            "{soft, epigastrium {quite|very} tender|tender upper abdomen, no rebound}"
        },
        eased={
            "abdomen": "soft, {mild epigastric tenderness|tenderness {less|nearly gone}}, {bowel sounds {back|present}|eating some}"
        },
        markers="lipase wbc calcium bun hemoglobin glucose",
        plan=(
            "{advance|start} {low-fat|clear liquid} diet {as tolerated|when hungry}",
            "{IV fluids|fluids} {goal-directed|by BUN and Hct}",
            "{RUQ ultrasound|gallbladder imaging} {reviewed|before discharge}",
            "{pain control|analgesia} {stepwise|PO when eating}",
        ),
        back="worse pain; fever; vomiting; yellow skin or eyes",
        services="Gastroenterology",
    ),
    "general": ill(
        "$reason",
        "$reason; {symptoms of|concern for} $reason",
        (
            "{Presents|Came in} {after|with} $span of {gradually worsening|new} {symptoms|complaints} {related to|attributed to} $reason{, {prompting|"
            "leading to} this admission|}.",
            "{$Relative helped with|Per $relative and the patient,} the history{; {function at baseline {independent|good}|normally independent}|}.",
        ),
        "fatigue; poor appetite; discomfort; poor sleep",
        "chest pain; shortness of breath; fever; vomiting; diarrhea; dysuria; headache",
        findings={"general": "{tired|fatigued} but {in no distress|comfortable}"},
        eased={"general": "{more energetic|looks better}, {comfortable|in no distress}"},
        markers="sodium potassium creatinine wbc hemoglobin",
        plan=(
            "{supportive care|symptom control}",
            "{mobilize|out of bed} {daily|TID}",
            "{review|reconcile} medicines",
            "{follow labs|labs as needed}",
        ),
        back="fever; worse pain; vomiting; breathlessness; confusion",
    ),
}
