"""How soon a served model answers, alone and beside others, and what asking together gains."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from urllib.parse import urlparse

import workbench as wb
from tests.benchmarks.measure import AGAIN, Goal, percentile, ratios, summary, turns

SINGLE, FEW, MANY = 1, 8, 32  # clients
ASKED = {SINGLE: 24, FEW: 10, MANY: 3}  # texts of each client in a round
ARMS = {"together": {}, "together again": {}, "one by one": {"batch": 1}}


def served(scale: str):
    """MiniLM over HTTP: p50 and p95 of 1, 8 and 32 clients, texts asked together or one by one."""
    rounds = {"small": 1, "normal": 6, "full": 40}[scale]
    recipe = wb.Recipe(max_train_examples=128, max_eval_examples=200, epochs=1)
    run = wb.fine_tune(recipe, progress=False)
    texts = run.predictions("test")["text"].tolist()
    servers = {name: wb.shipping.serve(run, **limits) for name, limits in ARMS.items()}
    found: dict[tuple[str, int], list[list[float]]] = {}
    rates: dict[str, list[float]] = {name: [] for name in ARMS}
    try:
        for number, order in enumerate([list(ARMS), *turns(ARMS, rounds)]):
            for name in order:
                for clients, each in ASKED.items():
                    seconds, whole = _asked(servers[name].url, texts, clients, each)
                    if not number:  # the first round warms up
                        continue
                    found.setdefault((name, clients), []).append(seconds)
                    if clients == MANY:
                        rates[name].append(clients * each / whole)
    finally:
        for one in servers.values():
            one.stop()
    tails = {key: [1000 * percentile(one, 0.95) for one in some] for key, some in found.items()}
    figures: dict = {}
    for (name, clients), some in found.items():
        pooled = [1000 * one for part in some for one in part]
        figures[f"milliseconds, {name}, {clients} clients, p50 and p95"] = [
            percentile(pooled, 0.5), percentile(pooled, 0.95)
        ]  # fmt: skip
    slower = ratios(tails["together", FEW], tails["together", SINGLE])
    gain = ratios(rates["together"], rates["one by one"])
    figures |= {
        **{f"answers a second, {name}, {MANY} clients": summary(one)
           for name, one in rates.items()},
        f"p95 of {FEW} clients, times that of one": slower,
        f"throughput of {MANY} clients, together against one by one": gain,
        f"throughput, {AGAIN}": ratios(rates["together"], rates["together again"]),
        f"p95 of {FEW} clients, {AGAIN}": ratios(
            tails["together", FEW], tails["together again", FEW]
        ),
    }  # fmt: skip
    goals = [
        Goal(f"p95 of {FEW} clients, times that of one", slower["median"], at_most=4),
        Goal(f"throughput of {MANY} clients, times one by one", gain["median"], at_least=3),
    ]
    return figures, goals


def _asked(url: str, texts: list[str], clients: int, each: int) -> tuple[list[float], float]:
    """Seconds of each answer, and of all, of clients that ask one text behind the other."""
    seconds: list[float] = []
    ready = threading.Barrier(clients + 1)

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(urlparse(url).netloc, timeout=120)
        mine = itertools.islice(itertools.cycle(texts), number * each, (number + 1) * each)
        bodies = [json.dumps({"input": text}) for text in mine]
        ready.wait()
        for body in bodies:
            started = time.perf_counter()
            connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            seconds.append(time.perf_counter() - started)
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for one in threads:
        one.start()
    ready.wait()
    started = time.perf_counter()
    for one in threads:
        one.join()
    return seconds, time.perf_counter() - started
