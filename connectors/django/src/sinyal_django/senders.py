"""What `sender` is.

Django compares senders by identity, so a sender must be one object for as long as the process
lives. Ours is the `Merchant` whose money moved, one object per merchant id:

    @receiver(payment_settled, sender=merchant("G141532850"))

django_midtrans sent its class `NotificationHandler` with every payment signal, and its service
classes with the others. A filter by one of these never kept anything out, and doesn't here: the
classes below stand for "whoever", so that such a filter means the same as none.
"""
import re
from dataclasses import dataclass

MERCHANT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NotificationHandler:
    """django_midtrans's sender of payment signals: any merchant."""


class InvoiceService:
    """django_midtrans's sender of invoice signals: any merchant."""


class SubscriptionService:
    """django_midtrans's sender of subscription signals: any merchant."""


@dataclass(frozen=True, eq=False)
class Merchant:
    """Made by `merchant()` alone."""

    id: str  # as in the path that Midtrans posts to: G141532850

    @property
    def source(self) -> str:
        """The CloudEvents source."""
        return f"/midtrans/{self.id}"

    def __str__(self) -> str:
        return self.source


_known: dict[str, Merchant] = {}


def merchant(merchant_id: str) -> Merchant:
    """The one sender that stands for this merchant. ValueError when it cannot be an id."""
    known = _known.get(merchant_id)
    if known is not None:
        return known
    if not MERCHANT_ID.fullmatch(merchant_id):
        raise ValueError(f"{merchant_id!r} is no merchant id: letters, digits, _ and -, at most 64")
    return _known.setdefault(merchant_id, Merchant(merchant_id))


def filter_of(sender: object) -> Merchant | None:
    """What Django is to filter by when a receiver asks for this sender. ValueError when no event
    could ever match."""
    if sender is None or isinstance(sender, Merchant):
        return sender
    if sender in (NotificationHandler, InvoiceService, SubscriptionService):
        return None
    raise ValueError(
        f"sender={sender!r} never sends this signal. Hint: leave sender out, or filter by "
        'sender=merchant("G141532850") from sinyal_django.senders')
