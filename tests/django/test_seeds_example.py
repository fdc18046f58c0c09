"""The seed's example in a real Django project: notifications in, orders and mails out."""
from support import payment, until

REFUNDS = [{"refund_key": "R-1", "refund_amount": "150000.00", "reason": "broken",
            "created_at": "2026-11-21 10:00:00"}]


def test_settlement_expiry_and_refund_end_to_end(shop, sinyal, unique):
    paid, expired, denied, refunded = (f"{unique}-{which}" for which in "pedr")
    shop.place_orders(paid, expired, denied, refunded)
    receiver = shop.receive()
    for body in (payment(paid, "pending"),
                 payment(paid, "settlement", customer_details={"email": "sari@example.com"}),
                 payment(paid, "settlement"), payment(expired, "pending"),
                 payment(expired, "expire"), payment(denied, "deny"),
                 payment(refunded, "settlement"),
                 payment(refunded, "refund", refunds=REFUNDS, refund_amount="150000.00")):
        assert sinyal.notify(body)[0] == 200
    state = until(lambda: (now := shop.state()) and len(now["inbox"]) >= 5 and now, "five events")
    assert state["orders"] == {
        paid: {"status": "paid", "times_paid": 1, "refunded": "0.00"},
        expired: {"status": "cancelled", "times_paid": 0, "refunded": "0.00"},
        denied: {"status": "placed", "times_paid": 0, "refunded": "0.00"},
        refunded: {"status": "refunded", "times_paid": 1, "refunded": "150000.00"}}
    assert state["stock"] == 101
    assert receiver.terminate() == 0
