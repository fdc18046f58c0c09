"""The 19 signals. Handlers connect to them as to any Django signal:

    @receiver(payment_settled)
    def ship(sender, payment, notification, **kwargs): ...

Which keyword arguments come with each is said in `event.py`, what `sender` is in `senders.py`.
A test holds the names against schemas/catalogue.json.
"""
from collections.abc import Callable, Hashable
from typing import Any
from weakref import ReferenceType

from django.dispatch import Signal

from .senders import filter_of


class EventSignal(Signal):
    """A signal whose `sender=` filter is checked when a receiver connects: one that could never
    match would otherwise be a handler that is silently never called."""

    def connect(self, receiver: Callable[..., Any], sender: object = None, weak: bool = True,
                dispatch_uid: Hashable | None = None) -> None:
        super().connect(receiver, filter_of(sender), weak, dispatch_uid)

    def disconnect(self, receiver: Callable[..., Any] | None = None, sender: object = None,
                   dispatch_uid: Hashable | None = None) -> bool:
        return super().disconnect(receiver, filter_of(sender), dispatch_uid)

    def is_heard(self) -> bool:
        """Whether a receiver is connected, by whatever sender: Signal.has_listeners() passes over
        those that hear one merchant."""
        return any(not isinstance(each[1], ReferenceType) or each[1]() is not None
                   for each in self.receivers)


payment_received = EventSignal()
payment_settled = EventSignal()
payment_denied = EventSignal()
payment_cancelled = EventSignal()
payment_expired = EventSignal()
payment_refunded = EventSignal()
payment_failed = EventSignal()
invoice_created = EventSignal()
invoice_paid = EventSignal()
invoice_voided = EventSignal()
subscription_created = EventSignal()
subscription_charged = EventSignal()
subscription_disabled = EventSignal()
subscription_cancelled = EventSignal()
# Beyond the 14 of django_midtrans:
payment_authorized = EventSignal()
payment_refund_confirmed = EventSignal()
payment_charged_back = EventSignal()
invoice_expired = EventSignal()
subscription_charge_failed = EventSignal()

SIGNALS: dict[str, EventSignal] = {
    name: value for name, value in list(globals().items()) if isinstance(value, EventSignal)
}


def kind_of(signal: str) -> str:
    """payment_refund_confirmed -> payment"""
    return signal.split("_", 1)[0]


def topic_of(signal: str) -> str:
    """payment_refund_confirmed -> payment.refund-confirmed, a topic's name without its prefix"""
    kind, rest = signal.split("_", 1)
    return f"{kind}.{rest.replace('_', '-')}"


# The CloudEvents types that this version understands: a type's last part is its major version.
SIGNAL_OF_TYPE: dict[str, str] = {f"sinyal.{topic_of(name)}.v1": name for name in SIGNALS}
