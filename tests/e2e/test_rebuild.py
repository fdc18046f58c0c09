"""A state topic that is lost is folded anew out of the raw log: the same bytes, and what is
published afterwards is what an instance publishes that never lost anything."""
import json
import signal
import subprocess

import pytest
from confluent_kafka import TopicPartition

from support import PARTITIONS, payment, read, read_signals, until, wait_until_processed
from test_all_signals import STORY
from test_restore import commit, stopped

GROUP = "sinyal-lifecycle"
HASTE = {"lifecycle__session_timeout_ms": 6000}  # who has ended is soon gone from the group


def tell(process, story):
    for how, body, _ in story:
        posted = {"notify": process.notify, "recurring": process.recurring}.get(
            how, lambda document, kind=how: process.document(kind, document))
        assert posted(body)[0] == 200


def rebuild(process, *flags, **settings):
    sets = [word for name, value in settings.items()
            for word in ("--set", f"{name.replace('__', '.')}={value}")]
    return subprocess.run([process.binary, "rebuild", "--config", str(process.config), *flags,
                           *sets], capture_output=True, text=True, check=False, timeout=120,
                          env=process.environment)


def delete_state(kafka, prefix, process):
    topic, admin = f"{prefix}.state", kafka.admin()
    admin.delete_topics([topic])[topic].result()
    until(lambda: topic not in kafka.topics(prefix), "deleted")
    subprocess.run([process.binary, "topics", "apply", "--config", str(process.config)],
                   check=True, capture_output=True, timeout=60, env=process.environment)


def forget_offsets(kafka, prefix):
    group, admin = f"{prefix}-{GROUP}", kafka.admin()
    admin.delete_consumer_groups([group])[group].result()


def until_left(process):
    """Until nobody is in the group any more; whatever else is wrong."""
    until(lambda: "has members" not in rebuild(process, "--dry-run").stderr, "the group is empty")


def folded(kafka, prefix):
    """The last record of each key and partition, with everything that must be the same."""
    return {(record.partition, record.key): record.identity()
            for record in read(kafka, f"{prefix}.state")}


def stop(process):
    process.terminate()
    assert process.wait() == 0


def lived(kafka, prefix, sinyal, story):
    process = sinyal(kafka, prefix, **HASTE).start()
    tell(process, story)
    wait_until_processed(process, kafka, prefix)
    stop(process)
    until_left(process)
    return process


def test_a_lost_state_is_rebuilt_byte_for_byte_and_its_lifecycle_goes_on(kafka, prefix, sinyal):
    half = len(STORY) // 2
    wrong = [("notify", payment("A-1", "settlement", amount="1.00"), [])]  # counts in the state
    process = lived(kafka, prefix, sinyal, STORY[:half] + wrong)
    state, signals = folded(kafka, prefix), read_signals(kafka, prefix)
    quarantined = read(kafka, f"{prefix}.quarantine")
    assert len(quarantined) == 1
    delete_state(kafka, prefix, process)

    checked = rebuild(process, "--dry-run")
    assert checked.returncode == 0, checked.stderr
    assert read(kafka, f"{prefix}.state") == []
    done = rebuild(process, "--format", "json")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["partition"] for each in told] == list(range(PARTITIONS))
    assert folded(kafka, prefix) == state
    assert len(read(kafka, f"{prefix}.state")) == len(state)
    assert sum(each["subjects"] for each in told) == \
        sum(1 for _, key in state if key != "position")
    assert read_signals(kafka, prefix) == signals
    assert read(kafka, f"{prefix}.quarantine") == quarantined

    process.start()
    tell(process, STORY[half:])
    wait_until_processed(process, kafka, prefix)
    whole = sinyal(kafka, prefix + "-whole", role="lifecycle", kafka__source_prefix=prefix).start()
    wait_until_processed(whole, kafka, prefix + "-whole", raw=prefix)
    first, second = read_signals(kafka, prefix), read_signals(kafka, prefix + "-whole")
    for name, records in first.items():
        assert [r.identity() for r in records] == [r.identity() for r in second[name]], name
        assert records, name


def test_a_state_topic_that_was_made_anew_under_lifecycle_is_refused_then_rebuilt(
        kafka, prefix, sinyal):
    """It goes on from memory, and its positions are those of a whole state: that subjects are
    missing shows in their number alone."""
    def settle(letter):
        for number in range(12):
            assert process.notify(payment(f"{letter}-{number}", "settlement"))[0] == 200

    process = sinyal(kafka, prefix, **HASTE).start()
    settle("A")
    wait_until_processed(process, kafka, prefix)
    delete_state(kafka, prefix, process)
    settle("B")
    wait_until_processed(process, kafka, prefix)
    stop(process)
    signals = read_signals(kafka, prefix)
    assert len(signals["payment_settled"]) == 24

    process.start(wait=False).listen()
    stopped(process, "the state topic lost records, or was made anew while lifecycle ran")
    until(lambda: sum('"partition stopped"' in line for line in process.lines) == PARTITIONS,
          "every partition is stopped")
    settle("A")
    stop(process)
    until_left(process)
    assert read_signals(kafka, prefix) == signals

    delete_state(kafka, prefix, process)
    done = rebuild(process)
    assert done.returncode == 0, done.stderr
    process.start()
    settle("B")
    wait_until_processed(process, kafka, prefix)
    assert read_signals(kafka, prefix) == signals


def test_what_a_rebuild_refuses(kafka, prefix, sinyal):
    """Each with exit 1, what is wrong and what to do; and nothing is written."""
    process = lived(kafka, prefix, sinyal, STORY[:6])

    def refused(words, *flags, **settings):
        done = rebuild(process, *flags, **settings)
        assert done.returncode == 1 and words in done.stderr and "Hint: " in done.stderr, done
        assert done.stdout == ""

    refused("the state topic is not empty")
    delete_state(kafka, prefix, process)
    refused("run without --to-end", "--to-end")
    refused("has committed no offset", lifecycle__group="nobody")
    refused("partitions", kafka__partitions=PARTITIONS + 1)

    process.start(wait=False)
    stopped(process, "sinyal rebuild")  # lifecycle itself says what helps
    refused("has members: client id sinyal-i1")
    process.kill()
    until_left(process)
    ends = {number: len([r for r in read(kafka, f"{prefix}.notifications")
                         if r.partition == number]) for number in range(PARTITIONS)}
    commit(kafka, prefix, GROUP, {number: end + 1 for number, end in ends.items()})
    refused("was made anew")
    commit(kafka, prefix, GROUP, ends)
    admin = kafka.admin()  # it has to outlive the answer
    trimmed = admin.delete_records([TopicPartition(f"{prefix}.notifications", number, 1)
                                    for number, end in ends.items() if end])
    for future in trimmed.values():
        future.result()
    refused("--from-trimmed-log")
    assert read(kafka, f"{prefix}.state") == []
    assert rebuild(process, "--from-trimmed-log").returncode == 0
    assert read(kafka, f"{prefix}.state")


def test_topics_that_keep_more_or_less_than_configured_stand_in_no_rebuilds_way(
        kafka, prefix, sinyal):
    process = lived(kafka, prefix, sinyal, STORY[:6])
    delete_state(kafka, prefix, process)
    for days in (7, -1):  # the topics keep 30
        done = rebuild(process, "--dry-run", kafka__retention_signals_days=days)
        assert done.returncode == 0, done.stderr


def test_wrong_configuration_and_wrong_use_have_their_own_statuses(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix)
    assert rebuild(process, kafka__partitions="many").returncode == 78
    assert rebuild(process, "--nonsense").returncode == 2


def test_offsets_that_expired_are_made_up_for_by_to_end(kafka, prefix, sinyal):
    process = lived(kafka, prefix, sinyal, STORY[:6])
    state = folded(kafka, prefix)
    forget_offsets(kafka, prefix)
    delete_state(kafka, prefix, process)
    assert rebuild(process).returncode == 1
    assert rebuild(process, "--to-end").returncode == 0
    rebuilt = folded(kafka, prefix)
    assert {key: rebuilt[key] for key in state} == state


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_part_of_a_state_is_refused_until_it_is_rebuilt(kafka, prefix, sinyal, how):
    process = sinyal(kafka, prefix, **HASTE).start()
    connection = process.connection()
    for number in range(1500):
        assert process.notify(payment(f"K-{number}", "settlement"), connection)[0] == 200
    wait_until_processed(process, kafka, prefix)
    stop(process)
    until_left(process)
    state = folded(kafka, prefix)
    delete_state(kafka, prefix, process)

    with subprocess.Popen([process.binary, "rebuild", "--config", str(process.config)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=process.environment) as running:
        assert running.stdout.readline().startswith("partition 0: ")
        running.send_signal(how)
        _, errors = running.communicate(timeout=60)
    assert running.returncode == (-9 if how == signal.SIGKILL else 1)
    if how == signal.SIGINT:
        assert "interrupted" in errors and "Hint: " in errors

    done = rebuild(process)
    assert done.returncode == 1 and "the state topic is not empty" in done.stderr
    delete_state(kafka, prefix, process)
    done = rebuild(process)
    assert done.returncode == 0, done.stderr
    assert folded(kafka, prefix) == state


def test_subjects_without_a_position_are_a_part_and_no_lifecycle_takes_them(kafka, prefix, sinyal):
    """As a rebuild that ends between two transactions leaves them, and without offsets at that."""
    process = lived(kafka, prefix, sinyal, STORY[:6])
    records = [r for r in read(kafka, f"{prefix}.state") if r.key != "position"]
    forget_offsets(kafka, prefix)
    delete_state(kafka, prefix, process)
    for record in records:
        kafka.append(f"{prefix}.state", record)
    process.start(wait=False).listen()
    stopped(process, "its rebuild was interrupted")
