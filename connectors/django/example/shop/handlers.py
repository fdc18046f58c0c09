"""What the shop does when money moves. Each handler runs in the transaction that also remembers its
event, so none of this happens twice; an exception undoes all of it and the event comes again.
"""
from django.core.mail import send_mail
from django.db.models import F
from django.dispatch import receiver
from sinyal_django.signals import (payment_cancelled, payment_denied, payment_expired,
                                   payment_refunded, payment_settled)

from .models import Order, Product

SHOP = "shop@example.com"


def order_of(payment):
    # An order that is not there yet raises, and the event is tried again: that is meant.
    return Order.objects.select_for_update().get(number=payment.order_id)


@receiver(payment_settled)
def mark_as_paid(sender, payment, notification, **kwargs):
    order = order_of(payment)
    order.status, order.paid_at = Order.Status.PAID, payment.settlement_time
    order.times_paid += 1
    order.save()
    send_mail(f"Order {order.number} is paid", f"We got your IDR {payment.gross_amount}.", SHOP,
              [payment.customer_email or order.email])


@receiver([payment_expired, payment_cancelled])
def give_up(sender, payment, notification, **kwargs):
    # This attempt is over. The order is only where no other attempt has paid or still may.
    if not payment.order.is_unpaid:
        return
    order = order_of(payment)
    if order.status == Order.Status.PLACED:
        order.status = Order.Status.CANCELLED
        order.save()
        Product.objects.filter(pk=order.product_id).update(stock=F("stock") + order.quantity)


@receiver(payment_denied)
def ask_for_another_way_to_pay(sender, payment, notification, **kwargs):
    order = order_of(payment)
    send_mail(f"Order {order.number}: payment was refused", "Please try another way to pay.", SHOP,
              [payment.customer_email or order.email])


@receiver(payment_refunded)
def thank_and_refund(sender, payment, notification, refund, **kwargs):
    order = order_of(payment)
    order.refunded = F("refunded") + (refund.amount or 0)
    if refund.full:
        order.status = Order.Status.REFUNDED
    order.save()
    send_mail(f"Order {order.number}: money is on its way back",
              f"IDR {refund.amount} of order {order.number} goes back to you.", SHOP,
              [payment.customer_email or order.email])
