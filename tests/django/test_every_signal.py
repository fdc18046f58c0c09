"""All 19 signals, from notifications and documents over HTTP to handlers, in both modes."""
import json
from collections import Counter

import pytest
from events import ROOT
from support import CATALOGUE, Sinyal, until
from test_all_signals import STORY  # of tests/e2e: what is posted, and what it must cause

EXPECTED = Counter(name for _, _, names in STORY for name in names)
BESIDE = {"payment_refunded": ["refund"], "payment_refund_confirmed": ["refund"],
          "payment_charged_back": ["chargeback"], "subscription_charged": ["charge"],
          "subscription_charge_failed": ["charge"]}


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_every_signal_of_the_catalogue_reaches_its_handlers(kafka, new_shop, unique, tmp_path,
                                                           mode):
    sinyal = Sinyal(ROOT, tmp_path, kafka, unique, lifecycle__event_format=mode).start()
    try:
        for how, body, _ in STORY:
            sent = sinyal.notify(body) if how == "notify" else sinyal.recurring(body) \
                if how == "recurring" else sinyal.document(how, body)
            assert sent[0] == 200
        shop = new_shop("sqlite")
        shop.place_orders(*(f"A-{number}" for number in range(1, 9)))
        echo = tmp_path / "echo"
        shop.environment["SHOP_ECHO"] = str(echo)
        shop.receive()
        until(lambda: echo.exists() and len(echo.read_text().splitlines()) >= EXPECTED.total(),
              "every event is handled")
    finally:
        sinyal.kill()
    lines = [json.loads(line) for line in echo.read_text().splitlines()]
    assert Counter(line["signal"] for line in lines) == EXPECTED
    assert set(EXPECTED) == {entry["name"] for entry in CATALOGUE}
    for line in lines:
        assert line["event"] == line["signal"] and line["sender"] == "/midtrans/G123456789"
        assert line["subject"] == line["signal"].split("_")[0].title()
        assert line["beside"] == BESIDE.get(line["signal"], [])
        document = line["signal"] in ("invoice_created", "invoice_voided", "subscription_disabled",
                                      "subscription_cancelled")
        assert line["notification"] is not document
