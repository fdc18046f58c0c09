"""The properties of django_midtrans's models, for every status."""
import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from records import binary, example
from sinyal_django.event import decode

PAYMENT = decode(binary(example("payment_settled"))).arguments["payment"]
ROWS = [  # status, is_paid, is_pending, is_failed, is_final, is_refunded
    ("pending", False, True, False, False, False), ("authorize", False, False, False, False, False),
    ("capture", True, False, False, False, False), ("settlement", True, False, False, True, False),
    ("deny", False, False, True, True, False), ("cancel", False, False, True, True, False),
    ("expire", False, False, True, True, False), ("failure", False, False, True, True, False),
    ("refund", False, False, False, True, True),
    ("partial_refund", False, False, False, False, True),
    ("chargeback", False, False, False, False, False)]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_status_has_the_properties_that_it_has_in_the_model(row):
    payment = dataclasses.replace(PAYMENT, transaction_status=row[0])
    assert (payment.is_paid, payment.is_pending, payment.is_failed, payment.is_final,
            payment.is_refunded) == row[1:]


def test_the_net_amount_is_gross_less_refunds():
    payment = dataclasses.replace(PAYMENT, refund_amount=Decimal("50000.00"))
    assert payment.net_amount == Decimal("100000.00")


def test_expiry_and_overdue_are_of_now():
    past, future = datetime.now(UTC) - timedelta(1), datetime.now(UTC) + timedelta(1)
    assert dataclasses.replace(PAYMENT, expiry_time=past).is_expired
    assert not dataclasses.replace(PAYMENT, expiry_time=future).is_expired
    assert not dataclasses.replace(PAYMENT, expiry_time=None).is_expired
    invoice = decode(binary(example("invoice_created"))).arguments["invoice"]
    assert dataclasses.replace(invoice, due_date=past).is_overdue
    assert not dataclasses.replace(invoice, due_date=past, status="paid").is_overdue
    assert invoice.midtrans_invoice_id == invoice.id


def test_values_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PAYMENT.transaction_status = "settlement"
