"""Wrong settings are found by name, all at once."""
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings
from sinyal_django import conf

RIGHT = {"BOOTSTRAP_SERVERS": "127.0.0.1:9092", "GROUP": "shop"}


@pytest.mark.parametrize("changed, sentence", [
    ({"BOOTSTRAP_SERVER": "x"}, "no key 'BOOTSTRAP_SERVER'. Hint: BOOTSTRAP_SERVERS?"),
    ({"GROUP": "a b"}, "SINYAL['GROUP'] must name this service"),
    ({"GROUP": 7}, "SINYAL['GROUP'] must name this service"),
    ({"BOOTSTRAP_SERVERS": ["a"]}, "SINYAL['BOOTSTRAP_SERVERS'] must name Kafka"),
    ({"SIGNALS": "payment_settled"}, "SINYAL['SIGNALS'] must be a list"),
    ({"SIGNALS": ["payment_setled"]}, "no signal. Hint: payment_settled?"),
    ({"DATABASE": "other"}, "SINYAL['DATABASE'] must be one of DATABASES"),
    ({"DATABASE": []}, "SINYAL['DATABASE'] must be one of DATABASES"),
    ({"SIGNALS": [[]]}, "[] is no signal."),
    ({"RETRIES": -1}, "SINYAL['RETRIES'] must be a whole number"),
    ({"RETRIES": 1.5}, "SINYAL['RETRIES'] must be a whole number"),
    ({"RETRY_BACKOFF_S": "1"}, "SINYAL['RETRY_BACKOFF_S'] must be seconds"),
    ({"UNKNOWN_EVENTS": "drop"}, "must be one of skip, dead_letter"),
    ({"DEAD_LETTER_TOPIC": "a/b"}, "SINYAL['DEAD_LETTER_TOPIC'] must be a topic's name"),
    ({"TOPIC_PREFIX": ""}, "SINYAL['TOPIC_PREFIX'] must be"),
    ({"KAFKA": []}, "SINYAL['KAFKA'] must be a dictionary"),
    ({"KAFKA": {"isolation.level": "read_uncommitted"}}, "events that were taken back"),
    ({"KAFKA": {"enable.auto.commit": True}}, "committed after the handlers' effects"),
    ({"KAFKA": {"group.id": "x"}}, "set GROUP")])
def test_a_wrong_setting_is_named_by_the_checks_and_refused(changed, sentence):
    with override_settings(SINYAL=RIGHT | changed):
        assert any(sentence in each.msg for each in run_checks()), run_checks()
        with pytest.raises(ValueError) as refused:
            conf.current()
        assert sentence in str(refused.value)


def test_all_that_is_wrong_is_said_at_once():
    with override_settings(SINYAL={"GRUOP": "shop", "RETRIES": -1}):
        said = [each.msg for each in run_checks()]
    assert len(said) == 4 and any("BOOTSTRAP_SERVERS'] is missing" in each for each in said)


def test_right_settings_pass_and_missing_ones_may_come_by_the_command_line():
    with override_settings(SINYAL=RIGHT | {"RETRIES": 0, "DEAD_LETTER_TOPIC": None}):
        assert run_checks() == []
    with override_settings(SINYAL={}):
        assert conf.current(bootstrap_servers="a:1", group="g").dead_letter_topic == \
            "midtrans.g.dead-letters"


@pytest.mark.parametrize("wrong", ["text", None, {1: 2}, []])
def test_a_setting_that_is_no_dictionary_is_said(wrong):
    with override_settings(SINYAL=wrong):
        assert any("must be a dictionary" in each.msg for each in run_checks())


def test_a_database_where_nothing_would_be_committed_is_refused(monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "AUTOCOMMIT", False)
    with override_settings(SINYAL=RIGHT):
        assert ["never be committed" in each.msg for each in run_checks()] == [True]
        with pytest.raises(ValueError, match="AUTOCOMMIT"):
            conf.current()


def test_naive_times_are_an_error_before_any_event_is_read():
    with override_settings(SINYAL=RIGHT, USE_TZ=False):
        (found,) = run_checks()
        assert (found.id, found.hint) == ("sinyal_django.E004", "USE_TZ = True")
        with pytest.raises(SystemCheckError, match="USE_TZ must be True"):
            call_command("sinyal_receive", skip_checks=False)


def test_an_outbox_that_sends_into_itself_is_found():
    own = {"MAIL_BACKEND": "sinyal_django.mail.OutboxBackend"}
    with override_settings(SINYAL=RIGHT | own):
        assert any("no mail would leave" in each.msg for each in run_checks())
