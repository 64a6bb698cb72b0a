"""Classes of medicines for the heart, and how one gives way to another."""

from __future__ import annotations

from collections.abc import Sequence

from ..courses.life import Life

ANGIOTENSIN = ("lisinopril", "lisinopril-20", "losartan", "sacubitril-valsartan", "sacubitril-valsartan-49",
               "sacubitril-valsartan-97")  # fmt: skip
"""ACE inhibitors, receptor blockers, sacubitril with valsartan: never two of them."""
BETA_BLOCKERS = ("carvedilol", "metoprolol-succinate", "metoprolol-tartrate")
LOOP_DIURETICS = ("furosemide", "torsemide", "bumetanide")
STATINS = ("atorvastatin", "atorvastatin-80", "rosuvastatin")
ANTICOAGULANTS = ("apixaban", "warfarin")


def taken_of(life: Life, drugs: Sequence[str]) -> str:
    """Which of some medicines is taken at home; empty where none is."""
    taken = life.taken()
    return next((drug for drug in drugs if drug in taken), "")


def swap(life: Life, old: str, new: str, at: float, *, dose: float | None = None) -> None:
    """Stops one medicine and begins another in its place."""
    life.stop_home(old, at)
    life.start_home(new, at, dose=dose)


def words(drug: str) -> str:
    """The name of a medicine as notes have it: without the strength or route that tells two rows apart."""
    parts = drug.split("-")
    if parts[0] == "sacubitril":
        return "sacubitril/valsartan"
    known = {
        "fluticasone": "fluticasone/salmeterol",
        "albuterol": "albuterol",
        "atorvastatin": "atorvastatin",
    }
    if parts[0] in known:
        return known[parts[0]]
    return " ".join(p for p in parts if not p.isdigit() and p not in {"iv", "sc", "neb"})
