#include "tests/core/history.hpp"

using namespace sinyal::core;
using namespace sinyal::core::test;

namespace {

invoice_fact document(std::string status) {
  invoice_fact fact;
  fact.word = status == "overdue"   ? invoice_word::overdue
              : status == "paid"    ? invoice_word::paid
              : status == "voided"  ? invoice_word::voided
              : status == "expired" ? invoice_word::expired
                                    : invoice_word::open;
  fact.id = "INV";
  fact.status = std::move(status);
  fact.texts.set(invoice_text::order_id, "SHOP-1");
  fact.amount = rupiah(100);
  return fact;
}

invoice_fact paid_by(std::string transaction_id, std::string order_id = "SHOP-1",
                     std::int64_t units = 100) {
  invoice_fact fact;
  fact.word = invoice_word::payment_settled;
  fact.id = "INV";
  fact.texts.set(invoice_text::order_id, order_id);
  fact.texts.set(invoice_text::transaction_id, transaction_id);
  fact.amount = rupiah(units);
  fact.paid_at = after(-30);
  return fact;
}

invoice_fact named(invoice_word word, std::string transaction_id = "T1") {
  invoice_fact fact = paid_by(std::move(transaction_id));
  fact.word = word;
  fact.paid_at.reset();
  return fact;
}

/// As a notification says it whose unsigned metadata names what was asked for without a fee.
invoice_fact with_original(invoice_fact fact, std::int64_t units) {
  fact.original_amount = rupiah(units);
  return fact;
}

const invoice_state& invoice(const history& h) {
  return std::get<invoice_state>(h.state.what);
}

}  // namespace

TEST_CASE("the life of an invoice") {
  const invoice_fact settled = paid_by("T1");
  const invoice_fact expire = named(invoice_word::payment_expired);
  const invoice_fact other = named(invoice_word::payment_other);
  struct row {
    const char* name;
    std::vector<invoice_fact> facts;
    const char* verdict;
    const char* published_or_reason;
    const char* status;
  };
  const row rows[] = {
      {"first open", {document("pending")}, "advance", "invoice_created", "open"},
      {"draft, then sent", {document("draft"), document("sent")}, "advance", "", "open"},
      {"pending twice", {document("pending"), document("pending")}, "repeat", "", "open"},
      {"first paid", {document("paid")}, "advance", "invoice_paid", "paid"},
      {"first voided", {document("voided")}, "advance", "invoice_voided", "voided"},
      {"first expired", {document("expired")}, "advance", "invoice_expired", "expired"},
      {"first overdue", {document("overdue")}, "advance", "", "known"},
      {"overdue, then pending",
       {document("overdue"), document("pending")},
       "advance",
       "invoice_created",
       "open"},
      {"open, then overdue", {document("pending"), document("overdue")}, "advance", "", "open"},
      {"paid by a settlement", {document("pending"), settled}, "advance", "invoice_paid", "paid"},
      {"settled first", {settled}, "advance", "invoice_paid", "paid"},
      {"a pending document after paid", {settled, document("pending")}, "late", "", "paid"},
      {"paid twice by the same", {settled, settled}, "repeat", "", "paid"},
      {"paid again by another", {settled, paid_by("T2")}, "late", "", "paid"},
      {"a paid document, then its settlement", {document("paid"), settled}, "repeat", "", "paid"},
      {"a settlement, then the paid document", {settled, document("paid")}, "repeat", "", "paid"},
      {"voided after paid",
       {settled, document("voided")},
       "conflict",
       "impossible_transition",
       "paid"},
      {"expired after paid", {settled, expire}, "late", "", "paid"},
      {"an expired document after paid", {settled, document("expired")}, "late", "", "paid"},
      {"expired by a payment",
       {document("pending"), expire},
       "advance",
       "invoice_expired",
       "expired"},
      {"expired twice", {expire, expire}, "repeat", "", "expired"},
      {"expire after voided", {document("voided"), expire}, "late", "", "voided"},
      {"paid after voided",
       {document("voided"), settled},
       "advance",
       "invoice_paid!paid_after_cancel",
       "paid"},
      {"paid after expired",
       {document("expired"), settled},
       "advance",
       "invoice_paid!paid_after_expire",
       "paid"},
      {"a paid document after expired",
       {document("expired"), document("paid")},
       "advance",
       "invoice_paid!paid_after_expire",
       "paid"},
      {"voided after expired",
       {document("expired"), document("voided")},
       "advance",
       "invoice_voided",
       "voided"},
      {"pending or deny naming it", {other}, "advance", "", "known"},
      {"and that again", {other, other}, "repeat", "", "known"},
      {"and its document after it",
       {other, document("pending")},
       "advance",
       "invoice_created",
       "open"},
      {"voided twice", {document("voided"), document("voided")}, "repeat", "", "voided"},
      {"settled for less",
       {document("pending"), paid_by("T1", "SHOP-1", 99)},
       "conflict",
       "amount_mismatch",
       "open"},
      {"settled with the customer's fee on top",
       {document("pending"), with_original(paid_by("T1", "SHOP-1", 104), 100)},
       "advance",
       "invoice_paid",
       "paid"},
      {"settled for less, and unsigned metadata says it is enough",
       {document("pending"), with_original(paid_by("T1", "SHOP-1", 1), 100)},
       "conflict",
       "amount_mismatch",
       "open"},
      {"settled for more, and nothing says why",
       {document("pending"), paid_by("T1", "SHOP-1", 104)},
       "conflict",
       "amount_mismatch",
       "open"},
      {"expired by another order's attempt",
       {document("pending"),
        [] {
          invoice_fact fact = named(invoice_word::payment_expired);
          fact.texts.set(invoice_text::order_id, "SHOP-2");
          return fact;
        }()},
       "conflict",
       "impossible_transition",
       "open"},
      {"settled by another order",
       {document("pending"), paid_by("T1", "SHOP-2")},
       "conflict",
       "impossible_transition",
       "open"},
      {"by an order that only begins alike",
       {document("pending"), paid_by("T1", "SHOP-10")},
       "conflict",
       "impossible_transition",
       "open"},
      {"by a payment link's order",
       {document("pending"), paid_by("T1", "SHOP-1-1790")},
       "advance",
       "invoice_paid",
       "paid"},
      {"expired, then settled for less",
       {document("expired"), paid_by("T1", "SHOP-1", 1)},
       "conflict",
       "amount_mismatch",
       "expired"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h{subject_kind::invoice, "INV"};
    for (const invoice_fact& each : row.facts) h.tell(each);
    CHECK(h.verdict() == row.verdict);
    CHECK((h.last.why ? h.reason() : h.published()) == row.published_or_reason);
    CHECK(h.last.status_after == row.status);
  }
}

TEST_CASE("a payment in another currency pays no invoice") {
  history h{subject_kind::invoice, "INV"};
  invoice_fact dollars = paid_by("T1");
  dollars.currency = "USD";
  h.tell(document("pending")).tell(dollars);
  CHECK(h.reason() == "currency_mismatch");
}

TEST_CASE("who paid an invoice is shown, also when others named it before") {
  history h{subject_kind::invoice, "INV"};
  h.tell(document("pending")).tell(named(invoice_word::payment_other, "T1")).tell(paid_by("T2"));
  CHECK(h.last.emissions.at(0).transaction_id == "T2");
  CHECK(h.last.emissions.at(0).time == noon);
  CHECK(invoice(h).texts[invoice_text::transaction_id] == "T2");
  CHECK(invoice(h).word == "paid");
  CHECK(invoice(h).paid_at == after(-30));
  CHECK(invoice(h).total_amount == rupiah(100));
}

TEST_CASE("a conflict leaves an invoice as it was") {
  history h{subject_kind::invoice, "INV"};
  h.tell(document("pending"));
  const subject_state before = h.state;
  h.tell(paid_by("T1", "SHOP-2"));
  CHECK(h.state == before);
  h.tell(paid_by("T1")).tell(document("voided"));
  CHECK(invoice(h).word == "paid");
  CHECK(reject(h.state, {reason::unknown_status, "x"}).status_before == "paid");
}
