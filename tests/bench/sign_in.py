"""Whether the sign-in tells by its time who has an account: a name of nobody and a wrong password, in turn."""

import time
from statistics import median

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from tests.bench import worker

TRIES, WARM_UP = 40, 4
KNOWN, UNKNOWN = "bench-known", "bench-nobody"


def measure(pipe, data_set):
    """Answer with (seconds known, seconds unknown): medians of interleaved wrong sign-ins, on `data_set`."""
    with worker.told(pipe):
        worker.connect(data_set)
        users = get_user_model().objects
        if not users.filter(username=KNOWN).exists():
            users.create_user(KNOWN, password="Not-the-one-typed-81", is_staff=True)
        times = {KNOWN: [], UNKNOWN: []}
        for number in range(TRIES):
            for name in (KNOWN, UNKNOWN) if number % 2 else (UNKNOWN, KNOWN):
                # Another address each time, so that nobody is locked out.
                client = Client(REMOTE_ADDR=f"10.0.{number}.{1 if name == KNOWN else 2}", HTTP_HOST="localhost")
                began = time.perf_counter()
                answer = client.post(reverse("admin:login"), {"username": name, "password": "wrong-password-1"})
                if number >= WARM_UP:
                    times[name].append(time.perf_counter() - began)
                if answer.status_code != 200:
                    raise RuntimeError(f"The sign-in answers {answer.status_code}.")
        pipe.send(("times", (median(times[KNOWN]), median(times[UNKNOWN]))))
