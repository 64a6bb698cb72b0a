"""The right course for a low magnesium, computed from the sealed chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ...fhir_server.backend import Resource
from . import sealed
from .protocol import Amount, Notify, Version
from .sealed import Decision, Drug, Recheck

MAGNESIUM = ("magnesium-sulfate-iv", "magnesium-oxide-oral")


def decide(resources: Sequence[Resource], now: datetime, protocol: Version) -> Decision:
    """What the protocol asks for in this chart at `now` (the cohort's clock, in its time zone)."""
    results = sealed.results(resources, "magnesium")
    magnesium = sealed.deciding(results, now, protocol.window_hours)
    if magnesium is None:
        return Decision("no_data", sealed.last_before(results, now, protocol.window_hours))
    read = (magnesium.reference,)
    if magnesium.value >= protocol.low_below:
        return Decision("no_action", magnesium, "not_low", read=read)
    if sealed.on_dialysis(resources, now, protocol.dialysis_days):
        return Decision("no_action", magnesium, "dialysis", "nephrology", read=read)
    if sealed.on_order(resources, MAGNESIUM, magnesium.at):
        return Decision("no_action", magnesium, "on_order", read=read)
    tier = next(t for t in protocol.tiers if magnesium.value >= t.low)
    kidney = sealed.egfr(resources, now, protocol.egfr_days)
    renal = kidney is not None and kidney.value < protocol.egfr_below
    potassium = sealed.deciding(sealed.results(resources, "potassium"), now, protocol.window_hours)
    low_potassium = potassium is not None and potassium.value < protocol.partner.low_below
    if tier.oral and not renal and not low_potassium and not sealed.is_npo(resources):
        drug = Drug(protocol.oral_drug, tier.oral, "oral")
    else:
        dose = tier.iv.value * (protocol.renal_share if renal else 1)
        drug = Drug(protocol.iv_drug, Amount(dose, tier.iv.unit), "intravenous", protocol.rate)
    notify: Notify = "prescriber" if renal else tier.notify
    rechecks = (recheck(protocol, drug, tier.urgent, now),)
    if sealed.recheck_on_order(resources, "magnesium", magnesium.at):
        rechecks = ()
    return Decision("ok", magnesium, notify=notify, drugs=(drug,), rechecks=rechecks, read=read)


def recheck(protocol: Version, drug: Drug, urgent: bool, now: datetime) -> Recheck:
    """The test after a dose: next morning after one by mouth, some hours after an infusion ends."""
    if drug.route == "oral":
        morning = (now + timedelta(days=1)).replace(hour=protocol.recheck_oral_at, minute=0, second=0)
        return Recheck(protocol.analyte, morning, "routine")
    hours = protocol.recheck_urgent_hours if urgent else protocol.recheck_iv_hours
    at = now + timedelta(hours=drug.hours + hours)
    return Recheck(protocol.analyte, at, "urgent" if urgent else "routine")
