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
STATUS_OF = {"open": Order.Status.PLACED, "unpaid": Order.Status.CANCELLED,
             "paid": Order.Status.PAID, "part_refunded": Order.Status.PAID,
             "refunded": Order.Status.REFUNDED, "charged_back": Order.Status.REFUNDED}


def order_of(payment):
    # An order that is not there yet raises, and the event is tried again: that is meant.
    return Order.objects.select_for_update().get(number=payment.order_id)


def bring_up_to_date(order, payment, event):
    """Each signal has a topic of its own, so a refund may come before its settlement. Whatever
    comes last, the order is what the event with the highest sequence says of it."""
    if event.sequence <= order.sequence:
        return
    had_stock = order.status != Order.Status.CANCELLED
    order.status, order.sequence = STATUS_OF[payment.order.status], event.sequence
    has_stock = order.status != Order.Status.CANCELLED
    if had_stock != has_stock:  # given up, or paid after all
        change = order.quantity if had_stock else -order.quantity
        Product.objects.filter(pk=order.product_id).update(stock=F("stock") + change)


@receiver(payment_settled)
def mark_as_paid(sender, payment, notification, event, **kwargs):
    order = order_of(payment)
    bring_up_to_date(order, payment, event)
    order.paid_at = payment.settlement_time
    order.times_paid += 1
    order.save()
    send_mail(f"Order {order.number} is paid", f"We got your IDR {payment.gross_amount}.", SHOP,
              [payment.customer_email or order.email])


@receiver([payment_expired, payment_cancelled])
def give_up(sender, payment, notification, event, **kwargs):
    # This attempt is over. The order is only where no other attempt has paid or still may, which
    # payment.order.status says.
    order = order_of(payment)
    bring_up_to_date(order, payment, event)
    order.save()


@receiver(payment_denied)
def ask_for_another_way_to_pay(sender, payment, notification, **kwargs):
    order = order_of(payment)
    send_mail(f"Order {order.number}: payment was refused", "Please try another way to pay.", SHOP,
              [payment.customer_email or order.email])


@receiver(payment_refunded)
def thank_and_refund(sender, payment, notification, refund, event, **kwargs):
    order = order_of(payment)
    bring_up_to_date(order, payment, event)
    order.refunded = F("refunded") + (refund.amount or 0)
    order.save()
    send_mail(f"Order {order.number}: money is on its way back",
              f"IDR {refund.amount} of order {order.number} goes back to you.", SHOP,
              [payment.customer_email or order.email])
