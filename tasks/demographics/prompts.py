"""The wordings of demographic questions. Every rule that is graded is said in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ...fhir_server.cohort.codes import PROCEDURES
from ..base import Json
from ..patient_lookup.wording import DateStyle, describe, spell


@dataclass(frozen=True, slots=True)
class Template:
    """One wording: `text` takes `fact`, `who`, `today`, `finding` and `rules`."""

    id: str
    text: str
    date_style: DateStyle
    finding: str
    file_order: bool = False


FINDING_FORMAL = (
    "Finding the record: every detail given must fit. Ignore case and accents; of the given names compare "
    "only the first; family and given name stand in the same name entry. Names and addresses count only "
    "while current, that is, use neither old nor maiden and a period, if there is one, that includes "
    "today. If the record that fits is inactive (active = false) and was merged (a link of type "
    "replaced-by), work with the record it was merged into, and so on to the last; an inactive record that "
    "was not merged is disregarded. In mrn give the MRN of the record you took the fact from."
)
FINDING_BRIEF = (
    "Make sure it's the right record: all details have to fit (case, accents and middle names don't "
    "matter; first and last name from one name entry), and old or maiden names and addresses that are old "
    "or out of their period don't count. Inactive record, merged? Follow replaced-by to the end and use "
    "that one. Inactive, not merged? Ignore it. Put the MRN of the record you ended up with in mrn."
)

FACTS: Mapping[str, str] = {
    "age_now": "the age today",
    "age_at_death": "the age at death",
    "age_at_admission": "the age on the day of admission for the stay that is going on",
    "age_at_event": "the age on the day of the {procedure}",
    "phone": "the current {use} phone number",
    "address": "the current home address",
    "language": "the preferred language",
}

_AGES = (
    "Count completed years by the calendar in New York (America/New_York); somebody born on 29 February "
    "turns a year older on 1 March in a year without that day."
)

RULES: Mapping[str, str] = {
    "age_now": f"{_AGES} Answer ok with mrn, birth_date and age.",
    "age_at_death": (
        f"{_AGES} The day of death is the New York date of deceasedDateTime, whatever offset it is written "
        "with. Answer ok with mrn, birth_date, date (of death) and age; no_data if no death is recorded."
    ),
    "age_at_admission": (
        f"{_AGES} The day of admission is the New York date on which the Encounter with status in-progress "
        "began (the earliest, if there are several). Answer ok with mrn, birth_date, date (of admission) "
        "and age; no_data if there is no such Encounter."
    ),
    "age_at_event": (
        f"{_AGES} The day is the New York date of performedDateTime of the Procedure with code {{code}}; "
        "only status completed counts, the earliest if there are several, and the Procedure decides, not "
        "what a note says. Answer ok with mrn, birth_date, date (of the procedure) and age; no_data if "
        "there is none."
    ),
    "phone": (
        "Go by telecom with system phone and use {use}. A number is current if its period, if it has one, "
        "includes today; of several take the lowest rank. Answer ok with mrn and phone. If no number of "
        "that use is current, answer no_data with mrn, last_phone (the number of that use whose period "
        "ended last) and ended (the date on which it ended)."
    ),
    "address": (
        "Take the address with use home whose period, if it has one, includes today. Answer ok with mrn, "
        "line (house number and street), city and postal_code; no_data with mrn if there is none."
    ),
    "language": (
        "Take the entry of communication that is marked preferred, or the only entry if there is just one. "
        "Answer ok with mrn and language, as its BCP 47 code (such as en); no_data with mrn if the record "
        "does not say."
    ),
}

TEMPLATES = (
    Template(
        "audit",
        "Registration audit of {today}. Please report {fact} of {who}.\n\n{finding}\n\n{rules}",
        "day-first",
        FINDING_FORMAL,
        file_order=True,
    ),
    Template(
        "nurse",
        "Quick one from the floor: what's {fact} of {who}? Today is {today}.\n\n{rules} {finding}",
        "us",
        FINDING_BRIEF,
    ),
    Template(
        "social-work",
        (
            "Social work. For a form I have to send out I need {fact}. It is about {who}. "
            "({today})\n\n{rules}\n\n{finding}"
        ),
        "words",
        FINDING_FORMAL,
    ),
    Template(
        "clerk",
        "{today}, unit clerk: could you look up {fact} for me? Person: {who}.\n{finding}\n{rules}",
        "us",
        FINDING_BRIEF,
        file_order=True,
    ),
    Template(
        "research",
        (
            "Study coordinator here, consent is on file. We are missing one item in the case report form: "
            "{fact}, for {who}. Date of the query: {today}.\n\n{finding}\n\n{rules}"
        ),
        "iso",
        FINDING_FORMAL,
    ),
    Template(
        "attending",
        "Before I dictate: {fact}, please, of {who}. It's {today}. {rules}\n\n{finding}",
        "words",
        FINDING_BRIEF,
    ),
    Template(
        "billing",
        (
            "Billing returned a claim because a field is wrong. Give us {fact} as the record has it for "
            "{who}. Returned on {today}. Nothing is to be changed in the record.\n\n{rules}\n\n{finding}"
        ),
        "day-first",
        FINDING_FORMAL,
        file_order=True,
    ),
    Template(
        "call-center",
        (
            "Call center script, step 4 ({today}). Caller asks about {who}. Read back {fact}.\n\n{finding} "
            "{rules}"
        ),
        "us",
        FINDING_BRIEF,
    ),
)


def prompt(template: Template, asked: Mapping[str, Json], today: date) -> str:
    """The question in one wording."""
    what, name = asked["what"], asked.get("procedure", "")
    blanks = {"use": asked.get("use", ""), "procedure": name.replace("-", " ")}
    if name:
        blanks["code"] = f"{PROCEDURES[name].code} ({PROCEDURES[name].codes[0].system})"
    return template.text.format(
        fact=FACTS[what].format(**blanks),
        who=describe(asked["ask"], template.date_style, file_order=template.file_order),
        today=spell(today, "us"),
        finding=template.finding,
        rules=RULES[what].format(**blanks),
    )
