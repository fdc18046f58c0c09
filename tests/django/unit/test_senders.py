"""What sender= means."""
import pytest
from records import binary, example
from django.dispatch import receiver
from sinyal_django.event import decode
from sinyal_django.inbox import handle
from sinyal_django.senders import InvoiceService, NotificationHandler, merchant
from sinyal_django.signals import SIGNALS, invoice_paid, payment_settled


def test_a_merchants_filter_lets_its_events_through_and_no_others():
    heard = []
    names = ("G141532850", "G9")
    keep = [receiver(payment_settled, sender=merchant(name))(
        lambda sender, name=name, **_: heard.append((name, sender.id))) for name in names]
    handle(decode(binary(example("payment_settled"))), "default", "shop")
    assert heard == [("G141532850", "G141532850")] and keep


@pytest.mark.parametrize("signal, sender", [
    (payment_settled, NotificationHandler), (invoice_paid, InvoiceService),
    (payment_settled, None)])
def test_the_seeds_senders_let_every_merchant_through(signal, sender):
    heard = []

    @receiver(signal, sender=sender)
    def hear(sender, **_):
        heard.append(str(sender))

    name = next(name for name, each in SIGNALS.items() if each is signal)
    handle(decode(binary(example(name))), "default", "shop")
    assert heard == ["/midtrans/G141532850"]
    assert signal.disconnect(hear, sender=sender)


def test_a_sender_that_never_sends_is_refused_when_a_handler_connects():
    with pytest.raises(ValueError, match="never sends this signal"):
        payment_settled.connect(lambda **_: None, sender="G141532850")


def test_what_is_no_merchant_id_is_refused():
    for wrong in ("", "a b", "x" * 65, "G:1"):
        with pytest.raises(ValueError, match="no merchant id"):
            merchant(wrong)
