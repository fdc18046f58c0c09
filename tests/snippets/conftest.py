"""One real Kafka, one sinyal and what it published, for all four readers."""
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "support")]

# pylint: disable=wrong-import-position
from support import Kafka, Sinyal, payment, read, wait_until_processed  # noqa: E402

PREFIX = "shop"
TOPIC = f"{PREFIX}.payment.settled"
ORDERS = [f"S-{number}" for number in range(40)]
PAID_TWICE, PART_REFUNDED = "S-TWICE", "S-BACK"
ODD = [payment(PAID_TWICE, "settlement", transaction_id="tx-1"),
       payment(PAID_TWICE, "settlement", transaction_id="tx-2"),
       payment(PART_REFUNDED, "partial_refund", refund_amount="1000.00"),
       payment(PART_REFUNDED, "settlement")]


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    broker = Kafka(ROOT, tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session", autouse=True)
def published(kafka, tmp_path_factory):
    """Every order is paid, each told twice; every fourth is refunded, which no reader reads. One
    more is paid by two attempts, and of one a part goes back before it settles."""
    process = Sinyal(ROOT, tmp_path_factory.mktemp("sinyal"), kafka, PREFIX)
    process.start()
    connection = process.connection()
    for number, order in enumerate(ORDERS):
        bodies = [payment(order, "pending"), payment(order, "settlement"),
                  payment(order, "settlement")]
        if number % 4 == 0:
            bodies.append(payment(order, "refund", refund_amount="150000.00"))
        for body in bodies:
            assert process.notify(body, connection)[0] == 200
    for body in ODD:
        assert process.notify(body, connection)[0] == 200
    wait_until_processed(process, kafka, PREFIX)
    odd = {tuple(each.header(name) for name in ("ce_subject", "ce_orderstatus", "ce_anomaly"))
           for each in read(kafka, TOPIC) if each.header("ce_subject") not in ORDERS}
    assert odd == {(PAID_TWICE, "paid", None), (PAID_TWICE, "paid", "paid_twice"),
                   (PART_REFUNDED, "part_refunded", "before_settlement")}
    assert process.terminate() is None and process.wait() == 0
