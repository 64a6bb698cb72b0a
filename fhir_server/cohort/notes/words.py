"""How clinicians write what the code tables name: conditions, medicines, tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..codes import ANALYTES, CONDITIONS, DRUGS, unit_text
from ..dosing import TIMINGS

CONDITION_WORDS: Mapping[str, tuple[str, ...]] = {
    "hypertension": ("hypertension", "HTN", "high blood pressure"),
    "hyperlipidemia": ("hyperlipidemia", "HLD", "dyslipidemia"),
    "diabetes-2": ("type 2 diabetes", "T2DM", "DM2", "type 2 diabetes mellitus"),
    "diabetes-2-ckd": ("diabetic kidney disease", "T2DM with nephropathy"),
    "diabetes-2-neuropathy": ("diabetic neuropathy", "T2DM with neuropathy"),
    "diabetes-2-hyperglycemia": ("uncontrolled type 2 diabetes", "T2DM with hyperglycemia"),
    "diabetes-1": ("type 1 diabetes", "T1DM", "DM1"),
    "heart-failure": ("heart failure", "CHF", "HF"),
    "heart-failure-chronic-systolic": ("systolic heart failure", "HFrEF"),
    "heart-failure-acute-diastolic": ("diastolic heart failure", "HFpEF"),
    "coronary-disease": ("coronary artery disease", "CAD"),
    "atrial-fibrillation": ("atrial fibrillation", "AF", "a-fib"),
    "atrial-fibrillation-paroxysmal": ("paroxysmal atrial fibrillation", "pAF", "paroxysmal AF"),
    "stroke": ("prior stroke", "h/o CVA", "old ischemic stroke"),
    "peripheral-artery-disease": ("peripheral arterial disease", "PAD"),
    "ckd-3": ("stage 3 chronic kidney disease", "CKD 3", "CKD stage 3"),
    "ckd-3a": ("stage 3a chronic kidney disease", "CKD 3a"),
    "ckd-3b": ("stage 3b chronic kidney disease", "CKD 3b"),
    "ckd-4": ("stage 4 chronic kidney disease", "CKD 4", "CKD stage 4"),
    "ckd-5": ("stage 5 chronic kidney disease", "CKD 5", "CKD stage 5"),
    "esrd": ("end-stage renal disease", "ESRD on HD", "ESRD"),
    "dialysis-dependence": ("hemodialysis dependence", "HD-dependent"),
    "anemia": ("anemia", "chronic anemia"),
    "anemia-ckd": ("anemia of chronic kidney disease", "anemia of CKD"),
    "iron-deficiency-anemia": ("iron deficiency anemia", "IDA"),
    "copd": ("COPD", "chronic obstructive pulmonary disease"),
    "asthma": ("asthma",),
    "gerd": ("GERD", "reflux", "acid reflux disease"),
    "cirrhosis": ("cirrhosis", "liver cirrhosis"),
    "alcoholic-cirrhosis": ("alcohol-related cirrhosis", "EtOH cirrhosis"),
    "hepatitis-c": ("hepatitis C", "HCV"),
    "cancer-lung": ("lung cancer", "bronchogenic carcinoma"),
    "cancer-breast": ("breast cancer", "breast CA"),
    "cancer-prostate": ("prostate cancer", "prostate CA"),
    "cancer-colon": ("colon cancer", "colon CA"),
    "lymphoma": ("diffuse large B-cell lymphoma", "DLBCL"),
    "myeloma": ("multiple myeloma", "myeloma"),
    "hypothyroidism": ("hypothyroidism", "hypothyroid"),
    "obesity": ("obesity",),
    "obesity-morbid": ("class III obesity", "morbid obesity"),
    "depression": ("depression", "MDD"),
    "anxiety": ("generalized anxiety", "GAD", "anxiety"),
    "alcohol-dependence": ("alcohol use disorder", "AUD"),
    "tobacco": ("tobacco use", "current smoker"),
    "former-smoker": ("former smoker", "past tobacco use"),
    "dementia": ("Alzheimer disease", "dementia"),
    "parkinson": ("Parkinson disease", "PD"),
    "epilepsy": ("epilepsy", "seizure disorder"),
    "sleep-apnea": ("obstructive sleep apnea", "OSA"),
    "gout": ("gout",),
    "osteoarthritis": ("osteoarthritis of the right knee", "OA R knee", "right knee OA"),
    "low-back-pain": ("chronic low back pain", "LBP", "low back pain"),
    "osteoporosis": ("osteoporosis",),
    "bph": ("BPH", "benign prostatic hyperplasia"),
    "kidney-stone": ("nephrolithiasis", "kidney stones"),
    "kidney-transplant": ("kidney transplant", "s/p renal transplant"),
    "cabg-status": ("prior CABG", "s/p CABG"),
    "coronary-stent": ("coronary stent", "s/p PCI"),
    "hip-fracture": ("hip fracture", "right femoral neck fracture"),
    "pregnancy": ("pregnancy", "current pregnancy"),
    "uti": ("urinary tract infection", "UTI"),
    "long-term-insulin": ("insulin use", "insulin requiring"),
    "long-term-anticoagulant": ("chronic anticoagulation", "long-term anticoagulation"),
    "hypokalemia": ("hypokalemia", "low K"),
    "hyperkalemia": ("hyperkalemia", "high K"),
    "hyponatremia": ("hyponatremia", "low Na"),
    "hypomagnesemia": ("hypomagnesemia", "low Mg"),
    "acute-kidney-injury": ("acute kidney injury", "AKI"),
    "thrombocytopenia": ("thrombocytopenia", "low platelets"),
    "delirium": ("delirium",),
    "dehydration": ("dehydration", "volume depletion"),
    "malnutrition": ("moderate protein-calorie malnutrition", "malnutrition"),
    "orthostatic-hypotension": ("orthostatic hypotension", "orthostasis"),
    "acidosis": ("acidosis",),
    "pleural-effusion": ("pleural effusion", "effusion"),
    "osteoarthritis-left": ("osteoarthritis of the left knee", "OA L knee", "left knee OA"),
    "gallbladder-absent": ("prior cholecystectomy", "s/p CCY", "gallbladder removed"),
    "knee-replacement-status": ("right knee replacement", "s/p R TKA", "R TKA"),
    "knee-replacement-status-left": ("left knee replacement", "s/p L TKA", "L TKA"),
    "hip-replacement-status": ("right hip replacement", "s/p R hip arthroplasty"),
    "mixed-hyperlipidemia": ("mixed hyperlipidemia", "mixed HLD", "combined dyslipidemia"),
    "secondary-hyperparathyroidism": (
        "secondary hyperparathyroidism",
        "2nd HPT",
        "renal hyperparathyroidism",
    ),
    "diabetes-2-retinopathy": ("diabetic retinopathy", "NPDR", "background diabetic retinopathy"),
    "diabetes-1-retinopathy": ("diabetic retinopathy", "NPDR", "retinopathy from T1DM"),
    "diabetes-1-neuropathy": ("diabetic polyneuropathy", "T1DM with neuropathy"),
    "diabetes-1-ckd": ("diabetic nephropathy", "T1DM with nephropathy"),
    "diabetes-2-hypoglycemia": ("hypoglycemia on treatment", "hypoglycemia in T2DM"),
    "diabetes-2-hyperosmolar": ("hyperosmolar hyperglycemia", "HHS"),
    "diabetic-ketoacidosis": ("diabetic ketoacidosis", "DKA"),
    "colon-polyps-history": ("history of colon polyps", "h/o polyps", "prior colon polyps"),
    "stroke-history": ("prior stroke without deficit", "h/o CVA", "old stroke"),
    "stroke-sequela-hemiparesis-right": ("right hemiparesis after stroke", "residual R weakness"),
    "stroke-sequela-hemiparesis-left": ("left hemiparesis after stroke", "residual L weakness"),
    "stroke-sequela-aphasia": ("aphasia after stroke", "residual aphasia"),
    "stroke-sequela-dysarthria": ("dysarthria after stroke", "residual dysarthria"),
    "heart-failure-chronic-diastolic": ("diastolic heart failure", "HFpEF", "chronic diastolic HF"),
    "heart-failure-acute-systolic": ("acute on chronic systolic heart failure", "acute HFrEF"),
    "hypertensive-heart-disease": ("hypertensive heart disease", "HTN heart disease"),
    "hypertensive-heart-ckd": ("hypertensive heart and kidney disease", "HTN heart and kidney disease"),
    "hypertensive-heart-esrd": ("hypertensive heart disease with ESRD", "HTN heart disease, ESRD"),
    "acute-blood-loss-anemia": ("acute blood loss anemia", "ABLA", "blood loss anemia"),
    "hypophosphatemia": ("low phosphate", "hypophosphatemia"),
    "hypernatremia": ("hypernatremia", "high Na"),
    "respiratory-failure": ("acute hypoxic respiratory failure", "AHRF", "hypoxic respiratory failure"),
    "copd-exacerbation": ("COPD exacerbation", "AECOPD"),
    "copd-lower-respiratory-infection": ("COPD with lower respiratory infection", "COPD with LRTI"),
    "c-difficile": ("C. difficile colitis", "C. diff"),
    "fatty-liver": ("fatty liver", "hepatic steatosis"),
    "gallstones": ("gallstones", "cholelithiasis"),
    "pancreatitis": ("acute pancreatitis", "pancreatitis"),
    "biliary-pancreatitis": ("gallstone pancreatitis", "biliary pancreatitis"),
    "alcoholic-pancreatitis": ("alcoholic pancreatitis", "EtOH pancreatitis"),
    "duodenal-ulcer-bleeding": ("bleeding duodenal ulcer", "duodenal ulcer bleed"),
    "gastric-ulcer-bleeding": ("bleeding gastric ulcer", "gastric ulcer bleed"),
    "gastritis-bleeding": ("hemorrhagic gastritis", "bleeding gastritis"),
    "mallory-weiss": ("Mallory-Weiss tear", "MW tear"),
    "varices-bleeding": ("variceal bleeding", "variceal bleed"),
    "diverticular-bleeding": ("diverticular bleeding", "diverticular bleed"),
    "angiodysplasia-bleeding": ("bleeding angiodysplasia", "AVM bleed"),
    "diverticulitis": ("diverticulitis", "sigmoid diverticulitis"),
    "hip-fracture-left": ("left femoral neck fracture", "left hip fracture"),
    "healed-fracture-history": ("healed fracture", "prior fracture"),
    "cholecystitis-chronic": ("chronic cholecystitis", "symptomatic gallstones"),
    "cholecystitis-acute": ("acute cholecystitis", "calculous cholecystitis"),
    "neutropenia-chemotherapy": ("chemotherapy neutropenia", "chemo-related neutropenia"),
    "neutropenic-fever": ("neutropenic fever", "febrile neutropenia"),
    "anemia-chemotherapy": ("anemia from chemotherapy", "chemo anemia"),
    "anemia-neoplastic": ("anemia of malignancy", "anemia of cancer"),
    "thrombocytopenia-chemotherapy": ("chemotherapy thrombocytopenia", "low platelets from chemo"),
    "acute-tubular-necrosis": ("acute tubular necrosis", "ATN"),
    "obstructive-uropathy": ("obstructive uropathy", "obstruction"),
    "cellulitis": ("right leg cellulitis", "cellulitis, right leg", "RLE cellulitis"),
    "cellulitis-left": ("left leg cellulitis", "cellulitis, left leg", "LLE cellulitis"),
    "cellulitis-abscess": ("skin abscess of the right leg", "right leg abscess"),
    "sepsis-e-coli": ("E. coli sepsis", "sepsis, E. coli"),
    "sepsis-mssa": ("MSSA sepsis", "sepsis, MSSA"),
    "sepsis-mrsa": ("MRSA sepsis", "sepsis, MRSA"),
    "sepsis": ("sepsis",),
    "septic-shock": ("septic shock",),
    "severe-sepsis": ("severe sepsis", "sepsis with organ dysfunction"),
    "heparin-thrombocytopenia": ("heparin-induced thrombocytopenia", "HIT"),
    "anemia-chronic-disease": ("anemia of chronic disease", "ACD"),
    "pneumonia-pneumococcal": ("pneumococcal pneumonia", "S. pneumoniae pneumonia"),
    "pneumonia-haemophilus": ("Haemophilus pneumonia", "H. influenzae pneumonia"),
    "pneumonia-staphylococcal": ("staphylococcal pneumonia", "MSSA pneumonia"),
    "defibrillator-status": ("ICD in place", "s/p ICD"),
    "home-oxygen": ("home oxygen", "home O2"),
    "chronic-respiratory-failure": ("chronic hypoxic respiratory failure", "chronic respiratory failure"),
    "asthma-moderate-persistent": ("moderate persistent asthma", "asthma"),
    "asthma-mild-persistent": ("mild persistent asthma", "asthma"),
    "asthma-exacerbation": ("asthma exacerbation", "asthma flare"),
    "depression-recurrent": ("recurrent depression", "MDD, recurrent"),
    "vitamin-d-deficiency": ("vitamin D deficiency", "low vitamin D"),
    "allergic-rhinitis": ("allergic rhinitis", "hay fever"),
    "migraine": ("migraine",),
    "constipation": ("constipation",),
    "embolism-history": ("prior pulmonary embolism", "h/o PE"),
    "liver-metastases": ("liver metastases", "liver mets"),
    "bone-metastases": ("bone metastases", "bone mets"),
    "cancer-breast-left": ("left breast cancer", "breast CA, left"),
    "alcoholic-cirrhosis-ascites": ("alcohol-related cirrhosis with ascites", "EtOH cirrhosis, ascites"),
    "proteinuria": ("proteinuria",),
    "wound-infection": ("wound infection", "surgical site infection", "SSI"),
    "shoulder-impingement": ("right shoulder impingement", "R shoulder impingement"),
    "atrial-fibrillation-persistent": ("persistent atrial fibrillation", "persistent AF"),
    "atrial-fibrillation-permanent": ("permanent atrial fibrillation", "permanent AF"),
    "old-myocardial-infarction": ("prior myocardial infarction", "old MI"),
    "gestational-diabetes": ("gestational diabetes", "GDM"),
    "gestational-hypertension": ("gestational hypertension", "gHTN"),
    "anemia-pregnancy": ("anemia of pregnancy", "anemia in pregnancy"),
    "uterine-scar": ("prior cesarean section", "s/p CS"),
    "delivery": ("vaginal delivery", "SVD"),
    "pyelonephritis-pregnancy-2": ("pyelonephritis in pregnancy", "antepartum pyelonephritis"),
    "pyelonephritis-pregnancy-3": ("pyelonephritis in pregnancy", "antepartum pyelonephritis"),
}
NOT_HISTORY = frozenset({"pregnancy", "long-term-insulin", "dialysis-dependence", "chemotherapy", "hip-fracture",
                         "penicillin-allergy-status", "long-term-anticoagulant", "long-term-antiplatelet",
                         "oral-hypoglycemics", "aromatase-inhibitor", "annual-exam", "pregnancy-supervision", "postpartum-follow-up", "single-live-birth",
                         "delivery", "cesarean-delivery", "cerumen", "abnormal-coagulation", "fall", "anemia-pregnancy"})  # fmt: skip
"""What a list of past illness leaves out, since it is said elsewhere."""

LABELS: Mapping[str, tuple[str, ...]] = {
    "sodium": ("Na", "sodium"), "potassium": ("K", "potassium"), "chloride": ("Cl", "chloride"),
    "co2": ("HCO3", "CO2", "bicarb"), "bun": ("BUN", "BUN"), "creatinine": ("Cr", "creatinine", "Cr"),
    "egfr": ("eGFR",), "glucose": ("glucose", "glu"), "glucose-poc": ("FSBG", "fingersticks", "POC glucose"),
    "calcium": ("Ca", "calcium"), "magnesium": ("Mg", "magnesium"), "phosphate": ("Phos", "phosphate"),
    "albumin": ("albumin", "alb"), "bilirubin": ("T bili", "bilirubin", "tbili"), "alt": ("ALT",), "ast": ("AST",),
    "alkaline-phosphatase": ("ALP", "alk phos"), "lipase": ("lipase",), "lactate": ("lactate", "lactic acid"),
    "lactate-blood": ("lactate",), "wbc": ("WBC", "white count", "WBC"), "hemoglobin": ("Hgb", "hemoglobin", "Hb"),
    "hematocrit": ("Hct",), "platelets": ("Plt", "platelets"), "inr": ("INR",), "crp": ("CRP",),
    "procalcitonin": ("procalcitonin", "PCT"), "nt-probnp": ("NT-proBNP", "pro-BNP"), "bnp": ("BNP",),
    "troponin": ("troponin T", "troponin", "TnT"), "troponin-hs": ("hs-troponin", "hsTnT"), "hba1c": ("A1c", "HbA1c"),
    "tsh": ("TSH",), "ldl": ("LDL",), "hdl": ("HDL",), "triglycerides": ("TG", "triglycerides"),
    "cholesterol": ("total cholesterol", "TC"), "ferritin": ("ferritin",), "ck": ("CK",), "anion-gap": ("AG", "anion gap"),
    "ph-arterial": ("pH",), "pco2-arterial": ("pCO2",), "po2-arterial": ("pO2",), "d-dimer": ("D-dimer",),
    "albumin-creatinine-urine": ("urine ACR", "UACR"), "vancomycin-trough": ("vanc trough", "vancomycin trough"),
    "aptt": ("aPTT", "PTT"), "neutrophils": ("PMN %", "neutrophils %"), "uric-acid": ("uric acid",),
}  # fmt: skip

_ROUTES = {"oral": "PO", "intravenous": "IV", "subcutaneous": "SC", "intramuscular": "IM", "inhalation": "inh",
           "sublingual": "SL"}  # fmt: skip
_TIMINGS = {
    "daily": ("daily", "q.d.", "qd", "once a day"), "bid": ("BID", "twice daily", "bid"), "tid": ("TID", "tid"),
    "tid-meals": ("TID with meals", "TIDAC"), "qid": ("QID",), "nightly": ("qHS", "nightly", "at bedtime"),
    "q4h": ("q4h",), "q6h": ("q6h",), "q8h": ("q8h",), "q12h": ("q12h",), "weekly": ("weekly", "once a week"),
    "continuous": ("gtt", "infusion"), "once": ("x1", "once"),
}  # fmt: skip
_PLAIN = {"insulin, regular, human": "regular insulin", "sennosides, USP": "senna", "glucose": "dextrose",
          "polyethylene glycol 3350": "Miralax"}  # fmt: skip
_SALTS = {"metoprolol-tartrate": "metoprolol tartrate", "metoprolol-succinate": "metoprolol succinate"}


def condition(name: str, form: int = 0) -> str:
    """A condition in words; `form` chooses among the ways, 0 is in full."""
    words = CONDITION_WORDS.get(name)
    if words is None:
        return _lowered(CONDITIONS[name].text or CONDITIONS[name].codes[0].display)
    return words[form % len(words)]


def _lowered(text: str) -> str:
    text = (
        text.removesuffix(", unspecified").removesuffix(", unspecified organism").removeprefix("Unspecified ")
    )
    first = text.split(" ", 1)[0]
    return text if first.isupper() and len(first) > 1 else text[:1].lower() + text[1:]


@lru_cache(maxsize=1024)
def drug(name: str) -> str:
    """A medicine as it is spoken of: "furosemide"."""
    row = DRUGS[name]
    return _SALTS.get(name) or _PLAIN.get(row.ingredient.display, row.ingredient.display).replace(" / ", "-")


@lru_cache(maxsize=4096)
def order(name: str, form: int, dose: float | None = None) -> str:
    """A medicine as it is ordered: "furosemide 40 mg PO daily"."""
    row = DRUGS[name]
    size = row.dose if dose is None else dose
    timing = _TIMINGS.get(row.timing, (TIMINGS[row.timing].text,))
    amount = f"{size:g} {unit_text(row.unit)}"
    words = [drug(name), amount]
    if form % 3 or row.route != "oral":
        words.append(_ROUTES.get(row.route, row.route))
    if row.as_needed and row.timing == "once":
        return " ".join([*words, "PRN"])
    words.append(timing[form % len(timing)])
    if row.as_needed:
        words.append("PRN")
    return " ".join(words)


@lru_cache(maxsize=8192)
def number(analyte: str, value: float) -> str:
    """A result as it is printed."""
    row = ANALYTES.get(analyte) if analyte in ANALYTES else None
    return f"{value:.{row.decimals if row else 0}f}"


def label(analyte: str, form: int = 0) -> str:
    """A test as it is called in a note."""
    names = LABELS.get(analyte)
    return names[form % len(names)] if names else (ANALYTES[analyte].text or analyte)


def limits(analyte: str, gender: str) -> tuple[float, float]:
    """The reference range, open ends as infinities."""
    row = ANALYTES[analyte]
    low, high = row.range.of(gender) if row.range else (None, None)
    return (-1e9 if low is None else low, 1e9 if high is None else high)
