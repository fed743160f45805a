"""Jobs asked together: which, in what order, and whose fault is whose."""

import threading
import time

from workbench.shipping.serving.batching import SHORT, Batcher, Job

FAR = 1e9


class Held:
    """A batcher whose first batch waits until it is told to go on, so that others queue up."""

    def __init__(self, work=lambda jobs: [job.asked for job in jobs], rows=8):
        self.batches, self.ends, self.go = [], {}, threading.Event()
        self.counted, self.counted_before = [], {}
        self.begun = threading.Event()

        def watched(jobs):
            self.begun.set()
            self.go.wait(30)
            self.batches.append([job.asked for job in jobs])
            return work(jobs)

        def count(rows, seconds):
            self.counted.append(rows)

        self.batcher = Batcher(watched, rows=rows, wait=0.0, on_batch=count)
        self.put("first")
        assert self.begun.wait(30)

    def put(self, asked, key="k", size=1, rows=1, deadline=FAR):
        def end(answer, error):
            self.counted_before[asked] = sum(self.counted)
            self.ends[asked] = (answer, error)

        job = Job(key, size, rows, asked, deadline, end)
        self.batcher.put(job)
        return job

    def finish(self):
        self.go.set()
        self.batcher.close()
        return self.batches[1:]


def test_jobs_that_came_meanwhile_are_asked_together():
    held = Held(rows=3)
    for number in range(5):
        held.put(number)
    assert held.finish() == [[0, 1, 2], [3, 4]]
    assert {asked: answer for asked, (answer, _) in held.ends.items()} == {
        "first": "first", **{number: number for number in range(5)}
    }  # fmt: skip


def test_only_jobs_of_one_key_and_about_one_length():
    held = Held()
    held.put("short", size=10)
    held.put("long", size=20 * SHORT)
    held.put("other", key="o")
    held.put("as short", size=SHORT)
    held.put("as long", size=39 * SHORT)
    held.put("longest", size=41 * SHORT)  # more than twice "long"
    assert held.finish() == [["short", "as short"], ["long", "as long"], ["other"], ["longest"]]


def test_rows_count_and_a_large_job_goes_alone():
    held = Held(rows=4)
    held.put("two", rows=2)
    held.put("nine", rows=9)
    held.put("two more", rows=2)
    assert held.finish() == [["two", "two more"], ["nine"]]


def test_what_is_wrong_with_one_is_not_the_others_fault():
    def work(jobs):
        if any(job.asked == "bad" for job in jobs):
            raise ValueError("bad")
        return [job.asked.upper() for job in jobs]

    held = Held(work)
    for asked in ("a", "bad", "b"):
        held.put(asked)
    held.finish()
    assert held.ends["a"] == ("A", None) and held.ends["b"] == ("B", None)
    assert isinstance(held.ends["bad"][1], ValueError)


def test_what_broke_for_several_is_asked_again_only_for_who_waits():
    jobs = {}

    def work(asked):
        if len(asked) > 1:
            jobs["gone"].left = True
            raise ValueError("together")
        return [job.asked for job in asked]

    held = Held(work)
    jobs.update({name: held.put(name) for name in ("gone", "wanted")})
    assert held.finish() == [["gone", "wanted"], ["wanted"]]
    assert held.ends.keys() == {"first", "wanted"}


def test_nobody_works_on_what_nobody_waits_for():
    held = Held()
    held.put("late", deadline=time.monotonic())
    held.put("gone").left = True
    held.put("wanted")
    assert held.finish() == [["wanted"]]
    assert held.ends.keys() == {"first", "wanted"}


def test_who_has_an_answer_finds_it_counted():
    def work(jobs):
        if len(jobs) > 1 and any(job.asked == "bad" for job in jobs):
            raise ValueError("bad")
        return [job.asked for job in jobs]

    held = Held(work, rows=3)
    held.put("two", rows=2)
    held.put("one")
    held.put("bad")
    held.put("good")
    held.finish()
    assert held.counted == [1, 3, 1, 1]  # what broke together is asked, and counted, one by one
    assert held.counted_before == {"first": 1, "two": 4, "one": 4, "bad": 5, "good": 6}
