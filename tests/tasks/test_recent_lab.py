"""Which laboratory result is the latest that counts: every rule under, at and over, and what is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgym.agents.driver import play
from chartgym.agents.scripted import oracle
from chartgym.env.episode import Episode
from chartgym.errors import TaskError
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.clock import local
from chartgym.fhir_server.cohort.demographics import patient_resource
from chartgym.fhir_server.cohort.plan import NOW, TIME_ZONE, Name, Person
from chartgym.fhir_server.cohort.scenes.lab_plants import REPLACES
from chartgym.fhir_server.cohort.scenes.lab_values import OTHER_UNITS
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import Task
from chartgym.tasks.policies import policy_resource
from chartgym.tasks.recent_lab import category, gold
from chartgym.tasks.recent_lab.questions import QUESTIONS, Question
from chartgym.tasks.recent_lab.rules import PROTOCOL, Rules, Window, as_params, lab_name, what_counts
from chartgym.tasks.recent_lab.wording import TEMPLATES, now_text, patient_params

DAY = Window(24)


def back(hours: float) -> datetime:
    """Elapsed hours before now."""
    return local(NOW.timestamp() - hours * 3600)


def chart() -> ChartBuilder:
    """An empty chart."""
    person = Person(
        0, "00ab01", "1001", (Name("Ives", ("Ada",)),), "female", NOW.date(), details={"hospital": "h1"}
    )
    return ChartBuilder(person, NOW, Random(0))


def answer(
    made: ChartBuilder, window: Window = DAY, rules: Rules | None = None, unit: str = "mmol/L", **more: Any
) -> tuple[float, str] | None:
    """Value and comparator of the latest result that counts."""
    analyte, basis = more.get("analyte", "sodium"), more.get("basis", "collected")
    found = gold.counting(made.resources, analyte, unit, rules or Rules())
    last = gold.latest(gold.inside(found, window, basis, NOW), basis)
    return None if last is None else (gold.rounded(last.value, more.get("decimals", 0)), last.comparator)


@pytest.mark.parametrize(
    ("window", "hours", "found"),
    [
        (Window(24), 24 - 1 / 60, True),
        (Window(24), 24, True),
        (Window(24), 24 + 1 / 60, False),
        (Window(24, start_in=False), 24, False),
        (Window(24, start_in=False), 24 - 1 / 60, True),
        (Window(24), 0, True),
        (Window(72), 72, True),
        (Window(72), 72.02, False),
        (Window(72), 71.55, True),
    ],
)
def test_window_ends(window: Window, hours: float, found: bool) -> None:
    """A window is of elapsed hours, its ends in or out as said, also across the change of clocks on 8 March."""
    made = chart()
    made.lab("sodium", 131, back(hours))
    assert (answer(made, window) is not None) == found


@pytest.mark.parametrize(
    ("minute", "start_in", "end_in", "found"),
    [
        ("07:59", True, True, False),
        ("08:00", True, True, True),
        ("08:00", False, True, False),
        ("08:01", False, False, True),
        ("09:59", False, False, True),
        ("10:00", True, True, True),
        ("10:00", True, False, False),
        ("10:01", True, True, False),
    ],
)
def test_windows_between_two_times(minute: str, start_in: bool, end_in: bool, found: bool) -> None:
    """Both ends of a window between two times are in or out as said."""
    made = chart()
    made.lab("sodium", 131, datetime.fromisoformat(f"2026-03-09T{minute}:00").replace(tzinfo=TIME_ZONE))
    ends = (datetime(2026, 3, 9, hour, tzinfo=TIME_ZONE) for hour in (8, 10))
    window = Window(0, *ends, start_in=start_in, end_in=end_in)
    assert (answer(made, window) is not None) == found


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("final", True),
        ("amended", True),
        ("corrected", True),
        ("preliminary", False),
        ("registered", False),
        ("entered-in-error", False),
        ("cancelled", False),
        ("unknown", False),
    ],
)
def test_statuses(status: str, counts: bool) -> None:
    """Only the statuses named count; a newer one that does not leaves the older one."""
    made = chart()
    made.lab("sodium", 131, back(8))
    made.lab("sodium", 140, back(2), status=status)
    assert answer(made) == ((140, "") if counts else (131, ""))
    assert answer(made, rules=Rules(statuses=(status,))) == (140, "")


@pytest.mark.parametrize(
    ("note", "counts"),
    [
        ("Specimen hemolyzed.", False),
        ("HEMOLYSIS 3+", False),
        ("Clotted specimen", False),
        ("Contaminated with IV fluid", False),
        ("Platelet clumps present.", False),
        ("Result verified by repeat analysis.", True),
        ("Called to ward.", True),
    ],
)
def test_comments(note: str, counts: bool) -> None:
    """A comment that says the specimen was spoiled takes a result out, unless the prompt says it does not matter."""
    made = chart()
    made.lab("sodium", 131, back(8))
    made.lab("sodium", 140, back(2), note=note)
    assert answer(made) == ((140, "") if counts else (131, ""))
    assert answer(made, rules=Rules(spoiled=())) == (140, "")


@pytest.mark.parametrize(
    ("limits", "expected"), [("bound", (6, "<")), ("half", (3, "<")), ("skip", (31, ""))]
)
def test_results_below_a_limit(limits: Any, expected: tuple[float, str]) -> None:
    """A result such as "<6" yields what the rule says."""
    made = chart()
    made.lab("troponin-hs", 31, back(8))
    made.lab("troponin-hs", 6, back(2), comparator="<")
    assert answer(made, rules=Rules(limits=limits), unit="ng/L", analyte="troponin-hs") == expected


def test_a_corrected_result_replaces_the_first() -> None:
    """The first report never counts once a correction refers to it; the correction of a correction replaces that."""
    made = chart()
    first = made.lab("sodium", 160, back(2))
    for value in (150, 141):
        extension = {"url": REPLACES, "valueReference": {"reference": f"Observation/{first}"}}
        first = made.lab("sodium", value, back(2), status="corrected", extra={"extension": [extension]})
    assert len(gold.counting(made.resources, "sodium", "mmol/L", Rules())) == 1
    assert answer(made) == (141, "")


@pytest.mark.parametrize("value", ["See comment", None])
def test_words_and_blanks_are_no_results(value: str | None) -> None:
    """A final result without a number leaves the older one."""
    made = chart()
    made.lab("sodium", 131, back(8))
    made.lab("sodium", value, back(2))
    assert answer(made) == (131, "")


def test_other_specimens_are_other_tests() -> None:
    """A newer urine sodium is not a serum sodium; a result without a LOINC code is none either."""
    made = chart()
    made.lab("sodium", 131, back(8))
    made.lab("sodium-urine", 44, back(2))
    made.lab("sodium", 150, back(1), text_only=True)
    assert answer(made) == (131, "")
    assert answer(made, analyte="sodium-urine") == (44, "")


def test_release_and_collection_are_told_apart() -> None:
    """By release the last one released is the latest, whenever it was collected."""
    made = chart()
    made.lab("sodium", 131, back(30), issued=back(2))
    made.lab("sodium", 140, back(5), issued=back(4))
    assert answer(made, Window(8)) == (140, "")
    assert answer(made, Window(8), basis="released") == (131, "")


def test_of_two_collected_at_once_the_later_release_is_the_latest() -> None:
    """A tie of collection times is decided by issued."""
    made = chart()
    made.lab("sodium", 131, back(5), issued=back(3))
    made.lab("sodium", 140, back(5), issued=back(4))
    assert answer(made) == (131, "")


@pytest.mark.parametrize(
    ("analyte", "value", "units", "decimals", "expected"),
    [
        ("calcium", 8.4, ("mg/dL", "mmol/L"), 2, 2.10),
        ("calcium", 2.1, ("mmol/L", "mmol/L"), 2, 2.1),
        ("calcium", 2.1, ("mmol/L", "mg/dL"), 1, 8.4),
        ("hemoglobin", 9.7, ("g/dL", "g/L"), 0, 97),
        ("bilirubin", 2.0, ("mg/dL", "umol/L"), 0, 34),
        ("lactate", 2.0, ("mmol/L", "mg/dL"), 1, 18.0),
        ("bun", 28, ("mg/dL", "mmol/L"), 1, 10.0),
        ("sodium", 131, ("meq/L", "mmol/L"), 0, 131),
    ],
)
def test_units(analyte: str, value: float, units: tuple[str, str], decimals: int, expected: float) -> None:
    """A result is converted by the factor that the prompt tells, and stays where it is in that unit already."""
    made = chart()
    made.lab(analyte, value, back(3), unit=units[0])
    assert answer(made, unit=units[1], analyte=analyte, decimals=decimals) == (expected, "")


def test_an_unknown_unit_makes_no_task() -> None:
    """A unit that nobody foresaw is the author's error, never a silent number."""
    made = chart()
    made.lab("calcium", 4.2, back(3), unit="meq/L")
    with pytest.raises(TaskError, match="unit that nobody foresaw"):
        answer(made, analyte="calcium")


@pytest.mark.parametrize(
    ("value", "decimals", "doubtful"),
    [
        ("2.145", 2, True),
        ("2.1452", 2, True),
        ("2.1455", 2, False),
        ("2.1", 2, False),
        ("34.48", 0, True),
        ("-34.6", 0, False),
    ],
)
def test_doubtful_rounding_is_noticed(value: str, decimals: int, doubtful: bool) -> None:
    """A value near a half is not asked for."""
    assert gold.is_doubtful(Decimal(value), decimals) == doubtful


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.key)
def test_everything_graded_is_told(question: Question) -> None:
    """The prompt holds patient, test with code, window ends, unit with factor, rounding, rules and every field."""
    person = Person(0, "hidden-id", "1001", (Name("Ives", ("Ada",)),), "female", NOW.date())
    how = TEMPLATES[question.template].how
    said = (
        patient_params(person, how)
        if how != "bed"
        else {"how": how, "family": "Ives", "given": "Ada", "bed": "5W-01A"}
    )
    text = category.prompt(question, said, now_text(NOW))
    style = TEMPLATES[question.template].style
    asked = question.rules
    rules = what_counts(asked, question.basis, style, as_answer=True) if asked else PROTOCOL.title
    window = question.window
    ends = ("included", "not included") if window.start else (f"{window.hours:g}", "count")
    factor = OTHER_UNITS.get(question.analyte)
    wanted = [
        lab_name(question.analyte),
        question.unit,
        "half up",
        rules,
        "no_data",
        "10 March 2026, 10:25",
        *ends,
    ]
    wanted += [f.name for f in category.schema(question).fields]
    wanted += [factor.factor] if factor else []
    assert [w for w in wanted if w not in text] == []
    assert "hidden-id" not in text
    assert "{" not in text


KIND = st.sampled_from(
    ["final", "preliminary", "error", "spoiled", "below", "other-unit", "corrected", "amended", "words"]
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 60 * 60), KIND, st.integers(14, 52)), max_size=12, unique_by=lambda x: x[0]
    ),
    st.sampled_from([q for q in QUESTIONS.values() if q.analyte == "phosphate"]),
)
def test_two_computations_agree(results: list[tuple[int, str, int]], question: Question) -> None:
    """On any chart the gold and the reference solution, which share no code, give the same answer or none."""
    made = chart()
    for minutes, kind, tenths in sorted(results, reverse=True):
        _write(made, kind, tenths / 10, back(minutes / 60))
    rules = question.rules or PROTOCOL.current
    found = gold.counting(made.resources, question.analyte, question.unit, rules)
    expected = category.expect(question, found, NOW)
    if expected is None:
        return
    said = patient_params(made.person, "mrn")
    task = Task(
        "recent-lab/999", "recent-lab", 1, "query", question.template, "", _params(question, said), (made.person.id,),
        category.schema(question), expected,
    )  # fmt: skip
    policies = [policy_resource(p) for p in category.policies()]
    server = EmbeddedServer.from_resources(
        [patient_resource(made.person), *made.resources, *policies], references=False, validate=None
    )
    with server.open_session() as session:
        episode = Episode(task, session)
        play(oracle(), episode)
        assert episode.verdict().passed, (episode.error, expected, episode.evidence().answer)


def _params(question: Question, said: dict[str, Any]) -> dict[str, Any]:
    return said | {
        "analyte": question.analyte,
        "unit": question.unit,
        "decimals": question.decimals,
        "window": as_params(question.window),
        "basis": question.basis,
        "rules": as_params(question.rules) if question.rules else None,
        "signs": category.has_signs(question),
    }


def _write(made: ChartBuilder, kind: str, value: float, at: datetime) -> None:
    issued = min(at + timedelta(minutes=30), NOW)
    match kind:
        case "preliminary" | "amended":
            made.lab("phosphate", value, at, status=kind, issued=issued)
        case "error":
            made.lab("phosphate", value, at, status="entered-in-error", issued=issued)
        case "spoiled":
            made.lab("phosphate", value, at, note="Specimen hemolyzed.", issued=issued)
        case "below":
            made.lab("phosphate", value, at, comparator="<", issued=issued)
        case "other-unit":
            made.lab("phosphate", round(value * 0.3229, 2), at, unit="mmol/L", issued=issued)
        case "corrected":
            first = made.lab("phosphate", value + 1, at, issued=issued)
            extension = {"url": REPLACES, "valueReference": {"reference": f"Observation/{first}"}}
            made.lab("phosphate", value, at, status="corrected", issued=NOW, extra={"extension": [extension]})
        case "words":
            made.lab("phosphate", "See comment", at, issued=issued)
        case _:
            made.lab("phosphate", value, at, issued=issued)
