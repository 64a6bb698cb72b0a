"""What goes wrong in a hospital's record, and how often: one row a kind, read by the writer, the page and the tests.

Rates are what is aimed at; a band says within what limits a cohort is taken to be as stated. Sources: `MIMIC-III demo`
is the MIMIC-III Clinical Database Demo v1.4 (rates measured, no row used); `judgement` is nobody's measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..notes.rates import RATES


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of mess.

    Attributes:
        name: key of the tally.
        what: what it looks like to a reader of the chart.
        of: what the rate is a share of, a key of `DENOMINATORS`.
        rate: share that is aimed at.
        low: smallest share of a whole cohort that is still as stated.
        high: largest such share.
        source: where the rate comes from.
    """

    name: str
    what: str
    of: str
    rate: float
    low: float
    high: float
    source: str


DENOMINATORS: Mapping[str, str] = {
    "observations": "all Observations",
    "labs": "laboratory results",
    "numbers": "results of tests that are reported as numbers",
    "potassium": "serum potassium results",
    "divalent": "serum magnesium and calcium results",
    "vitals": "vital signs",
    "weights": "body weights",
    "temperatures": "temperatures",
    "drug-orders": "MedicationRequests",
    "service-orders": "ServiceRequests",
    "conditions": "Conditions",
    "problems": "Conditions on the problem list",
    "dated": "lipid results, vaccinations and problems",
    "ckd-charts": "charts with a stage of CKD on the problem list",
    "fertile": "charts of women of 18 to 50",
    "allergy-charts": "charts with an allergy",
    "bare-charts": "charts with no entry about allergies but the mess",
    "charts": "charts",
    "change-nights": "nights in hospital on which clocks went back",
    "notes": "notes",
    "progress": "progress notes",
    "people": "people",
}
"""What rates are shares of, in words."""

_DEMO = "MIMIC-III demo"
_OWN = "judgement"
_RESULTS = (
    Kind("result-corrected", "status `corrected`: a second result that replaces the first (observation-replaces), or "
         "version 2 of one", "numbers", 0.005, 0.0035, 0.0065, "0.5-1 % amended or corrected, " + _OWN),
    Kind("result-amended", "status `amended`, version 2, the value as before or a little changed",
         "numbers", 0.002, 0.0014, 0.0027, "0.5-1 % amended or corrected, " + _OWN),
    Kind("entered-in-error", "status `entered-in-error`, results and vital signs alike", "observations",
         0.00095, 0.0008, 0.0012, f"0.09 % of rows, {_DEMO}"),
    Kind("preliminary", "status `preliminary`, never made final", "labs", 0.001, 0.0007, 0.0014, _OWN),
    Kind("registered", "status `registered`: ordered, received, never resulted", "labs", 0.0005, 0.0003, 0.0008, _OWN),
    Kind("cancelled", "status `cancelled` with a remark such as \"Specimen hemolyzed\"", "labs",
         0.002, 0.0014, 0.0027, _OWN),
    Kind("text-for-number", "words where a number is due: \"NotDone\", \"UNABLE TO REPORT\", \"LESS THAN 10\"",
         "numbers", 0.007, 0.005, 0.009, f"0.7 %, {_DEMO}"),
    Kind("comparator", "`<` or `>` beside the limit of what the method can measure", "numbers", 0.003, 0.001, 0.005,
         f"0.3 %, {_DEMO}"),
    Kind("hemolyzed", "a falsely high potassium with a remark that the specimen was hemolyzed", "potassium",
         0.015, 0.010, 0.020,
         "about 3 % of specimens, G. Lippi et al., Clin Chem Lab Med 2008;46:764; half of it noticed"),
    Kind("other-unit", "the other usual unit, without reference range", "numbers", 0.0045, 0.003, 0.006, _OWN),
    Kind("implausible-result", "another test's value in the field: a creatinine of 138", "labs",
         0.00005, 0.00001, 0.0001, f"seen once in 1,000 creatinines, {_DEMO}"),
    Kind("tie", "one test twice at one minute, every second time with another value", "labs", 0.0005, 0.0003, 0.0008,
         f"0.02 % of results, {_DEMO}; raised so that each chart may have one"),
)  # fmt: skip
_FILING = (
    Kind("local-code-only", "no LOINC code: the laboratory's own code and text", "labs",
         0.04, 0.033, 0.047, f"4 %, {_DEMO}"),
    Kind("text-only-code", "a name and no code at all", "labs", 0.001, 0.0007, 0.0014, _OWN),
    Kind("molar-code", "the LOINC code of the molar test (2601-3, 2000-8) on a value in mg/dL", "divalent",
         0.02, 0.014, 0.027, f"all of the {_DEMO}; kept rare"),
    Kind("unit-spelling", "units as people type them, every third time without a code", "observations",
         0.008, 0.006, 0.010, f"14 tests had several spellings, {_DEMO}"),
    Kind("no-encounter", "a result of a stay that names no encounter", "labs", 0.04, 0.03, 0.05,
         f"18.7 %, {_DEMO}, where most are of clinic visits, which are encounters here"),
    Kind("filed-twice", "one observation under two ids", "observations", 0.003, 0.002, 0.004,
         f"1.8 % of bedside rows, far fewer results, {_DEMO}"),
    Kind("issued-early", "released before it was collected", "labs", 0.02, 0.014, 0.026,
         f"12.6 %, {_DEMO}, where times were shifted; kept rarer"),
    Kind("utc", "times in UTC (`Z`), from an outside laboratory", "labs", 0.015, 0.006, 0.022, _OWN),
    Kind("date-only", "a date without a time, from an outside record", "dated", 0.08, 0.05, 0.11, _OWN),
    Kind("clocks-back", "the hour from 1:00 to 2:00 twice: 1:30 with both offsets", "change-nights", 1.0, 1.0, 1.0,
         "every year"),
)  # fmt: skip
_BEDSIDE = (
    Kind("not-measured", "dataAbsentReason in place of a vital sign: refused, not performed", "vitals",
         0.005, 0.0035, 0.0065, "12 % in emergency rooms, MIMIC-IV demo on FHIR; wards keep better count"),
    Kind("implausible-vital", "left in as charted: pulse 0, respirations 0, systolic 1120, 37.1 °F", "vitals",
         0.0006, 0.0004, 0.0008, f"pulse 0 in 0.1 %, respirations 0 in 0.5 %, {_DEMO}"),
    Kind("pounds-as-kilograms", "a weight in pounds charted as kilograms", "weights", 0.008, 0.004, 0.013, _OWN),
    Kind("celsius", "temperatures in °C among those in °F", "temperatures",
         0.22, 0.10, 0.35, "3.5 to 1, MIMIC-IV demo on FHIR"),
)  # fmt: skip
_ORDERS = (
    Kind("drug-order-cancelled", "an order cancelled and written again", "drug-orders", 0.015, 0.010, 0.020, _OWN),
    Kind("drug-order-draft", "a draft that nobody signed", "drug-orders", 0.002, 0.001, 0.003, _OWN),
    Kind("drug-order-twice", "one drug ordered twice within minutes; every second time one of them is cancelled",
         "drug-orders", 0.006, 0.004, 0.008, _OWN),
    Kind("order-ends-first", "an order that ends before it was written", "drug-orders",
         0.004, 0.0025, 0.0055, f"0.4 %, {_DEMO}"),
    Kind("dose-range", "\"325-650 mg\": a range for a dose", "drug-orders", 0.02, 0.008, 0.03,
         f"5.6 %, {_DEMO}; as-needed medicines only"),
    Kind("service-order-cancelled", "revoked, with another one beside it", "service-orders", 0.02, 0.014, 0.026, _OWN),
    Kind("service-order-twice", "one test or service ordered twice within minutes; every second time one is revoked",
         "service-orders", 0.006, 0.004, 0.008, _OWN),
)  # fmt: skip
_LISTS = (
    Kind("problem-stale", "an illness that is over, still active on the problem list", "problems",
         0.05, 0.025, 0.075, _OWN),
    Kind("ckd-two-stages", "an earlier stage of CKD still active beside today's", "ckd-charts", 0.4, 0.1, 0.7, _OWN),
    Kind("pregnancy-stale", "a pregnancy of years ago, never ended", "fertile", 0.25, 0.0, 0.6, _OWN),
    Kind("condition-in-error", "a Condition `entered-in-error`", "conditions", 0.003, 0.0015, 0.0045, _OWN),
    Kind("problem-twice", "one problem once in ICD-10-CM and once in SNOMED CT", "problems", 0.04, 0.015, 0.065, _OWN),
    Kind("allergy-in-error", "an allergy `entered-in-error`", "charts", 0.1, 0.03, 0.2, _OWN),
    Kind("allergy-twice", "one allergy twice, the second time without a code", "allergy-charts", 0.2, 0.03, 0.4, _OWN),
    Kind("allergy-not-on-file", "\"Not on File\" as an unconfirmed allergy", "bare-charts", 0.6, 0.2, 1.0,
         "an EHR vendor's sandbox"),
    Kind("outside-record", "a scanned record of another hospital, with the text that was read from it", "charts",
         0.3, 0.17, 0.43, _OWN),
)  # fmt: skip
_PEOPLE = (
    Kind("near-twin", "two people of one name whose record numbers differ by two digits in the wrong order",
         "people", 0.018, 0.01, 0.03, _OWN),
    Kind("merged", "a record that was merged into another, still there", "people", 0.06, 0.03, 0.09, _OWN),
)  # fmt: skip

_NOTES = tuple(
    Kind(
        name,
        rate.what,
        {"all": "notes"}.get(rate.of, rate.of),
        rate.share,
        rate.low,
        rate.high,
        "see `notes/rates.py`",
    )
    for name, rate in RATES.items()
)

KINDS: tuple[Kind, ...] = (*_RESULTS, *_FILING, *_BEDSIDE, *_ORDERS, *_LISTS, *_NOTES, *_PEOPLE)
BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
