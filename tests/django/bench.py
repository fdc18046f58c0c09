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
INBOX = ("SELECT event_id, signal, merchant, subject, sequence, topic, partition, \"offset\", "
         "happened_at FROM sinyal_django_inboxevent ORDER BY event_id")


def run(loop, handler, shop, group, count):
    """What bench_loops.py says of one loop, and the rows that it has written to the inbox."""
    with shop.connect() as connection:
        connection.execute("DELETE FROM sinyal_django_inboxevent")
        connection.execute("UPDATE shop_order SET times_paid = 0")
        connection.commit()
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "django" / "bench_loops.py"), loop, handler, group,
         str(count)], cwd=shop.directory, stdout=subprocess.PIPE, text=True, check=True,
        env={**shop.environment, "PYTHONPATH": f"{shop.directory}:{ROOT / 'tests' / 'django'}"})
    assert shop.rows("SELECT sum(times_paid) FROM shop_order") == [(count,)]
    written = shop.rows(INBOX)
    assert len(written) == count
    return json.loads(done.stdout.splitlines()[-1]), written


def compare(name, shop, count):
    shop.manage("migrate", "-v0")
    shop.place_orders("bench")
    for handler in ("sql", "cursor", "orm"):
        found, first = {"django": [], "bare": []}, None
        for number in range(ROUNDS):
            for loop, rounds in found.items():
                spent, written = run(loop, handler, shop, f"{name}-{loop}-{handler}-{number}",
                                     count)
                rounds.append(spent)
                first = first or written
                assert written == first, "the loops do not write the same"
        django, bare = ({unit: statistics.median(each[unit] for each in rounds)
                         for unit in ("events_s", "cpu_us")} for rounds in found.values())
        print(f"{name:9} {handler:8}"
              f"{django['events_s'] / bare['events_s']:6.2f} {django['events_s']:7.0f}/s"
              f"{bare['events_s']:7.0f}/s   {bare['cpu_us'] / django['cpu_us']:6.2f}"
              f"{django['cpu_us']:8.0f} us{bare['cpu_us']:7.0f} us", flush=True)


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
            print(f"{count} events, {os.cpu_count()} CPUs, median of {ROUNDS} rounds in turn\n"
                  "database  handler  speed  django     bare      CPU     django      bare")
            compare("sqlite", Shop(ROOT, kafka, "bench", {
                "SHOP_SQLITE": f"{directory}/bench.sqlite3"}), count)
            compare("postgres", Shop(ROOT, kafka, "bench", server.new_database("bench")), count)
            compare("prepared", Shop(ROOT, kafka, "bench", {
                **server.new_database("prepared"), "SHOP_PREPARED": "1"}), count)
        finally:
            kafka.stop()
            server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]))
