"""The seed's example in a real Django project: notifications in, orders and mails out."""
from support import payment

REFUNDS = [{"refund_key": "R-1", "refund_amount": "150000.00", "reason": "broken",
            "created_at": "2026-11-21 10:00:00"}]


def test_settlement_expiry_denial_and_refund_end_to_end(shop, sinyal, unique):
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
    # pending has no handler, so its topic is not even read
    shop.wait_for_events(5)
    assert receiver.terminate() == 0
    assert receiver.says("handled=5 repeated=0 retried=0 skipped=0 dead_lettered=0")
    assert sorted(shop.inbox()) == sorted([
        ("payment_settled", paid), ("payment_expired", expired), ("payment_denied", denied),
        ("payment_settled", refunded), ("payment_refunded", refunded)])
    assert shop.orders() == {paid: ("paid", 1, 0), expired: ("cancelled", 0, 0),
                             denied: ("placed", 0, 0), refunded: ("refunded", 1, 150000)}
    assert shop.rows("SELECT stock FROM shop_product") == [(101,)]
    assert sorted(shop.mails()) == sorted(
        ("queued", to, subject) for to, subject in [
            ("sari@example.com", f"Order {paid} is paid"),
            (f"{denied}@example.com", f"Order {denied}: payment was refused"),
            (f"{refunded}@example.com", f"Order {refunded} is paid"),
            (f"{refunded}@example.com", f"Order {refunded}: money is on its way back")])


def test_an_attempt_that_expires_leaves_an_order_that_another_has_paid(new_shop, sinyal, unique):
    shop = new_shop("sqlite")
    shop.place_orders(unique)
    shop.receive("--signals", "payment_settled,payment_expired")
    for status, attempt in (("settlement", "b"), ("expire", "a")):
        body = payment(unique, status, transaction_id=f"{unique}-{attempt}")
        assert sinyal.notify(body)[0] == 200
    shop.wait_for_events(2)
    assert shop.orders() == {unique: ("paid", 1, 0)}
    assert shop.rows("SELECT stock FROM shop_product") == [(100,)]
