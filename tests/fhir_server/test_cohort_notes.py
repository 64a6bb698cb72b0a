"""Notes and messages: true at their time, of one piece with the chart, varied, as messy as stated, valid."""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.errors import UnknownNameError
from chartgym.fhir_server import Resource
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.charts import Record, write_record
from chartgym.fhir_server.cohort.codes import ANALYTES, NOTES
from chartgym.fhir_server.cohort.notes.grammar import Bank, Template, listed, tidy
from chartgym.fhir_server.cohort.notes.phrases import gainsaid, kind, stripped
from chartgym.fhir_server.cohort.notes.rates import QUIET, RATES
from chartgym.fhir_server.cohort.notes.reading import read
from chartgym.fhir_server.cohort.notes.styles import style_of
from chartgym.fhir_server.cohort.notes.words import number
from chartgym.fhir_server.cohort.plan import NOW
from chartgym.fhir_server.embedded.validate import validate

SAMPLE = (4, 9, 13, 21, 34, 38, 55, 61, 77, 90)
"""Places in `plan.charts`: some lie in the house, some are at home, one has died."""
KINDS = {coding.code: name for name, row in NOTES.items() for coding in row.codes}
SIGNED = re.compile(r"(Signed|signed|, [A-Z][a-zA-Z-]{1,5}( on | \|? ?|, )|RN|MD|DO|NP).*\d")
TELLING = {
    "potassium": r"(?:K|potassium)",
    "creatinine": r"(?:Cr|creatinine)",
    "sodium": r"(?:Na|sodium)",
    "hemoglobin": r"(?:Hgb|Hb|hemoglobin)",
    "magnesium": r"(?:Mg|magnesium)",
    "wbc": r"(?:WBC|white count)",
    "bun": r"BUN",
    "lactate": r"(?:lactate|lactic acid)",
}
"""How notes call some tests; a value follows, and often the one before."""


@dataclass(frozen=True)
class Note:
    """One note, read."""

    resource: Resource
    kind: str
    at: datetime
    text: str

    @property
    def id(self) -> str:
        """The resource's id."""
        return self.resource["id"]

    @property
    def encounter(self) -> str:
        """Id of the encounter; empty where there is none."""
        rows = self.resource["context"].get("encounter", [{"reference": ""}])
        return rows[0]["reference"].removeprefix("Encounter/")


@lru_cache(maxsize=32)
def record(place: int) -> Record:
    """One chart of the cohort, by place."""
    plan = build_plan(1)
    return write_record(plan, plan.charts[place])


@lru_cache(maxsize=32)
def notes(place: int) -> tuple[Note, ...]:
    """The notes of a chart, in order of time."""
    return tuple(
        Note(r, KINDS[r["type"]["coding"][0]["code"]], datetime.fromisoformat(r["date"]), text_of(r))
        for r in record(place).resources
        if r["resourceType"] == "DocumentReference"
    )


def text_of(resource: Resource) -> str:
    """The text of a note."""
    return b64decode(resource["content"][0]["attachment"]["data"]).decode()


def record_stay(place: int) -> str:
    """Id of the encounter that goes on."""
    stay = build_plan(1).charts[place].stay
    return stay.encounter_id if stay else ""


def marked(place: int, *kinds: str) -> set[str]:
    """Ids of the notes that show some kinds of mess."""
    return {key for name in kinds for key in record(place).spoiled.get(name, ())}


def ours(place: int) -> Iterator[Note]:
    """Notes that tell of the patient as things are: signed, not misfiled, nothing contradictory copied, no addendum."""
    odd = marked(place, "note-wrong-patient", "note-contradicts", "note-addendum", "outside-record")
    for note in notes(place):
        last = note.text.rsplit("\n", 1)[-1]
        if note.id not in odd and SIGNED.search(last) and "\n" in note.text:
            yield note


def messages(place: int) -> list[Resource]:
    """The inbox of a chart."""
    return [r for r in record(place).resources if r["resourceType"] == "Communication"]


class TestWhatIsTold:
    """What notes say is what the chart holds."""

    @pytest.mark.parametrize("place", SAMPLE)
    def test_values_are_in_the_chart_and_known_by_then(self, place: int) -> None:
        """Each "K 3.4" or "Cr 1.8 from 2.2" of a daily note or summary is a result that was released by then."""
        reading = read(record(place).resources)
        checked = 0
        for note in ours(place):
            if note.kind not in {"progress", "admission", "discharge", "emergency"}:
                continue
            for name, called in TELLING.items():
                series = reading.of(name)
                known = {
                    number(name, v)
                    for v, k in zip(series.values, series.known, strict=True)
                    if k <= note.at.timestamp()
                }
                for found in re.finditer(
                    rf"(?<![\w/]){called} (\d+(?:\.\d+)?)(?= |,|;|\.(?:\s|$)|\))", note.text
                ):
                    assert found[1] in known, (name, found[0], note.at, note.text)
                    checked += 1
        assert checked or not any(n.kind == "progress" for n in notes(place))

    @pytest.mark.parametrize("place", SAMPLE)
    def test_nobody_denies_a_fever_that_was_measured(self, place: int) -> None:
        """A daily note with a highest temperature of 38 and more does not say that there was no fever."""
        for note in ours(place):
            hot = [float(t) for t in re.findall(r"Tmax (\d+\.\d)", note.text)]
            if note.kind == "progress" and any(t >= 100.4 or 38.0 <= t < 45 for t in hot):
                denial = re.search(
                    r"(?i)(denies|no complaint of|troubled by|negative for|not had|not report)[^.:]*\bfever",
                    note.text,
                )
                assert denial is None, (hot, denial)

    @pytest.mark.parametrize("place", SAMPLE)
    def test_the_patient_has_one_sex(self, place: int) -> None:
        """Men are not she, women are not he, but in notes about somebody else and in what relatives do."""
        gender = record(place).resources[0]["gender"]
        other = r"\bshe\b|\bMs [A-Z]" if gender == "male" else r"\bhe\b|\bMr [A-Z]"
        for note in ours(place):
            assert not re.search(other, note.text), note.text

    @pytest.mark.parametrize("place", SAMPLE)
    def test_notes_lie_within_their_encounter(self, place: int) -> None:
        """A note of a stay or visit is written after its beginning, a daily one before its end; none after now."""
        spans = {
            r["id"]: (datetime.fromisoformat(r["period"]["start"]), r["period"].get("end"))
            for r in record(place).resources
            if r["resourceType"] == "Encounter"
        }
        for note in notes(place):
            assert note.at <= NOW
            period = note.resource["context"]["period"]
            assert datetime.fromisoformat(period["start"]) <= datetime.fromisoformat(period["end"]) == note.at
            if not note.encounter:
                continue
            start, end = spans[note.encounter]
            assert note.at >= start
            if note.kind in {"progress", "nursing", "admission", "discharge"} and end:
                assert note.at <= datetime.fromisoformat(end)

    def test_every_stay_has_its_notes(self) -> None:
        """A stay of more than two days has an admission note, daily notes, and a summary where it is over."""
        for place in SAMPLE:
            by_stay: dict[str, Counter[str]] = defaultdict(Counter)
            for note in notes(place):
                by_stay[note.encounter][note.kind] += 1
            for r in record(place).resources:
                if r["resourceType"] != "Encounter" or r["class"]["code"] != "IMP" or "partOf" in r:
                    continue
                start = datetime.fromisoformat(r["period"]["start"])
                end = datetime.fromisoformat(r["period"]["end"]) if "end" in r["period"] else NOW
                found = by_stay[r["id"]]
                if end - start > timedelta(days=2.5):
                    assert found["admission"] == 1
                    assert found["progress"] >= 1
                assert found["discharge"] == ("end" in r["period"])

    @pytest.mark.parametrize("place", SAMPLE)
    def test_nothing_is_left_of_the_templates(self, place: int) -> None:
        """No brace, no slot, no double space within a sentence, nothing that gives away how it was made."""
        for text in [
            *(n.text for n in notes(place)),
            *(m["payload"][0]["contentString"] for m in messages(place)),
        ]:
            assert not re.search(r"[{}]|\$[a-z]| ,|,,|\bNone\b(?! )|synthetic|simulat", text), text


class TestQuietDays:
    """The last days of a stay that goes on, in which tasks are graded."""

    @pytest.mark.parametrize("place", [p for p in range(0, 100, 6) if build_plan(1).charts[p].stay][:8])
    def test_no_value_gainsays_the_chart(self, place: int) -> None:
        """Nothing contradictory, misfiled or asked of a consultant; glucose by meter and signs as charted."""
        since = NOW - timedelta(seconds=QUIET)
        odd = marked(place, "note-wrong-patient", "note-contradicts")
        assert not [
            n for n in notes(place) if n.id in odd and n.encounter == record_stay(place) and n.at > since
        ]
        reading = read(record(place).resources)
        temps = {f"{v:.1f}" for v in reading.of("temperature").values}
        temps |= {f"{v * 1.8 + 32:.1f}" for v in reading.of("temperature").values}
        for note in ours(place):
            if note.at < since:
                continue
            assert note.kind != "consult"
            for told in re.findall(r"Tmax (\d+\.\d)", note.text):
                assert told in temps


class TestMess:
    """What is wrong with notes is as stated."""

    def test_notes_of_others_are_taken_back_and_said_to_be(self) -> None:
        """A misfiled note is entered-in-error, has no clinical weight, and a later one appends the reason."""
        found = 0
        for place in range(0, 60, 3):
            wrong = marked(place, "note-wrong-patient")
            appended = {
                r["target"]["reference"].removeprefix("DocumentReference/"): n
                for n in notes(place)
                for r in n.resource.get("relatesTo", ())
            }
            for note in notes(place):
                if note.id in wrong:
                    found += 1
                    assert note.resource["status"] == note.resource["docStatus"] == "entered-in-error"
                    assert appended[note.id].at > note.at
                    assert appended[note.id].resource["status"] == "current"
                elif note.kind == "progress":
                    assert note.resource["status"] == "current"
        assert found

    @pytest.mark.parametrize("place", SAMPLE)
    def test_what_is_copied_stood_in_an_earlier_note(self, place: int) -> None:
        """A note that counts as copied forward repeats a passage of an earlier one of the stay word for word."""
        copied = marked(place, "note-copied-forward")
        typed = marked(place, "note-typo")
        earlier: dict[str, list[str]] = defaultdict(list)
        slipped: set[str] = set()
        for note in notes(place):
            if note.kind != "progress":
                continue
            if note.id in copied - typed and note.encounter not in slipped:
                before = " ".join(earlier[note.encounter])
                passages = [s for s in re.split(r"\n|(?<=\.) ", note.text) if len(s) > 40]
                assert any(p[12:40] in before for p in passages), note.text
            earlier[note.encounter].append(note.text)
            if note.id in typed:  # what is copied from it afterwards has no slip
                slipped.add(note.encounter)

    def test_rates_are_near_what_is_stated(self) -> None:
        """Over a sample the shares lie in the bands of the table, widened for its size."""
        found: Counter[str] = Counter()
        for place in range(0, 60, 3):
            found.update({k: v for k, v in record(place).tally.items() if k.startswith(("note-", "of:"))})
        for name, rate in RATES.items():
            size = found["of:notes" if rate.of == "all" else f"of:{rate.of}"]
            assert rate.low * 0.5 <= found[name] / size <= rate.high * 1.5, (name, found[name], size)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a note without headings and without what has one or two words."""
    for line in text.split("\n"):
        if len(line.split()) < 5 and not line.endswith(".") and ":" not in line:
            continue
        for part in re.split(r"(?<=[a-z0-9)%][.!?])\s+(?=[A-Z])", line):
            bare = re.sub(
                r"^[\s\-*#•\[\]]*(\d+\. )?(?:[A-Za-z][A-Za-z/&'() -]{0,34}[:\]] ?)?", "", part, count=1
            ).strip(" .")
            if len(bare.split()) > 2:
                yield bare


class TestVariety:
    """No phrase is everybody's."""

    def test_no_sentence_is_common(self) -> None:
        """In a sample no sentence stands in more than 2 % of a kind's notes (1 % in the whole cohort)."""
        held: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        sizes: Counter[str] = Counter()
        for place in range(0, 60, 3):
            copied = marked(place, "note-copied-forward")
            for note in notes(place):
                sizes[note.kind] += 1
                if note.id not in copied:
                    for s in sentences(note.text):
                        held[note.kind][s].add(note.id)
        for name, size in sizes.items():
            if name in {"outside-record", "protocol", "policy"} or size < 40:
                continue
            common = [(s, len(ids)) for s, ids in held[name].items() if len(ids) > max(6, 0.02 * size)]
            assert not common, (name, size, common)

    def test_an_author_keeps_to_one_hand(self) -> None:
        """The same author of the same cohort writes in one style; authors differ."""
        hands = [style_of(1, f"author/{n}") for n in range(40)]
        assert hands == [style_of(1, f"author/{n}") for n in range(40)]
        assert len({(h.layout, h.trend, h.date, h.metric, h.own) for h in hands}) > 35


class TestInbox:
    """Messages between home and office."""

    def test_answers_follow_questions(self) -> None:
        """Each answer names a message of the patient that came before it; senders and recipients are turned round."""
        answers = 0
        for place in SAMPLE:
            inbox = {m["id"]: m for m in messages(place)}
            me = record(place).resources[0]["id"]
            for message in inbox.values():
                patient_wrote = message["sender"]["reference"] == f"Patient/{me}"
                assert patient_wrote != (message["recipient"][0]["reference"] == f"Patient/{me}")
                for link in message.get("inResponseTo", ()):
                    asked = inbox[link["reference"].removeprefix("Communication/")]
                    assert asked["sent"] < message["sent"] or datetime.fromisoformat(
                        asked["sent"]
                    ) < datetime.fromisoformat(message["sent"])
                    assert asked["recipient"][0]["reference"] != message["recipient"][0]["reference"]
                    answers += 1
        assert answers > 3

    def test_nobody_writes_from_the_ward(self) -> None:
        """While in hospital a patient sends no message to the office."""
        for place in SAMPLE:
            stays = [
                (
                    datetime.fromisoformat(r["period"]["start"]),
                    datetime.fromisoformat(r["period"]["end"]) if "end" in r["period"] else NOW,
                )
                for r in record(place).resources
                if r["resourceType"] == "Encounter" and r["class"]["code"] == "IMP"
            ]
            for message in messages(place):
                at = datetime.fromisoformat(message["sent"])
                assert not any(start < at < end for start, end in stays)


class TestForm:
    """Resources as FHIR and the generator want them."""

    @pytest.mark.parametrize("place", SAMPLE[:4])
    def test_all_are_valid(self, place: int) -> None:
        """The embedded server's own rules hold for every note and message, and ids are unique."""
        found = [
            r for r in record(place).resources if r["resourceType"] in {"DocumentReference", "Communication"}
        ]
        for resource in found:
            assert validate(resource) == (), resource
        numbers = [r["identifier"][0]["value"] for r in found if "identifier" in r]
        assert len(set(numbers)) == len(numbers)

    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        """A chart written again has the same notes."""
        plan = build_plan(1)
        again = write_record(plan, plan.charts[SAMPLE[1]])
        assert orjson.dumps(again.resources) == orjson.dumps(record(SAMPLE[1]).resources)

    def test_counts_stay_within_the_budget(self) -> None:
        """A chart has some dozens to some hundreds of notes, 500 to 4,000 characters each on the average."""
        for place in SAMPLE:
            found = notes(place)
            size = sum(len(n.text) for n in found) / max(1, len(found))
            assert len(found) < 700
            assert 200 < size < 4_000 or len(found) < 5


class TestGrammar:
    """Templates."""

    @pytest.mark.parametrize("source", ["{a|b", "a}", "a|b", "{a{b|c}"])
    def test_braces_that_do_not_match_are_refused(self, source: str) -> None:
        """The error says what is wrong with the braces."""
        with pytest.raises(ValueError, match="brace"):
            Template(source)

    def test_an_unknown_key_names_the_nearest(self) -> None:
        """A bank says what it has."""
        with pytest.raises(UnknownNameError, match="lungs"):
            Bank("finding", {"lungs": ("clear",)})["lung"]

    @given(st.integers(0, 10_000))
    def test_choices_nest_and_slots_are_filled(self, seed: int) -> None:
        """Each expansion is one of those that can be."""
        said = Template("{a {b|c}|$d|}e{ ,|} f").say(child(1, seed), {"d": "x"})
        assert said in {f"{head}e{tail} f" for head in ("a b", "a c", "x", "") for tail in ("", ",")}

    @pytest.mark.parametrize(
        ("text", "wanted"), [("a , b", "a, b"), ("a  b", "a b"), ("( a)", "(a)"), ("a,.", "a.")]
    )
    def test_what_empty_choices_leave_is_tidied(self, text: str, wanted: str) -> None:
        """Spaces before commas, double spaces, a comma before a stop."""
        assert tidy(text) == wanted

    def test_lists(self) -> None:
        """Commas and a last word."""
        assert listed([]) == ""
        assert listed(["a"]) == "a"
        assert listed(["a", "b", "c"], "or") == "a, b or c"


class TestFacts:
    """How facts become clauses."""

    @pytest.mark.parametrize(
        ("words", "wanted"),
        [
            ("cough with sputum for two days", "noun"),
            ("breathless on hills", "state"),
            ("stops for breath after 100 yards", "verb"),
        ],
    )
    def test_a_fact_is_told_by_how_it_begins(self, words: str, wanted: str) -> None:
        """Nouns are reported, states are felt, verbs have a subject."""
        assert kind(words) == wanted

    @pytest.mark.parametrize(
        ("denial", "there", "wanted"),
        [
            ("fever", "fevers and chills at home", True),
            ("fever or chills", "felt hot since yesterday", True),
            ("chest pain", "cough with sputum", False),
            ("shortness of breath", "winded sooner than last year", True),
            ("falls", "", False),
        ],
    )
    def test_what_is_there_is_not_denied(self, denial: str, there: str, *, wanted: bool) -> None:
        """A denial is dropped where something present speaks against it."""
        assert gainsaid(denial, there) is wanted

    def test_duration_is_left_out_later(self) -> None:
        """How long it had lasted is true on the first day only."""
        assert stripped("cough with sputum for two days") == "cough with sputum"


def test_analytes_of_the_table_exist() -> None:
    """The tests' own table names real analytes."""
    table: Mapping[str, str] = TELLING
    assert set(table) <= set(ANALYTES)
