"""A transactional outbox behind django.core.mail.

    EMAIL_BACKEND = "sinyal_django.mail.OutboxBackend"

With it `send_mail` in a handler writes a row in the handler's own transaction: no mail of an event
that was undone, one mail of an event that was delivered three times. `manage.py sinyal_mail` sends
the rows through SINYAL["MAIL_BACKEND"].

Sending is at most once. A row is committed as being sent before the mail server is spoken to; cut
short in that moment it stays so, and nobody can know whether the server took the mail. Such rows
are never sent by themselves: the admin page shows them, and a person may queue them again. What
the server refused, or could not be reached for, is tried again with back-off: that it has not
taken. What cannot be made a mail at all has failed.
"""
import base64
import smtplib
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from email.mime.base import MIMEBase
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .conf import Options, current
from .models import OutboxMail

LISTS = ("to", "cc", "bcc", "reply_to")
TRIES_MAX = 8
BACKOFF_S = 30  # doubles from try to try
REFUSALS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused,
            smtplib.SMTPNotSupportedError)  # the server's own words: it has not taken the mail


class OutboxBackend(BaseEmailBackend):
    """Writes to the outbox, in the transaction that is open."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        database = current(bootstrap_servers="-", group="-").database
        rows = [row_of(message) for message in email_messages if message.recipients()]
        OutboxMail.objects.using(database).bulk_create(rows)
        return len(rows)


def row_of(message: EmailMessage) -> OutboxMail:
    row = OutboxMail(to=message.recipients()[0][:255], subject=str(message.subject)[:255])
    row.message = document_of(message)
    # the same however often the row is sent: what deduplicates mail goes by it
    row.message["headers"].setdefault("Message-ID", f"<{row.pk}@sinyal-outbox>")
    return row


def document_of(message: EmailMessage) -> dict[str, Any]:
    """All of a message that `message_of` needs, as JSON."""
    document: dict[str, Any] = {name: [str(each) for each in getattr(message, name)]
                                for name in LISTS}
    return document | {
        "subject": str(message.subject), "body": str(message.body), "from": message.from_email,
        "subtype": message.content_subtype,
        "headers": {str(name): str(value) for name, value in message.extra_headers.items()},
        "alternatives": [[each[0], each[1]] for each in getattr(message, "alternatives", [])],
        "attachments": [attachment_of(each) for each in message.attachments],
    }


def attachment_of(attachment: Any) -> list[str | None]:
    if isinstance(attachment, MIMEBase):
        raise TypeError("the outbox cannot keep a MIMEBase. Hint: attach(filename, content, type)")
    name, content, mimetype = attachment
    binary = content.encode() if isinstance(content, str) else bytes(content)
    return [name, base64.b64encode(binary).decode(), mimetype]


def message_of(document: dict[str, Any], connection: Any) -> EmailMessage:
    message = EmailMultiAlternatives(
        document["subject"], document["body"], document["from"], connection=connection,
        headers=document["headers"], **{name: document[name] for name in LISTS})
    message.content_subtype = document["subtype"]
    for content, mimetype in document["alternatives"]:
        message.attach_alternative(content, mimetype)
    for name, content, mimetype in document["attachments"]:
        message.attach(name, base64.b64decode(content), mimetype)
    return message


def send_next(options: Options) -> bool:
    """Sends the oldest mail that is due. False when there is none."""
    connection = get_connection(options.mail_backend)  # may raise, so before a row is claimed
    row = claim(options.database)
    if row is None:
        return False
    try:
        row.state, row.error = deliver(row, connection)
    finally:
        with suppress(OSError):  # what was answered stays so, however the farewell goes
            connection.close()
    settle(row, options.database)
    return True


# pylint: disable=broad-exception-caught
def deliver(row: OutboxMail, connection: Any) -> tuple[OutboxMail.State, str]:
    """What the row is now, and why: QUEUED when the server surely has not taken it, SENDING when
    nobody can know, FAILED when it never can."""
    try:
        connection.open()
    except Exception as error:
        return OutboxMail.State.QUEUED, told(error)
    try:
        if message_of(row.message, connection).send():
            return OutboxMail.State.SENT, ""
        return OutboxMail.State.QUEUED, "the mail backend took no message"
    except REFUSALS as error:
        return OutboxMail.State.QUEUED, told(error)
    except ValueError as error:  # a line break in a subject, an address that is none
        return OutboxMail.State.FAILED, told(error)
    except Exception as error:
        return OutboxMail.State.SENDING, f"in doubt: {told(error)}"


def told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def claim(database: str) -> OutboxMail | None:
    """The oldest due mail, committed as being sent: no other sender takes it, now or later."""
    due = OutboxMail.objects.using(database).filter(
        Q(not_before=None) | Q(not_before__lte=timezone.now()), state=OutboxMail.State.QUEUED)
    for row in due[:10]:
        taken = OutboxMail.objects.using(database).filter(
            pk=row.pk, state=OutboxMail.State.QUEUED).update(
                state=OutboxMail.State.SENDING, attempts=row.attempts + 1)
        if taken:
            row.refresh_from_db(using=database)
            return row
    return None


def settle(row: OutboxMail, database: str) -> None:
    """Saves what became of it; a mail that is to be tried again waits, at last it has failed."""
    row.error = row.error[:255]
    if row.state == OutboxMail.State.SENT:
        row.sent_at = timezone.now()
    elif row.state == OutboxMail.State.QUEUED:
        if row.attempts >= TRIES_MAX:
            row.state = OutboxMail.State.FAILED
        row.not_before = timezone.now() + timedelta(seconds=BACKOFF_S * 2 ** (row.attempts - 1))
    with transaction.atomic(using=database):
        row.save(using=database)
