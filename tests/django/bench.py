"""See tests/django/bench."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

# pylint: disable=wrong-import-position
from events import make_topics, publish, settled  # noqa: E402
from example_shop import Shop  # noqa: E402
from postgres import Postgres  # noqa: E402
from support import Kafka  # noqa: E402

ROUNDS = 3
TOPIC = "bench.payment.settled"


def run(loop, shop, group, count):
    """Events per second, from the first event to the last one's commit; counted by the loop."""
    with shop.connect() as connection:
        connection.execute("DELETE FROM sinyal_django_inboxevent")
        connection.execute("UPDATE shop_order SET times_paid = 0")
        connection.commit()
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "django" / "bench_loops.py"), loop, group,
         str(count)], cwd=shop.directory, stdout=subprocess.PIPE, text=True, check=True,
        env={**shop.environment, "PYTHONPATH": f"{shop.directory}:{ROOT / 'tests' / 'django'}"})
    assert shop.rows("SELECT sum(times_paid) FROM shop_order") == [(count,)]
    assert shop.rows("SELECT count(*) FROM sinyal_django_inboxevent") == [(count,)]
    return json.loads(done.stdout.splitlines()[-1])


def compare(name, shop, count):
    shop.manage("migrate", "-v0")
    shop.place_orders("bench")
    speeds = {"django": [], "bare": []}
    for number in range(ROUNDS):
        for loop, found in speeds.items():
            found.append(run(loop, shop, f"{name}-{loop}-{number}", count))
    django, bare = (statistics.median(found) for found in speeds.values())
    print(f"{name:10} {django / bare:5.2f} x   django {django:7.0f}/s   bare {bare:7.0f}/s   "
          f"rounds {[round(a / b, 2) for a, b in zip(*speeds.values())]}", flush=True)


def main(count):
    with tempfile.TemporaryDirectory() as directory:
        kafka, server = Kafka(ROOT, pathlib.Path(directory) / "kafka"), Postgres()
        try:
            kafka.start()
            server.start()
            make_topics(kafka, TOPIC)
            publish(kafka, TOPIC, *(
                (*settled("bench", ce_id=f"00000000-0000-5000-8000-{number:012d}"), number % 2)
                for number in range(count)))
            print(f"{count} events, {os.cpu_count()} CPUs, median of {ROUNDS} rounds in turn")
            compare("sqlite", Shop(ROOT, kafka, "bench", {
                "SHOP_SQLITE": f"{directory}/bench.sqlite3"}), count)
            compare("postgres", Shop(ROOT, kafka, "bench", server.new_database("bench")), count)
        finally:
            kafka.stop()
            server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]))
