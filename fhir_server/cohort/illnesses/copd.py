"""COPD exacerbation: wheeze and hypoxia, in some with carbon dioxide that rises; steroids and inhaled drugs turn it.

Sources: GOLD report 2024 (short-acting bronchodilators, prednisone 40 mg for five days, antibiotics where sputum is
purulent, oxygen to 88 to 92 percent, noninvasive ventilation in acidosis); REDUCE trial (Leuppi et al., JAMA 2013: five days
are enough); Plant et al., Lancet 2000 (a fifth have respiratory acidosis, which turns in hours on the mask).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from ..lasting.copd import lungs
from . import critical
from .breath import swab, walk
from .model import Illness

_LOADS = {
    "respiratory-rate": 8.5, "spo2": -5.5, "heart-rate": 19, "systolic": 9, "temperature": 0.35, "wbc": 0.3, "crp": 1.7,
    "pain": 0.6, "glucose": 0.05, "nt-probnp": 0.35, "troponin-hs": 0.3,
}  # fmt: skip
_RETENTION = {"hypercapnia": 24, "gcs": -0.9, "heart-rate": 4, "co2": 1.0}
_CAUSES = ("a cold caught from a grandchild", "no clear trigger", "smoke from a wood stove", "running out of inhalers",
           "a week of cold air", "a viral infection", "painting the bathroom", "missed visits and lapsed refills")  # fmt: skip


class _Exacerbation:
    """One stay for an exacerbation."""

    def __init__(self, case: Case) -> None:
        self.case, self.rng, self.own = case, case.rng, lungs(case.life.person)
        self.level = min(1.5, case.severity * between(self.rng, 0.85, 1.15))
        self.purulent = self.rng.random() < 0.6
        self.slow = self.rng.random() < 0.2
        self.retains = (
            self.level > 0.7 and self.rng.random() < (0.75 if self.own.retains else 0.25) * self.level
        )

    def begin(self) -> None:
        case, start, body = self.case, self.case.start, self.case.body
        body.process("exacerbation", _LOADS)
        body.set_level("exacerbation", self.level, start)
        body.aim("exacerbation", self.level * 1.05, 8, start)
        critical.fade(case, "exacerbation", 80)
        case.principal = "copd-exacerbation"
        case.withheld |= {"tiotropium", "albuterol-inhaler"}
        self._inhaled()
        self._steroid()
        if self.purulent:
            drug = self.rng.choice(("azithromycin", "doxycycline", "azithromycin"))
            case.order(drug, start + between(self.rng, 1.5, 4) * HOUR, until=start + 5 * DAY)
            case.know("treatment", "antibiotic", f"{drug} for five days")
        if self.retains:
            self._retain()
        elif self.level > 0.9 or self.own.oxygen:
            case.draw(start + 0.8 * HOUR, "arterial-blood-gas")
            case.diagnose(
                "acute-on-chronic-respiratory-failure" if self.own.oxygen else "respiratory-failure",
                start + 2 * HOUR,
            )
        self._tests()
        self._tell()
        critical.at_discharge(case, self._leave)
        critical.linger(case)

    # -- treatment

    def _inhaled(self) -> None:
        """Every two to four hours round the clock at first, then at need."""
        case, rng, start = self.case, self.rng, self.case.start
        order = case.order("albuterol-neb", start + 0.3 * HOUR, scheduled=False)
        often = start + min(3.0, 0.5 * case.days) * DAY

        def treat(at: float) -> None:
            if order is None or order.ended is not None:
                return
            wheezy = case.body.level("exacerbation", at)
            if at < often or rng.random() < wheezy:
                case.give(order, at)
            gap = (
                between(rng, 1.6, 2.6)
                if at < start + 5 * HOUR
                else between(rng, 3.6, 4.6)
                if at < often
                else between(rng, 5, 9)
            )
            case.at(at + gap * HOUR, treat)

        case.at(start + 0.5 * HOUR, treat)
        case.order("ipratropium-neb", start + 0.4 * HOUR, until=start + 0.75 * case.days * DAY)
        change = start + 0.75 * case.days * DAY
        if case.life.takes("tiotropium"):
            case.at(change, lambda at: case.order("tiotropium", at, now=False))

    def _steroid(self) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        if case.severity > 1.0 or case.in_icu(start + 3 * HOUR):
            day = start + between(rng, 1, 2.2) * DAY
            case.order("methylprednisolone-iv", start + 0.8 * HOUR, until=day, on_first=self._treated)
            case.at(
                day + HOUR,
                lambda at: case.order("prednisone", at, dose=40.0, until=start + 5.2 * DAY, now=False),
            )
            case.know("treatment", "steroid", "methylprednisolone in the vein", until=day)
            case.know("treatment", "steroid tablets", "prednisone 40 mg a day", at=day)
        else:
            case.order(
                "prednisone",
                start + between(rng, 0.6, 1.8) * HOUR,
                dose=40.0,
                until=start + 5 * DAY,
                on_first=self._treated,
            )
            case.know("treatment", "steroid", "prednisone 40 mg a day for five days")

    def _treated(self, at: float) -> None:
        case, body = self.case, self.case.body
        tau = max(20.0, case.days * 24 * 0.3) * between(self.rng, 0.8, 1.25)
        if self.slow:
            body.aim("exacerbation", 0.8 * self.level, 24, at)
            case.at(
                at + between(self.rng, 1.6, 2.6) * DAY, lambda when: body.aim("exacerbation", 0.08, tau, when)
            )
        else:
            case.at(
                at + between(self.rng, 4, 12) * HOUR, lambda when: body.aim("exacerbation", 0.06, tau, when)
            )

    def _retain(self) -> None:
        """Carbon dioxide rises; a mask lowers it overnight, in an ICU a tube where the mask fails."""
        case, rng, start, body = self.case, self.rng, self.case.start, self.case.body
        body.process("retention", _RETENTION)
        body.set_level("retention", 0.65 * self.level, start)
        body.aim("retention", 0.95 * self.level, 5, start)
        critical.fade(case, "retention", 40)
        case.draw(start + 0.6 * HOUR, "arterial-blood-gas")
        row = (
            "acute-on-chronic-respiratory-failure-hypercapnia"
            if self.own.retains
            else "respiratory-failure-hypercapnia"
        )
        case.diagnose(row, start + 1.5 * HOUR)
        mask = start + between(rng, 1, 3) * HOUR
        hours = between(rng, 8, 22)
        case.service("noninvasive-ventilation", mask - 0.3 * HOUR)
        case.procedure("noninvasive-ventilation", mask, hours=hours, fact="bilevel ventilation by mask")
        case.series(mask + 1.5 * HOUR, 5, 3, "arterial-blood-gas")
        case.know("sign", "drowsy", "sleepy but easily woken", until=mask + 10 * HOUR)
        failed = case.in_icu(start + 6 * HOUR) and rng.random() < 0.3
        if failed:
            critical.ventilate(
                case, mask + between(rng, 3, 7) * HOUR, between(rng, 30, 80), "failure of the mask in COPD"
            )
        case.at(
            mask + between(rng, 1, 3) * HOUR, lambda at: body.aim("retention", 0.05, between(rng, 9, 20), at)
        )

    def _leave(self, at: float) -> None:
        """The rest of the five days of prednisone goes home; so does oxygen for some."""
        case, life = self.case, self.case.life
        left = 5 - (at - case.start) / DAY
        if left > 0.6:
            life.start_home("prednisone", at, dose=40.0)
            life.at(at + left * DAY, lambda when: life.stop_home("prednisone", when, status="completed"))
        if not self.own.oxygen and self.own.fev1 < 45 and case.signs.get("oxygen", 0) > 0:
            case.know("plan", "home oxygen", "oxygen at home for a month, to be checked again", at=at)

    # -- tests and words

    def _tests(self) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        film = rng.choice((
            "Hyperinflated lungs with flattened diaphragms. No focal consolidation.",
            "Emphysematous changes without acute infiltrate or effusion.",
            "Increased lung volumes. No pneumothorax, no consolidation.",
            "Hyperinflation with bibasilar bronchial wall thickening. No consolidation.",
        ))  # fmt: skip
        case.image(
            "chest-xray",
            start + between(rng, 0.5, 2) * HOUR,
            film,
            fact="hyperinflated lungs without infiltrate",
        )
        case.draw(start + 0.7 * HOUR, "crp", "nt-probnp", "troponin-hs")
        if rng.random() < 0.6:
            swab(case, start + 0.9 * HOUR)
        if rng.random() < 0.5:
            rhythm = "Atrial fibrillation" if case.life.has("atrial-fibrillation") else "Sinus tachycardia"
            case.image("ecg", start + 0.6 * HOUR, f"{rhythm}, rate {round(between(rng, 98, 126))}. {rng.choice(('Low voltage in the limb leads.', 'Right axis deviation.', 'P pulmonale.'))} No acute ischemic change.")  # fmt: skip

    def _tell(self) -> None:
        case, rng = self.case, self.rng
        since = rng.choice(("two days", "three days", "four days", "a week"))
        better = case.start + 0.6 * case.days * DAY
        case.know("symptom", "dyspnea", f"shortness of breath getting worse for {since}", until=better)
        cough = "cough with more and greener sputum" if self.purulent else "dry hacking cough"
        case.know("symptom", "cough", f"{cough} for {since}", until=better)
        if rng.random() < 0.5:
            case.know("symptom", "sleep", "sleeping upright in a chair", until=better)
        case.know("event", "trigger", rng.choice(_CAUSES))
        case.know(
            "sign",
            "wheeze",
            rng.choice(
                (
                    "diffuse expiratory wheeze",
                    "wheeze and a long expiration on both sides",
                    "very little air movement",
                )
            ),
            until=better,
        )
        if self.level > 0.75:
            case.know(
                "sign",
                "accessory muscles",
                "using accessory muscles of the neck",
                until=case.start + 0.25 * case.days * DAY,
            )
        case.denies(
            ("chest pain", "chest pain"),
            ("hemoptysis", "coughing up blood"),
            ("leg swelling", "swelling of one leg"),
        )
        narrow = self.own.retains or self.retains
        case.know(
            "plan",
            "oxygen target",
            "oxygen to a saturation of 88 to 92 percent"
            if narrow
            else "oxygen to a saturation above 90 percent",
        )
        case.know(
            "plan",
            "inhalers",
            rng.choice(
                (
                    "inhaler technique reviewed before discharge",
                    "inhaled steroid to be considered at follow-up",
                    "pulmonary rehabilitation after discharge",
                )
            ),
        )
        if self.own.smokes:
            case.service("smoking-cessation", case.start + between(rng, 20, 40) * HOUR)
            case.procedure("smoking-cessation", case.start + between(rng, 22, 44) * HOUR, hours=0.3)
            case.know("plan", "tobacco", "nicotine replacement offered")


def admit(case: Case) -> None:
    """Begins the stay."""
    _Exacerbation(case).begin()


def morning(case: Case, day: int, at: float) -> None:
    """Therapy each day; more steroid for who does not turn; walking with an oximeter before going home."""
    level = case.body.level("exacerbation", at)
    case.procedure("respiratory-therapy", at + between(case.rng, 1, 6) * HOUR, hours=0.4)
    if not case.ongoing and (case.end - at) / DAY < 1.2:
        walk(case, at + 1.5 * HOUR)
    elif day == 2 and level > 0.6:
        case.know("event", "slow", "still wheezing and short of breath on the second day", at=at)
        if case.active("prednisone") and not case.in_icu(at) and case.rng.random() < 0.5:
            case.stop("prednisone", at)
            case.order("methylprednisolone-iv", at + HOUR, until=at + 1.5 * DAY)
            case.at(
                at + 1.6 * DAY,
                lambda when: case.order("prednisone", when, dose=40.0, until=case.start + 7 * DAY),
            )
    elif level < 0.45:
        case.know(
            "symptom",
            "breathing",
            case.rng.choice(
                ("breathing close to usual", "walks to the bathroom without stopping", "wheeze much less")
            ),
            at=at,
            until=at + DAY,
        )


COPD = Illness("copd", admit, morning)
