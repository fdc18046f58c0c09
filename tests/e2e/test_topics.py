"""Topics that are not as they must be stop the start, with what to do; `topics` creates them."""
import subprocess

import pytest
from confluent_kafka.admin import ConfigResource, NewTopic, ResourceType

from support import CATALOGUE, PARTITIONS, until

DAY_MS = 24 * 60 * 60 * 1000


def command(process, *words):
    return subprocess.run([process.binary, *words, "--config", str(process.config)],
                          capture_output=True, text=True, check=False, env=process.environment,
                          timeout=60, stdin=subprocess.DEVNULL)


def create(kafka, name, partitions=PARTITIONS, **config):
    topic = NewTopic(name, partitions, 1, config={key.replace("_", "."): value
                                                  for key, value in config.items()})
    admin = kafka.admin()  # its answers die with it
    for done in admin.create_topics([topic]).values():
        done.result(20)
    # The controller has it; the broker hears of it a moment later.
    until(lambda: name in admin.list_topics(timeout=20).topics, f"{name} is there")


def config_of(kafka, topic):
    resource = ConfigResource(ResourceType.TOPIC, topic)
    admin = kafka.admin()  # its answers die with it
    found = admin.describe_configs([resource])[resource].result(20)
    return {name: entry.value for name, entry in found.items()}


def difference_of(said, topic):
    return [line.split()[1] for line in said.splitlines() if line.split()[0] == topic]


def refused_start(process):
    """Everything that it said before it ended."""
    process.start(wait=False)
    assert process.wait(60) == 1
    return "".join(process.lines)


def test_plan_names_what_is_missing_and_apply_creates_it(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, kafka__create_topics=False)
    plan = command(process, "topics", "plan")
    assert plan.returncode == 1, plan.stderr
    wanted = [f"{prefix}.{name}" for name in ["notifications", "state", "quarantine"]]
    wanted += [f"{prefix}.{entry['topic']}" for entry in CATALOGUE]
    for name in wanted:
        assert name in plan.stdout, name
    applied = command(process, "topics", "apply")
    assert applied.returncode == 0, applied.stderr
    found = kafka.topics(prefix)
    assert set(found) == set(wanted)
    assert {len(topic.partitions) for topic in found.values()} == {PARTITIONS}
    assert command(process, "topics", "plan").returncode == 0
    assert command(process, "topics", "apply").returncode == 0
    state = config_of(kafka, f"{prefix}.state")
    assert state["cleanup.policy"] == "compact"
    assert state["segment.bytes"] == str(64 * 1024 * 1024)
    assert state["min.cleanable.dirty.ratio"] == "0.1"
    for entry in CATALOGUE:
        config = config_of(kafka, f"{prefix}.{entry['topic']}")
        assert config["cleanup.policy"] == "delete"
        assert config["retention.ms"] == str(entry["retention_days"] * DAY_MS)
    assert config_of(kafka, f"{prefix}.notifications")["retention.ms"] == "-1"


def test_more_copies_than_brokers_are_told_with_the_key_that_asks_for_them(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, kafka__replication_factor=3, kafka__create_topics=False)
    applied = command(process, "topics", "apply")
    assert applied.returncode == 1
    assert "Hint: add brokers, or lower kafka.replication_factor" in applied.stderr


def test_a_missing_topic_stops_the_start_and_says_how_to_create_it(kafka, prefix, sinyal):
    said = refused_start(sinyal(kafka, prefix, kafka__create_topics=False))
    assert f"{prefix}.notifications" in said and "topics apply" in said


@pytest.mark.parametrize("role", ["ingest", "lifecycle"])
def test_a_wrong_partition_count_stops_the_start(kafka, prefix, sinyal, role):
    create(kafka, f"{prefix}.notifications", PARTITIONS + 2)
    said = refused_start(sinyal(kafka, prefix, role=role))
    assert f"{prefix}.notifications has {PARTITIONS + 2} partitions" in said and "Hint" in said


def test_a_state_topic_that_is_not_compacted_stops_the_start(kafka, prefix, sinyal):
    create(kafka, f"{prefix}.state", cleanup_policy="delete")
    said = refused_start(sinyal(kafka, prefix))
    assert f"{prefix}.state" in said and "compact" in said and "Hint" in said


def test_a_single_copy_stops_the_start_unless_it_is_allowed(kafka, prefix, sinyal):
    said = refused_start(sinyal(kafka, prefix, kafka__allow_single_copy=False))
    assert "allow_single_copy" in said


def test_ingest_minds_its_own_topic_alone(kafka, prefix, sinyal):
    create(kafka, f"{prefix}.notifications")
    create(kafka, f"{prefix}.state", cleanup_policy="delete")
    process = sinyal(kafka, prefix, role="ingest", kafka__create_topics=False).start()
    assert process.ready()


def test_check_reports_every_problem_at_once(kafka, prefix, sinyal):
    create(kafka, f"{prefix}.notifications", PARTITIONS + 1)
    create(kafka, f"{prefix}.state", cleanup_policy="delete")
    process = sinyal(kafka, prefix, kafka__create_topics=False)
    found = command(process, "check")
    assert found.returncode == 1
    said = found.stdout + found.stderr
    for part in (f"{prefix}.notifications", f"{prefix}.state", f"{prefix}.quarantine"):
        assert part in said


def test_a_cluster_that_is_not_there_is_exit_1(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, kafka__bootstrap_servers="127.0.0.1:1",
                     kafka__start_timeout_ms=500)
    assert "127.0.0.1:1" in refused_start(process)


def test_a_wrong_configuration_is_exit_78_with_all_its_errors(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, kafka__partitions=0, http__deadline_ms=-5, log__level="loud")
    found = command(process, "check")
    assert found.returncode == 78
    said = found.stdout + found.stderr
    for key in ("kafka.partitions", "http.deadline_ms", "log.level"):
        assert key in said, said


def test_plan_names_a_topic_that_may_lose_what_is_acknowledged(kafka, prefix, sinyal):
    create(kafka, f"{prefix}.notifications", unclean_leader_election_enable="true")
    process = sinyal(kafka, prefix, kafka__create_topics=False, kafka__allow_single_copy=False)
    plan = command(process, "topics", "plan")
    assert plan.returncode == 1, plan.stderr
    assert f"{prefix}.notifications" in plan.stdout and " unclean " in plan.stdout


@pytest.mark.parametrize("difference, config", [
    ("timestamps", {"message_timestamp_type": "LogAppendTime"}),
    ("max_bytes", {"max_message_bytes": "500000"})])
def test_a_raw_log_that_breaks_a_promise_stops_the_start(kafka, prefix, sinyal, difference,
                                                         config):
    raw = f"{prefix}.notifications"
    create(kafka, raw, retention_ms="-1", **config)
    process = sinyal(kafka, prefix, role="ingest", kafka__create_topics=False)
    for verb in ("plan", "apply"):  # which changes nothing that is there
        done = command(process, "topics", verb, "--role", "ingest")
        assert done.returncode == 1, done.stderr
        assert difference_of(done.stdout, raw) == [difference]
    key, value = next(iter(config.items()))
    said = f"{key.replace('_', '.')}={value}"
    check = command(process, "check", "--role", "ingest")
    assert check.returncode == 1 and said in check.stdout, check.stdout
    assert said in refused_start(process)


def test_a_shorter_retention_is_a_difference_that_check_and_serve_only_warn_of(
        kafka, prefix, sinyal):
    raw = f"{prefix}.notifications"
    create(kafka, raw, retention_ms=str(7 * DAY_MS))
    process = sinyal(kafka, prefix, role="ingest", kafka__create_topics=False)
    plan = command(process, "topics", "plan", "--role", "ingest")
    assert (plan.returncode, difference_of(plan.stdout, raw)) == (1, ["shorter_retention"])
    check = command(process, "check", "--role", "ingest")
    assert check.returncode == 0 and "retention.ms=604800000" in check.stdout
    process.start()
    warned = process.find("topics keep less than is configured")
    assert warned["level"] == "warning" and "retention.ms=604800000" in warned["why"]
    assert len([line for line in process.lines if '"level":"warning"' in line
                and "retention" in line]) == 1


def test_a_longer_retention_is_told_by_plan_and_no_difference_to_anybody(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest", kafka__create_topics=False,
                     kafka__retention_notifications_days=7)
    create(kafka, f"{prefix}.notifications", retention_ms="-1")
    for verb in ("plan", "apply"):
        done = command(process, "topics", verb, "--role", "ingest")
        assert done.returncode == 0, done.stderr
        assert difference_of(done.stdout, f"{prefix}.notifications") == ["longer_retention"]
    check = command(process, "check", "--role", "ingest")
    assert check.returncode == 0 and "retention" not in check.stdout
    assert "the one topic is as the catalogue wants it" in check.stdout
    process.start()
    assert "retention" not in "".join(process.lines)
