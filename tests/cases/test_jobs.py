"""Records that reach an end by themselves."""

from __future__ import annotations


def advance(mock, seconds):
    """Move the clock of the default world."""
    mock.json("POST", "/__admin/worlds/default/clock/advance", json={"seconds": seconds})


def test_a_job_passes_its_states_and_ends(play):
    mock = play("62-jobs.yaml")
    mock.json("PATCH", "/__admin/worlds/default/clock", json={"mode": "frozen"})
    job = mock.json("POST", "/jobs", status=202, json={"name": "J"})
    assert (job["status"], job["progress"]) == ("queued", 0)
    seen = [job["status"]]
    for _second in range(9):
        advance(mock, 1)
        job = mock.json("GET", f"/jobs/{job['id']}")
        seen.append(job["status"])
    assert list(dict.fromkeys(seen)) == ["queued", "running", "succeeded"]
    assert job["progress"] == 100
    assert job["finished_at"]


def test_a_cancelled_job_stays_cancelled(play):
    mock = play("62-jobs.yaml")
    job = mock.json("POST", "/jobs", status=202, json={"name": "J"})
    assert mock.json("POST", f"/jobs/{job['id']}/cancel")["status"] == "cancelled"
    advance(mock, 20)
    assert mock.json("GET", f"/jobs/{job['id']}")["status"] == "cancelled"
