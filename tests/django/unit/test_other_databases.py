"""An inbox in another database than `default`, handlers that use another than the inbox's."""
import pytest
from records import binary, example
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client, override_settings
from sinyal_django import receiver
from sinyal_django.event import decode
from sinyal_django.inbox import DatabaseDown, handle
from sinyal_django.models import InboxEvent, OutboxMail
from sinyal_django.signals import payment_settled

EVENT = decode(binary(example("payment_settled")))


@pytest.fixture(name="other")
def other_fixture(tmp_path):
    """A SQLite database whose directory is not there yet."""
    directory = tmp_path / "later"
    connections.databases["other"] = {
        **connections.databases["default"], "ENGINE": "django.db.backends.sqlite3",
        "NAME": directory / "other.sqlite3", "OPTIONS": {}}
    yield directory
    connections["other"].close()
    del connections["other"], connections.databases["other"]


def ask_the_other(**_):
    with connections["other"].cursor() as cursor:
        cursor.execute("SELECT 1")


def test_another_database_that_is_down_is_nobodys_fault_either(other):
    payment_settled.connect(ask_the_other)
    with pytest.raises(DatabaseDown, match="unable to open"):
        handle(EVENT, "default", "shop")
    other.mkdir()
    assert handle(EVENT, "default", "shop")
    assert InboxEvent.objects.count() == 1


def test_another_database_that_nobody_has_asked_is_not_asked(other):
    assert connections["other"].alias == "other"

    def wait_too_long(**_):
        raise connection.Database.OperationalError("lock timeout")

    payment_settled.connect(wait_too_long)
    with pytest.raises(Exception, match="lock timeout"):
        handle(EVENT, "default", "shop")


def test_connections_that_an_event_has_broken_are_not_the_next_events(other, monkeypatch):
    other.mkdir()
    ask_the_other()
    monkeypatch.setattr(connections["other"], "is_usable", lambda: False)
    connections["other"].errors_occurred = True
    receiver.drop_broken_connections()
    assert connections["other"].connection is None


def test_the_admin_pages_are_of_the_database_that_the_receiver_writes_to(other):
    other.mkdir()
    call_command("migrate", "sinyal_django", database="other", verbosity=0)
    User.objects.filter(username="admin").delete()
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    with override_settings(SINYAL=settings.SINYAL | {"DATABASE": "other"}):
        assert handle(EVENT, "other", "shop")
        page = "/admin/sinyal_django/inboxevent/"
        assert "1 received event" in client.get(page).content.decode()
        row = InboxEvent.objects.using("other").get()
        assert client.get(f"{page}{row.pk}/change/").status_code == 200
        assert client.post(f"{page}{row.pk}/delete/", {"post": "yes"}).status_code == 302
        assert not InboxEvent.objects.using("other").exists()
        send_mail("Paid", "x", "shop@example.com", ["sari@example.com"])
        OutboxMail.objects.using("other").update(state="sending")
        client.post("/admin/sinyal_django/outboxmail/", {
            "action": "queue_again",
            "_selected_action": [str(OutboxMail.objects.using("other").get().pk)]})
        assert OutboxMail.objects.using("other").get().state == "queued"
