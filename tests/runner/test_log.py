"""The log keeps what it acknowledged, and says what is wrong with what it cannot read."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from chartgym.errors import UsageError
from chartgym.runner.log import Key, LogWriter, Record, read_log, write_whole


def record(task: str, trial: int = 0, **more: object) -> Record:
    key = {"manifest": "m", "task": task, "agent": "oracle", "scaffold": "none", "trial": trial}
    return {"schema": 1, "key": key, **more}


def test_records_come_back_in_order_with_awkward_text(tmp_path: Path) -> None:
    """One record stays one line, whatever line breaks and control characters its text holds."""
    writer = LogWriter(tmp_path)
    texts = ["plain", "a\nb", "\u2028\u2029\x1b[31m", '"}\n{"schema": 1}']
    for number, text in enumerate(texts):
        writer.append(record(f"t/{number}", text=text))
    writer.close()
    assert [r["text"] for r in read_log(tmp_path)] == texts


def test_a_torn_last_line_is_dropped_and_cut_before_the_next_append(tmp_path: Path) -> None:
    """What a kill left half-written never counts, and does not spoil the record after it."""
    writer = LogWriter(tmp_path)
    writer.append(record("t/1"))
    writer.close()
    path = tmp_path / "episodes.jsonl"
    with path.open("ab") as file:
        file.write(b'{"schema": 1, "key": {"manif')
    assert [Key.of(r).task for r in read_log(tmp_path)] == ["t/1"]
    writer = LogWriter(tmp_path)
    writer.append(record("t/2"))
    writer.close()
    assert [Key.of(r).task for r in read_log(tmp_path)] == ["t/1", "t/2"]


def test_a_damaged_middle_line_is_named(tmp_path: Path) -> None:
    """Damage inside the log is never passed over in silence: file and line are told."""
    path = tmp_path / "episodes.jsonl"
    path.write_bytes(b'{"schema": 1}\nrubbish\n{"schema": 1}\n')
    with pytest.raises(UsageError, match=r"episodes\.jsonl:2: damaged record"):
        list(read_log(tmp_path))


def test_a_newer_log_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    """A log of a later form, or none at all, is the user's to mend."""
    with pytest.raises(UsageError, match="no log"):
        list(read_log(tmp_path))
    (tmp_path / "episodes.jsonl").write_bytes(b'{"schema": 99}\n')
    with pytest.raises(UsageError, match="newer ChartGym"):
        list(read_log(tmp_path))


def test_threads_append_whole_records(tmp_path: Path) -> None:
    """Records from many threads never mix."""
    writer = LogWriter(tmp_path)

    def work(number: int) -> None:
        for trial in range(20):
            writer.append(record(f"t/{number}", trial, filler="x" * 3000))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert len({Key.of(r) for r in read_log(tmp_path)}) == 160


def test_a_whole_file_is_there_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills while a file is written leaves the old file and no scraps."""
    path = tmp_path / "manifest.json"
    write_whole(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["manifest.json"]


def test_a_record_that_the_disk_refused_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log ends with the record before, also after it was closed, and takes the next one."""
    writer = LogWriter(tmp_path)
    writer.append(record("t/1"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            writer.append(record("t/2"))
    writer.append(record("t/3"))
    writer.close()
    assert [Key.of(r).task for r in read_log(tmp_path)] == ["t/1", "t/3"]
