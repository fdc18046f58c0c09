// Merchant-side documents of payments: they enrich, and never bind.

#include "tests/core/history.hpp"

using namespace sinyal::core;
using namespace sinyal::core::test;

namespace {

payment_fact document(std::int64_t units) {
  payment_fact fact;
  fact.document = true;
  fact.order_id = "SHOP-1";
  fact.gross_amount = rupiah(units);
  fact.texts.set(payment_text::customer_email, "sari@example.com");
  return fact;
}

payment_fact document(std::string_view word) {
  payment_fact fact = pay(word);
  fact.document = true;
  fact.texts.set(payment_text::status_code, {});
  return fact;
}

}  // namespace

TEST_CASE("a document without a status enriches, once") {
  history h;
  h.tell(document(100));
  CHECK(h.verdict() == "advance");
  CHECK(h.last.emissions.empty());
  CHECK(h.payment().attempts.empty());
  CHECK(h.payment().document[payment_text::customer_email] == "sari@example.com");
  h.tell(document(100));
  CHECK(h.verdict() == "repeat");
}

TEST_CASE("a document's amount only flags") {
  history h;
  h.tell(document(90)).tell(pay("settlement"));
  CHECK(h.published() == "payment_settled!amount_differs");

  history with_fee;
  payment_fact settled = pay("settlement");
  settled.original_amount = rupiah(90);
  with_fee.tell(document(90)).tell(settled);
  CHECK(with_fee.published() == "payment_settled");

  history refunded;
  refunded.tell(pay("settlement")).tell(document(90));
  refunded.tell(listed(pay("partial_refund"), {entry("a", 30)}));
  CHECK(refunded.published() == "payment_refunded");
}

TEST_CASE("a document with a status goes through the table") {
  history h;
  h.tell(document("pending"));
  CHECK(h.published() == "payment_received");
  h.tell(pay("pending"));
  CHECK(h.verdict() == "repeat");
}

TEST_CASE("an amount that only a document told is replaced by the signed one") {
  history h;
  payment_fact told = document("pending");
  told.gross_amount = rupiah(95);
  h.tell(told).tell(pay("settlement"));
  CHECK(h.published() == "payment_settled!amount_differs");
  CHECK(h.first().gross_amount == rupiah(100));
  CHECK_FALSE(h.first().amount_from_document);
  h.tell(listed(pay("partial_refund"), {entry("a", 30)}));
  CHECK(h.verdict() == "advance");
}

TEST_CASE("a document may leave the amount to what is known") {
  payment_fact expired = document("expire");
  expired.gross_amount.reset();
  CHECK(history{}.tell(expired).reason() == "missing_field");
  CHECK(history{}.tell(document(100)).tell(expired).published() == "payment_expired");
  CHECK(history{}.tell(pay("pending")).tell(expired).published() == "payment_expired");
}

TEST_CASE("a partial capture that its document tells first is paid as Midtrans tells it") {
  const auto of = [](payment_fact fact, std::int64_t units) {
    fact.gross_amount = rupiah(units);
    return fact;
  };
  payment_fact untold = document("capture");
  untold.gross_amount.reset();
  for (const payment_fact& told : {of(document("capture"), 70), of(document("capture"), 65),
                                   of(document("capture"), 150), untold}) {
    CAPTURE(told.gross_amount.value_or(money{}).to_string());
    history h;
    h.tell(pay("authorize")).tell(told);
    CHECK(h.first().status == attempt_status::captured);
    h.tell(of(pay("capture"), 101));
    CHECK(h.reason() == "amount_mismatch");  // more than was authorized
    h.tell(pay("pending")).tell(of(pay("capture"), 70));
    CHECK(h.verdict() == "repeat");
    h.tell(of(pay("settlement"), 70));
    CHECK(h.verdict() == "advance");
    CHECK(view_of(h.payment()).paid_amount == rupiah(70));
    h.tell(of(pay("settlement"), 65));
    CHECK(h.reason() == "amount_mismatch");  // Midtrans's own word binds
  }
}

TEST_CASE("a captured amount of a document says what is paid, within what is authorized") {
  history h;
  payment_fact told = document("capture");
  told.gross_amount = rupiah(70);
  h.tell(pay("authorize")).tell(told);
  CHECK(h.published() == "payment_settled");
  CHECK(h.first().gross_amount == rupiah(70));

  history late;  // the authorize comes last, and does not say what was paid
  late.tell(told).tell(pay("authorize"));
  CHECK(late.first().gross_amount == rupiah(70));
  CHECK(late.first().authorized_amount == rupiah(100));

  history beyond;
  told.gross_amount = rupiah(170);
  beyond.tell(pay("authorize")).tell(told);
  CHECK(beyond.published() == "payment_settled!amount_differs");
  CHECK(beyond.first().gross_amount == rupiah(100));
}

TEST_CASE("a currency that only a document told is replaced by the signed one") {
  history h;
  payment_fact told = document("pending");
  told.currency = "idr";
  h.tell(told).tell(pay("settlement"));
  CHECK(h.published() == "payment_settled");
  CHECK(h.first().currency == "IDR");
  payment_fact dollars = pay("deny");
  dollars.currency = "USD";
  h.tell(dollars);
  CHECK(h.reason() == "currency_mismatch");
}

TEST_CASE("a status needs a transaction") {
  payment_fact fact = document("settlement");
  fact.transaction_id.clear();
  history h;
  h.tell(fact);
  CHECK(h.reason() == "missing_field");
  CHECK(h.payment().document_amount == std::nullopt);
}

TEST_CASE("a rejected capture leaves the authorize as it is") {
  history h;
  h.tell(pay("authorize")).tell(document("deny"));
  CHECK(h.verdict() == "late");
  CHECK(h.last.status_after == "authorized");
  CHECK_FALSE(h.first().deny_known);
  h.tell(pay("deny"));
  CHECK(h.published() == "payment_denied");
}

TEST_CASE("a document that conflicts tells nothing of the order") {
  history h;
  payment_fact denied = document("deny");
  denied.gross_amount = rupiah(5);
  h.tell(pay("settlement")).tell(denied);
  CHECK(h.reason() == "reversal_not_possible");
  CHECK_FALSE(h.payment().document_amount);
}
