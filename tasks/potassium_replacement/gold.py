"""The right course for a low potassium, computed from the sealed chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.codes import ALLERGENS
from ..magnesium_replacement import sealed
from ..magnesium_replacement.gold import MAGNESIUM, recheck
from ..magnesium_replacement.protocol import Amount, Notify, Version
from ..magnesium_replacement.sealed import Decision, Drug, Recheck, Result

POTASSIUM = ("potassium-chloride-oral", "potassium-chloride-iv")


def decide(resources: Sequence[Resource], now: datetime, protocol: Version) -> Decision:
    """What the protocol asks for in this chart at `now` (the cohort's clock, in its time zone)."""
    results = sealed.results(resources, "potassium")
    potassium = sealed.deciding(results, now, protocol.window_hours)
    if potassium is None:
        return Decision("no_data", sealed.last_before(results, now, protocol.window_hours))
    read = (potassium.reference,)
    if potassium.value >= protocol.low_below:
        return Decision("no_action", potassium, "not_low", read=read)
    if sealed.on_dialysis(resources, now, protocol.dialysis_days):
        return Decision("no_action", potassium, "dialysis", "nephrology", read=read)
    if sealed.on_order(resources, POTASSIUM, potassium.at):
        return Decision("no_action", potassium, "on_order", read=read)
    return _replace(resources, now, protocol, potassium)


def _replace(resources: Sequence[Resource], now: datetime, protocol: Version, potassium: Result) -> Decision:
    kidney = sealed.egfr(resources, now, protocol.egfr_days)
    renal = kidney is not None and kidney.value < protocol.egfr_below
    share = protocol.renal_share if renal else 1
    drugs: list[Drug] = []
    rechecks: list[Recheck] = []
    magnesium = sealed.deciding(sealed.results(resources, "magnesium"), now, protocol.window_hours)
    first = _magnesium_dose(resources, protocol, magnesium, share)
    later = None
    if first and magnesium:
        later = now + timedelta(hours=first.hours + protocol.partner.recheck_hours)
        drugs.append(first)
        if not sealed.recheck_on_order(resources, "magnesium", magnesium.at):
            rechecks.append(Recheck("magnesium", later, "routine"))
    notify: Notify = "prescriber" if renal else "nobody"
    test = None
    if later and potassium.value >= protocol.partner.hold_from:
        test = Recheck("potassium", later, "routine")
    else:
        tier = next(t for t in protocol.tiers if potassium.value >= t.low)
        oral = tier.oral is not None and not sealed.is_npo(resources)
        oral = oral and not sealed.is_allergic(resources, [ALLERGENS["potassium-chloride"]])
        drug = Drug(protocol.iv_drug, tier.iv, "intravenous", protocol.rate)
        if oral and tier.oral:
            drug = Drug(protocol.oral_drug, tier.oral, "oral")
        drug = replace(drug, dose=Amount(drug.dose.value * share, drug.dose.unit))
        drugs.append(drug)
        test = recheck(protocol, drug, tier.urgent, now)
        notify = notify if renal else tier.notify
    if not sealed.recheck_on_order(resources, "potassium", potassium.at):
        rechecks.append(test)
    return Decision(
        "ok",
        potassium,
        notify=notify,
        drugs=tuple(drugs),
        rechecks=tuple(rechecks),
        read=(potassium.reference,),
    )


def _magnesium_dose(
    resources: Sequence[Resource], protocol: Version, magnesium: Result | None, share: float
) -> Drug | None:
    """The magnesium that comes first; None where it is not low, not known, or on order already."""
    partner = protocol.partner
    if magnesium is None or magnesium.value >= partner.low_below:
        return None
    if sealed.on_order(resources, MAGNESIUM, magnesium.at):
        return None
    iv = next(t.iv for t in partner.tiers if magnesium.value >= t.low)
    return Drug(partner.drug, Amount(iv.value * share, iv.unit), "intravenous", partner.rate)
