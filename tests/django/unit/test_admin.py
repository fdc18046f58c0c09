"""The admin pages of inbox and outbox."""
import pytest
from records import binary, example
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.test import Client
from sinyal_django.event import decode
from sinyal_django.inbox import handle
from sinyal_django.models import OutboxMail


@pytest.fixture(name="client")
def client_fixture():
    User.objects.filter(username="admin").delete()
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


def test_the_inbox_can_be_searched_and_not_be_written(client):
    handle(decode(binary(example("payment_settled"))), "default", "shop")
    page = client.get("/admin/sinyal_django/inboxevent/?q=SHOP-1001").content.decode()
    assert "payment_settled" in page and "midtrans.payment.settled[3]@7" in page
    assert "1 received event" in page
    assert client.get("/admin/sinyal_django/inboxevent/add/").status_code == 403


def test_a_mail_in_doubt_can_be_queued_again_by_hand(client):
    send_mail("Paid", "x", "shop@example.com", ["sari@example.com"])
    row = OutboxMail.objects.get()
    OutboxMail.objects.update(state="sending")
    assert "in doubt" in client.get("/admin/sinyal_django/outboxmail/").content.decode()
    client.post("/admin/sinyal_django/outboxmail/",
                {"action": "queue_again", "_selected_action": [str(row.pk)]})
    assert OutboxMail.objects.get().state == "queued"
