"""What handlers are given: the fields of django_midtrans's models that an event can fill, under
the same names, and the models' properties. Amounts are Decimal, times are aware and in UTC. A
text that is unknown is '', anything else None.
"""
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from .fields import Malformed, Value

PAID = {"capture", "settlement"}
FAILED = {"deny", "cancel", "expire", "failure"}
REFUNDED = {"refund", "partial_refund"}
FINAL = FAILED | {"settlement", "refund"}


@dataclass(frozen=True, kw_only=True)
class Order(Value):
    """The order over all its attempts. Cancel it only when `status` is unpaid: that this payment
    expired or failed says nothing about the others."""

    status: str  # open, paid, part_refunded, refunded, charged_back, unpaid
    paid_amount: Decimal
    refunded_amount: Decimal
    charged_back_amount: Decimal
    net_amount: Decimal
    attempts: int = 1
    open_attempts: int = 0
    quarantined: int = 0  # notifications of this order that contradict what is known

    @property
    def is_unpaid(self) -> bool:
        return self.status == "unpaid"


@dataclass(frozen=True, kw_only=True)
class Payment(Value):
    """One attempt to pay an order: one transaction_id."""

    order_id: str
    transaction_id: str
    payment_type: str
    transaction_status: str
    gross_amount: Decimal
    currency: str
    order: Order
    fraud_status: str = ""
    status_code: str = ""
    status_message: str = ""
    bank: str = ""
    va_number: str = ""
    biller_code: str = ""
    bill_key: str = ""
    payment_code: str = ""
    store: str = ""
    masked_card: str = ""
    acquirer: str = ""
    issuer: str = ""
    customer_first_name: str = ""
    customer_last_name: str = ""
    customer_email: str = ""
    customer_phone: str = ""
    transaction_time: datetime | None = None
    settlement_time: datetime | None = None
    expiry_time: datetime | None = None
    reversible_until: datetime | None = None  # until then a settlement may be taken back
    refund_amount: Decimal = Decimal("0.00")  # of all refunds so far
    refund_key: str = ""
    original_amount: Decimal | None = None  # gross_amount less what the customer pays as a fee
    customer_imposed_payment_fee: Decimal | None = None
    authorized_amount: Decimal | None = None
    custom_field1: str = ""
    custom_field2: str = ""
    custom_field3: str = ""
    payment_link_id: str = ""
    subscription_id: str = ""
    midtrans_invoice_id: str = ""
    previous_status: str = ""
    anomalies: tuple[str, ...] = ()
    other_transaction_ids: tuple[str, ...] = ()  # with paid_twice: the attempts that paid as well

    @property
    def is_paid(self) -> bool:
        return self.transaction_status in PAID

    @property
    def is_pending(self) -> bool:
        return self.transaction_status == "pending"

    @property
    def is_failed(self) -> bool:
        return self.transaction_status in FAILED

    @property
    def is_final(self) -> bool:
        return self.transaction_status in FINAL

    @property
    def is_refunded(self) -> bool:
        return self.transaction_status in REFUNDED

    @property
    def is_expired(self) -> bool:
        """Its time to pay is over by now, paid or not."""
        return self.expiry_time is not None and self.expiry_time < datetime.now(UTC)

    @property
    def net_amount(self) -> Decimal:
        return self.gross_amount - self.refund_amount


@dataclass(frozen=True, kw_only=True)
class MoneyBack(Value):
    """One refund or chargeback."""

    full: bool
    key: str = ""
    id: str = ""
    amount: Decimal | None = None  # a partial chargeback names none
    reason: str = ""
    created_at: datetime | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Invoice(Value):
    id: str
    invoice_number: str = ""
    order_id: str = ""
    status: str = ""  # Midtrans's words: draft, pending, paid, expired, voided …
    total_amount: Decimal | None = None
    currency: str = ""
    customer_name: str = ""
    customer_email: str = ""
    customer_phone: str = ""
    due_date: datetime | None = None
    paid_at: datetime | None = None
    transaction_id: str = ""
    anomalies: tuple[str, ...] = ()

    @property
    def midtrans_invoice_id(self) -> str:
        return self.id

    @property
    def is_overdue(self) -> bool:
        ended = self.status in {"paid", "void", "voided", "expired"}
        return not ended and self.due_date is not None and self.due_date < datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Subscription(Value):
    id: str
    name: str = ""
    payment_type: str = ""
    amount: Decimal | None = None
    currency: str = ""
    status: str = ""
    interval: int | None = None
    interval_unit: str = ""
    max_interval: int | None = None
    current_interval: int | None = None
    start_time: datetime | None = None
    next_execution_at: datetime | None = None
    customer_first_name: str = ""
    customer_last_name: str = ""
    customer_email: str = ""
    customer_phone: str = ""

    @property
    def midtrans_subscription_id(self) -> str:
        return self.id


@dataclass(frozen=True, kw_only=True)
class Charge(Value):
    """Of subscription_charged and subscription_charge_failed."""

    transaction_id: str = ""
    order_id: str = ""
    transaction_status: str = ""
    status_code: str = ""
    status_message: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True)
class Notification:
    """What Midtrans sent, less its secrets. `raw_payload` is the whole of it; the attributes are
    the model's, as texts. signature_key is never among them: the broker has verified it."""

    raw_payload: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, body: object) -> "Notification | None":
        """None where a document of the merchant's own caused the event."""
        if body is None:
            return None
        if not isinstance(body, dict):
            raise Malformed("notification is neither a JSON object nor null")
        return cls(body)

    def _text(self, name: str) -> str:
        value = self.raw_payload.get(name)
        return "" if value is None else str(value)

    @property
    def order_id(self) -> str:
        return self._text("order_id")

    @property
    def transaction_id(self) -> str:
        return self._text("transaction_id")

    @property
    def transaction_status(self) -> str:
        return self._text("transaction_status")

    @property
    def fraud_status(self) -> str:
        return self._text("fraud_status")

    @property
    def payment_type(self) -> str:
        return self._text("payment_type")

    @property
    def status_code(self) -> str:
        return self._text("status_code")

    @property
    def gross_amount(self) -> str:
        return self._text("gross_amount")


SUBJECTS: dict[str, type[Value]] = {
    "payment": Payment, "invoice": Invoice, "subscription": Subscription}
# What may stand beside the subject, under the same name in the value and among the arguments.
BESIDE: dict[str, type[Value]] = {
    "refund": MoneyBack, "chargeback": MoneyBack, "charge": Charge}
