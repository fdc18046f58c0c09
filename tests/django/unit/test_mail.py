"""The outbox: no mail of what was undone, none twice, and what is in doubt is shown."""
import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from sinyal_django.conf import Options
from sinyal_django.mail import send_next
from sinyal_django.models import OutboxMail
from smtp_server import SmtpServer

LOCAL = Options(mail_backend="django.core.mail.backends.locmem.EmailBackend")
SMTP = Options()


@pytest.fixture(name="server")
def server_fixture():
    made = SmtpServer()
    with override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=made.port, EMAIL_TIMEOUT=5):
        yield made
    made.close()


def queue():
    send_mail("Paid", "Thank you", "shop@example.com", ["sari@example.com"])


def test_a_mail_of_a_transaction_that_is_undone_never_leaves():
    with pytest.raises(LookupError), transaction.atomic():
        queue()
        raise LookupError
    assert not send_next(LOCAL) and OutboxMail.objects.count() == 0


def test_a_queued_mail_is_sent_once(server):
    queue()
    assert send_next(SMTP) and not send_next(SMTP)
    row = OutboxMail.objects.get()
    assert row.state == "sent" and row.sent_at is not None
    (sent,) = server.mails
    assert (sent["To"], sent["Subject"]) == ("sari@example.com", "Paid")
    assert sent["Message-ID"] == f"<{row.pk}@sinyal-outbox>"


def test_everything_of_a_message_survives_the_outbox():
    message = EmailMultiAlternatives(
        "Ütak", "text", "shop@example.com", ["a@example.com", "b@example.com"],
        cc=["c@example.com"], bcc=["d@example.com"], reply_to=["e@example.com"],
        headers={"X-Order": "7"})
    message.attach_alternative("<b>text</b>", "text/html")
    message.attach("invoice.pdf", b"\x00\xff", "application/pdf")
    message.attach("note.txt", "note", "text/plain")
    message.send()
    django_mail.outbox = []
    assert send_next(LOCAL)
    (sent,) = django_mail.outbox
    assert (sent.subject, sent.body, sent.to, sent.cc, sent.bcc, sent.reply_to) == (
        "Ütak", "text", ["a@example.com", "b@example.com"], ["c@example.com"], ["d@example.com"],
        ["e@example.com"])
    assert sent.extra_headers["X-Order"] == "7"
    assert [tuple(each) for each in sent.alternatives] == [("<b>text</b>", "text/html")]
    assert [tuple(each) for each in sent.attachments] == [
        ("invoice.pdf", b"\x00\xff", "application/pdf"), ("note.txt", "note", "text/plain")]


def test_an_html_mail_stays_html(server):
    message = EmailMessage("s", "<b>x</b>", "shop@example.com", ["a@example.com"])
    message.content_subtype = "html"
    message.send()
    assert send_next(SMTP)
    assert server.mails[0].get_content_type() == "text/html"


@pytest.mark.parametrize("mood, sentence", [
    ("silent", "timed out"), ("refuse", "421"), ("refuse the sender", "not from you")])
def test_a_mail_that_the_server_surely_has_not_taken_is_sent_later(server, mood, sentence):
    server.mood = mood
    queue()
    with override_settings(EMAIL_TIMEOUT=0.3):
        assert send_next(SMTP)
    row = OutboxMail.objects.get()
    assert row.state == "queued" and sentence in row.error and row.not_before is not None
    server.mood = ""
    OutboxMail.objects.update(not_before=None)
    assert send_next(SMTP) and len(server.mails) == 1
    row = OutboxMail.objects.get()
    assert row.state == "sent" and row.error == ""


def test_a_subject_that_no_mail_can_have_fails_alone_and_the_next_is_sent(server):
    send_mail("Paid\nBcc: all@example.com", "Thank you", "shop@example.com", ["a@example.com"])
    queue()
    with override_settings(SINYAL={}):
        call_command("sinyal_mail", "--once")
    assert [(row.state, row.error[:14]) for row in OutboxMail.objects.all()] == [
        ("failed", "BadHeaderError"), ("sent", "")]
    assert [mail["To"] for mail in server.mails] == ["sari@example.com"]


def test_what_a_backend_raises_of_its_own_leaves_the_mail_in_doubt(monkeypatch):
    def fail(*_):
        raise LookupError("an answer that its client does not understand")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    queue()
    assert send_next(LOCAL) and not send_next(LOCAL)
    row = OutboxMail.objects.get()
    assert row.state == "sending" and row.error.startswith("in doubt: LookupError")


def test_a_farewell_that_fails_leaves_a_sent_mail_sent(monkeypatch):
    def fail(_):
        raise ConnectionResetError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.close", fail)
    queue()
    assert send_next(LOCAL)
    assert OutboxMail.objects.get().state == "sent"


def test_a_backend_that_cannot_be_made_claims_no_mail():
    queue()
    with pytest.raises(ImportError):
        send_next(Options(mail_backend="no.such.Backend"))
    assert OutboxMail.objects.get().state == "queued"


def test_what_the_server_refuses_is_tried_again_later_and_at_last_given_up(server):
    server.mood = "refuse"
    queue()
    assert send_next(SMTP)
    row = OutboxMail.objects.get()
    assert row.state == "queued" and row.not_before > timezone.now() and "421" in row.error
    assert not send_next(SMTP), "not before its time"
    for _ in range(7):
        OutboxMail.objects.update(not_before=None)
        assert send_next(SMTP)
    assert OutboxMail.objects.get().state == "failed" and server.mails == []


def test_a_mail_that_the_server_may_have_taken_is_in_doubt_and_not_sent_again(server):
    server.mood = "hang up"
    queue()
    assert send_next(SMTP)
    server.mood = ""
    assert not send_next(SMTP)
    row = OutboxMail.objects.get()
    assert row.state == "sending" and row.error.startswith("in doubt") and len(server.mails) == 1


def test_a_sender_that_was_killed_while_sending_leaves_the_mail_in_doubt():
    queue()
    OutboxMail.objects.update(state="sending")  # as the claim of a process that is gone left it
    assert not send_next(LOCAL)
    assert OutboxMail.objects.get().state == "sending"


def test_the_command_sends_what_is_due_and_ends(server):
    for _ in range(3):
        queue()
    with override_settings(SINYAL={}):
        call_command("sinyal_mail", "--once")
    assert len(server.mails) == 3
