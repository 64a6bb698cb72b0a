"""The voices that ask for a figure over a window. Blanks: who, figure, lab, window, rules, unit, answer, now."""

from __future__ import annotations

from collections.abc import Mapping

from ..recent_lab.wording import Template

TEMPLATES: Mapping[str, Template] = {
    "resident-trend": Template(
        "casual",
        "bed",
        "Writing my note on {who}. I need {figure} of {lab}, taking every result {window}. Now is {now}. {rules}\n\n"
        "Work in {unit}. {answer}",
    ),
    "icu-nurse": Template(
        "terse",
        "bed",
        "{who}, for the flowsheet summary at {now}: {figure}, {lab}, {window}. {rules} In {unit}. {answer}",
    ),
    "surgeon-preop": Template(
        "full",
        "mrn",
        "Pre-op planning for {who}. Tell me {figure} of {lab}. Use the results {window}, nothing else; the time is "
        "{now}. {rules} The figure should be in {unit}. {answer}",
    ),
    "audit-form": Template(
        "list",
        "mrn",
        "AUDIT ITEM\nRecord: {who}\nMeasure: {figure}\nTest: {lab}\nPeriod: {window}; audit time {now}\n"
        "Include:\n{rules}\n"
        "Unit: {unit}\n{answer}",
    ),
    "pharmacist-heparin": Template(
        "full",
        "birth",
        "Pharmacist reviewing the drug chart of {who} at {now}. Could you work out {figure} of {lab} for me, from "
        "results {window}? {rules} Express it in {unit}. {answer}",
    ),
    "research-desk": Template(
        "list",
        "birth",
        "Data request about {who} as of {now}. Quantity wanted: {figure} of {lab}, over results {window}.\n"
        "Inclusion:\n{rules}\nUnit: {unit}.\n{answer}",
    ),
    "consult-abroad": Template(
        "full",
        "mrn",
        "Second opinion from abroad on {who}: our template asks for {figure} of {lab}, {window} (your clock: {now}). "
        "Units there: {unit}. {rules} {answer}",
    ),
    "attending-bleed": Template(
        "casual",
        "bed",
        "Quick one before I see {who}: {figure} of {lab}? Only what was {window}; it's {now}. {rules} I want {unit}, "
        "please. {answer}",
    ),
    "dietitian-note": Template(
        "full",
        "birth",
        "Nutrition support is seeing {who} today ({now}). We base the plan on {figure} of {lab}, {window}. {rules} "
        "Numbers in {unit}. {answer}",
    ),
}
