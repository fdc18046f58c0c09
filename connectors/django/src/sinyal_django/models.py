"""The two tables. Both belong in the database of the handlers' own rows: an event's effects and
the row that says so are one transaction.
"""
import uuid
from typing import ClassVar

from django.db import models


class InboxEvent(models.Model):
    """An event whose effects are in this database, and whose: groups that share a database each
    handle it. The row must outlive the event's topic (30 days by default): delivered again after
    the row is gone, it would be handled again. Topics that are rebuilt deliver what is older
    still: see "Rows of the inbox" in the README."""

    event_id = models.UUIDField(editable=False)
    consumer = models.CharField(max_length=249)  # the group
    signal = models.CharField(max_length=40)
    merchant = models.CharField(max_length=64)
    subject = models.CharField(max_length=255, db_index=True)
    sequence = models.BigIntegerField()
    topic = models.CharField(max_length=249)
    partition = models.IntegerField()
    offset = models.BigIntegerField()
    happened_at = models.DateTimeField()
    handled_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = "received event"
        ordering: ClassVar = ["-handled_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["event_id", "consumer"],
                                                         name="sinyal_django_handled_once")]

    def __str__(self) -> str:
        return f"{self.signal} {self.subject}"


class OutboxMail(models.Model):
    """A mail that a handler sent, kept in the handler's transaction until it is really sent."""

    class State(models.TextChoices):
        QUEUED = "queued", "to be sent"
        # committed before the mail server is spoken to: a row that stays here was cut short, and
        # whether the server took the mail nobody can know
        SENDING = "sending", "being sent, or in doubt"
        SENT = "sent", "sent"
        FAILED = "failed", "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED,
                             db_index=True)
    to = models.CharField(max_length=255)  # the first recipient, for people to search by
    subject = models.CharField(max_length=255)
    message = models.JSONField()  # the whole of it, see mail.py
    error = models.CharField(max_length=255, blank=True)
    attempts = models.IntegerField(default=0)
    queued_at = models.DateTimeField(auto_now_add=True)
    not_before = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "mail"
        ordering: ClassVar = ["queued_at"]

    def __str__(self) -> str:
        return f"{self.subject} ({self.state})"
