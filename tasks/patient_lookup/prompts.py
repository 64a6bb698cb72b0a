"""The wordings of look-up requests. Every rule that is graded is said in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..base import Json
from .wording import DateStyle, describe, spell


@dataclass(frozen=True, slots=True)
class Template:
    """One wording: `text` takes `who`, `today` and `rules`."""

    id: str
    text: str
    date_style: DateStyle
    rules: str
    file_order: bool = False


MATCHING_FORMAL = (
    "Matching rules. Every detail given must fit. Ignore case and accents; of the given names compare the "
    "first one only; family and given name must stand in the same name entry. A name, address or phone "
    "number counts only if it is current: its use is neither old nor maiden and its period, if it has one, "
    "includes today. Only where a name is called a former name, take name entries that are not current "
    "instead. An inactive record (active = false) is never the answer: if it fits and was merged (a link "
    "of type replaced-by), it stands for the record it was merged into, whatever details that one has, and "
    "so on to the last; an inactive record without such a link is disregarded."
)
MATCHING_BRIEF = (
    "House rules for a match: all details agree, never mind case or accents; only the first given name "
    "matters, and it has to be in the same name entry as the family name. Former names, old addresses and "
    "dead numbers (use old or maiden, or a period that does not include today) do not count - unless I say "
    "it's a former name, then only such a name counts. If the record that fits is inactive and was merged, "
    "follow its replaced-by link as far as it goes and give me that record, even if its details differ; if "
    "it is inactive and was not merged, forget it."
)
ANSWER_FORMAL = (
    "Answer: one patient is left - status ok with mrn and, to show that you have the record open, city: "
    "the town of the current home address (use home) on that record. More than one - status ambiguous with "
    "the MRNs of all of them in candidates. None - status no_data with nearest_mrn, the MRN of the active "
    "record that agrees in all details but one (if several do, the one whose birth date is fewest days "
    "from the one given), and in differs the detail in which it does not agree."
)
ANSWER_BRIEF = (
    "Report ok with mrn and city (town of the current home address, use home, on that very record) if it "
    "comes down to one person; ambiguous with every MRN in candidates if more than one fits; no_data if "
    "nobody does, and then nearest_mrn (active record, all details right but one; closest birth date if "
    "there are several) and what differs."
)

TEMPLATES = (
    Template(
        "desk",
        (
            "Front desk here. Somebody is on the line about {who}. Which MRN is it? Today is "
            "{today}.\n\n{rules}"
        ),
        "us",
        f"{MATCHING_BRIEF}\n{ANSWER_BRIEF}",
    ),
    Template(
        "records",
        "Health information request, {today}. Identify the medical record number for: {who}.\n\n{rules}",
        "day-first",
        f"{MATCHING_FORMAL}\n\n{ANSWER_FORMAL}",
        file_order=True,
    ),
    Template(
        "dictated",
        (
            "Dictated note, please act on it. Need the record number of a patient, {who}. Dictated on "
            "{today}.\n\n{rules}"
        ),
        "words",
        f"{MATCHING_FORMAL}\n{ANSWER_BRIEF}",
    ),
    Template(
        "emergency",
        (
            "EMS is ten minutes out with {who}. Pull up the right chart and give me the MRN. "
            "({today})\n\n{rules}"
        ),
        "us",
        f"{ANSWER_BRIEF}\n\n{MATCHING_BRIEF}",
    ),
    Template(
        "laboratory",
        "Lab outreach: a specimen came in labeled {who}, no MRN on the tube. Before we result it, which "
        "MRN does it belong to? Received {today}.\n\n{rules}",
        "iso",
        f"{MATCHING_BRIEF}\n{ANSWER_FORMAL}",
        file_order=True,
    ),
    Template(
        "pharmacy",
        "Outpatient pharmacy, verifying a paper script for {who}. Date of the call: {today}. I need the "
        "MRN, and I need to be sure it is the right one.\n\n{rules}",
        "words",
        f"{ANSWER_FORMAL}\n{MATCHING_FORMAL}",
    ),
    Template(
        "resident",
        "can you grab the mrn for {who}? consult team is asking. today = {today}\n\n{rules}",
        "day-first",
        f"{MATCHING_BRIEF} {ANSWER_BRIEF}",
    ),
    Template(
        "transfer",
        "An outside hospital is sending records for {who}. Under which MRN do we file them? Received on "
        "{today}; do not change anything in the record.\n\n{rules}",
        "words",
        f"{MATCHING_FORMAL}\n\n{ANSWER_BRIEF}",
    ),
)


def prompt(template: Template, ask: Mapping[str, Json], today: date) -> str:
    """The request in one wording."""
    who = describe(ask, template.date_style, file_order=template.file_order)
    return template.text.format(who=who, today=spell(today, "us"), rules=template.rules)
