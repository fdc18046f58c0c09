"""The example shop's handlers: topics are not in order among each other."""
import copy
import itertools

import pytest
from records import binary, example
from shop import handlers
from shop.models import Order, Product
from sinyal_django.event import decode
from sinyal_django.inbox import handle
from sinyal_django.signals import payment_expired, payment_refunded, payment_settled


@pytest.fixture(name="order", autouse=True)
def order_fixture():
    payment_expired.connect(handlers.give_up)
    payment_settled.connect(handlers.mark_as_paid)
    payment_refunded.connect(handlers.thank_and_refund)
    batik = Product.objects.create(name="batik", stock=99)
    yield Order.objects.create(number="SHOP-1", product=batik, email="sari@example.com")
    Order.objects.all().delete()
    Product.objects.all().delete()


def event(name, sequence, status):
    """Of the order, which the event says to have that status."""
    made = copy.deepcopy(example(name))
    made["value"]["payment"]["order_id"] = "SHOP-1"
    made["value"]["payment"]["order"]["status"] = status
    return decode(binary(made, ce_subject="SHOP-1", ce_subjectsequence=str(sequence),
                         ce_id=f"00000000-0000-5000-8000-{sequence:012d}"))


STORIES = {  # the events in the order of their sequence; status, times paid and stock at the end
    "refunded": ([("payment_settled", "paid"), ("payment_refunded", "refunded")],
                 ("refunded", 1, 99)),
    "refunded in part": ([("payment_settled", "paid"), ("payment_refunded", "part_refunded")],
                         ("paid", 1, 99)),
    "given up": ([("payment_expired", "open"), ("payment_expired", "unpaid")],
                 ("cancelled", 0, 100)),
    "paid after all": ([("payment_expired", "unpaid"), ("payment_settled", "paid"),
                        ("payment_refunded", "part_refunded")], ("paid", 1, 99)),
}


@pytest.mark.parametrize("story, end, way", [
    pytest.param(story, end, way, id=f"{name} {way}") for name, (story, end) in STORIES.items()
    for way in itertools.permutations(range(len(story)))])
def test_in_whatever_way_events_come_the_order_ends_as_the_last_one_says(order, story, end, way):
    events = [event(name, number, status) for number, (name, status) in enumerate(story, 1)]
    for number in way:
        assert handle(events[number], "default", "shop")
    order.refresh_from_db()
    assert (order.status, order.times_paid, Product.objects.get().stock) == end
