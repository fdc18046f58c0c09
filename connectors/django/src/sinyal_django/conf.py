"""The setting SINYAL, a dictionary; every key, its default and what is wrong with a value.

    SINYAL = {
        "BOOTSTRAP_SERVERS": "kafka-1:9092,kafka-2:9092",
        "GROUP": "shop",
    }

`problems()` returns all that is wrong at once: the system checks and the command print it.
"""
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from django.conf import settings

from .signals import SIGNALS

UNKNOWN_CHOICES = ("skip", "dead_letter")
TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")
# The promises rest on these, or another setting sets them.
OURS = {
    "bootstrap.servers": "set BOOTSTRAP_SERVERS",
    "group.id": "set GROUP",
    "isolation.level": "it is read_committed: anything else shows events that were taken back",
    "enable.auto.commit": "offsets are committed after the handlers' effects",
    "enable.auto.offset.store": "offsets are committed after the handlers' effects",
    "acks": "a dead letter is written to all in-sync replicas",
}


@dataclass(frozen=True)
class Options:
    """SINYAL's keys in lower case."""

    bootstrap_servers: str = ""
    group: str = ""
    topic_prefix: str = "midtrans"
    signals: tuple[str, ...] = ()  # none named: those that a receiver is connected to
    database: str = "default"  # inbox, outbox and the handlers' own rows
    retries: int = 5  # of a handler that raised, before its event is a dead letter
    retry_backoff_s: float = 1.0  # doubles from retry to retry
    retry_backoff_max_s: float = 60.0
    dead_letter_topic: str | None = ""  # '': see read(); None: stop instead
    unknown_events: str = "skip"  # or dead_letter
    start_timeout_s: float = 10.0  # to reach Kafka at the start
    kafka: Mapping[str, Any] = field(default_factory=dict)  # librdkafka's own properties
    mail_backend: str = "django.core.mail.backends.smtp.EmailBackend"  # behind OutboxBackend

    @classmethod
    def read(cls, given: object, **overrides: Any) -> Self:
        """Of the setting and the command line. ValueError with everything that is wrong."""
        known = {key.lower(): value for key, value in given.items()} \
            if isinstance(given, dict) and all(isinstance(key, str) for key in given) else {}
        merged = known | {key: value for key, value in overrides.items() if value is not None}
        wrong = problems(given, merged) + missing(merged)
        if wrong:
            raise ValueError("\n".join(wrong))
        merged["signals"] = tuple(merged.get("signals") or ())
        options = cls(**merged)
        if options.dead_letter_topic == "":
            object.__setattr__(options, "dead_letter_topic",
                               f"{options.topic_prefix}.{options.group}.dead-letters")
        return options


def current(**overrides: Any) -> Options:
    return Options.read(getattr(settings, "SINYAL", {}), **overrides)


def is_number(value: object, least: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= least


def is_topic(value: object) -> bool:
    return isinstance(value, str) and bool(TOPIC.fullmatch(value))


def is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


CHECKS: dict[str, tuple[Any, str]] = {
    "bootstrap_servers": (is_text, 'must name Kafka, as in "kafka-1:9092,kafka-2:9092"'),
    "group": (is_topic, 'must name this service, as in "shop": letters, digits, . _ -'),
    "topic_prefix": (is_topic, 'must be a topic name\'s beginning, as in "midtrans"'),
    "signals": (lambda value: isinstance(value, (list, tuple)), "must be a list of signals"),
    "database": (lambda value: is_text(value) and value in settings.DATABASES,
                 "must be one of DATABASES"),
    "retries": (lambda value: isinstance(value, int) and is_number(value, 0),
                "must be a whole number from 0"),
    "retry_backoff_s": (lambda value: is_number(value, 0), "must be seconds"),
    "retry_backoff_max_s": (lambda value: is_number(value, 0), "must be seconds"),
    "start_timeout_s": (lambda value: is_number(value, 0.1), "must be seconds, at least 0.1"),
    "dead_letter_topic": (lambda value: value in (None, "") or is_topic(value),
                          "must be a topic's name, or None to stop at the first failed event"),
    "unknown_events": (lambda value: value in UNKNOWN_CHOICES,
                       f"must be one of {', '.join(UNKNOWN_CHOICES)}"),
    "kafka": (lambda value: isinstance(value, dict), "must be a dictionary of librdkafka's "
                                                     "properties"),
    "mail_backend": (is_text, "must be the path of an e-mail backend"),
}


def nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, 1)
    return f" Hint: {close[0]}?" if close else ""


def problems(given: object, merged: Mapping[str, Any] | None = None) -> list[str]:
    """Everything that is wrong with the setting, one sentence each."""
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        return ["SINYAL must be a dictionary with texts as keys"]
    names = [each.name.upper() for each in fields(Options)]
    wrong = [f"SINYAL has no key {key!r}.{nearest(key.upper(), names)}"
             for key in given if key not in names]
    merged = merged if merged is not None else {key.lower(): each for key, each in given.items()}
    for key, (is_right, rule) in CHECKS.items():
        if key in merged and not is_right(merged[key]):
            wrong.append(f"SINYAL[{key.upper()!r}] {rule}")
    return [*wrong, *wrong_signals(merged.get("signals")), *wrong_properties(merged.get("kafka")),
            *wrong_database(merged.get("database", "default"))]


def missing(merged: Mapping[str, Any]) -> list[str]:
    """What has no default; the command line may give it as well."""
    return [f"SINYAL[{key.upper()!r}] is missing: it {CHECKS[key][1]}"
            for key in ("bootstrap_servers", "group") if key not in merged]


def wrong_signals(signals: object) -> list[str]:
    if not isinstance(signals, (list, tuple)):
        return []
    return [f"{each!r} is no signal.{nearest(str(each), list(SIGNALS))}"
            for each in signals if each not in list(SIGNALS)]


def wrong_database(alias: object) -> list[str]:
    """In Django a transaction.atomic() commits nothing there."""
    if not is_text(alias) or settings.DATABASES.get(alias, {}).get("AUTOCOMMIT", True):
        return []
    return [f"DATABASES[{alias!r}]['AUTOCOMMIT'] must not be False: what handlers write would "
            "never be committed"]


def wrong_properties(properties: object) -> list[str]:
    if not isinstance(properties, dict):
        return []
    return [f"SINYAL['KAFKA'] must not have {name!r}: {why}"
            for name, why in OURS.items() if name in properties]
