#include "broker/core/decide_parts.hpp"
#include "broker/core/invoice_table.hpp"

#include <utility>

namespace sinyal::core {
namespace {

using step = transition<invoice_status>;

bool is_document(invoice_word word) {
  return word != invoice_word::payment_settled && word != invoice_word::payment_expired &&
         word != invoice_word::payment_other;
}

/// A payment link appends a suffix to the order id that it was made for.
bool belongs_to(std::string_view order_id, std::string_view document_order_id) {
  return order_id == document_order_id ||
         (order_id.size() > document_order_id.size() && order_id.starts_with(document_order_id) &&
          order_id[document_order_id.size()] == '-');
}

bool is_same_transaction(const invoice_state& invoice, const invoice_fact& fact) {
  const std::string_view known = invoice.texts[invoice_text::transaction_id];
  return known.empty() || known == fact.texts[invoice_text::transaction_id];
}

/// The signed amount is the invoice's, or it is more by the fee that Midtrans added for the
/// customer to pay. original_amount alone proves nothing: it is not signed.
bool pays(const invoice_fact& fact, money total) {
  return *fact.amount == total || (fact.original_amount == total && *fact.amount > total);
}

/// metadata is not signed: a payment pays the invoice of its own order, in full, or none.
std::optional<rejection> check_payment(const invoice_state& invoice, const invoice_fact& fact) {
  const bool settles = fact.word == invoice_word::payment_settled;
  if (!settles && fact.word != invoice_word::payment_expired) return std::nullopt;
  if (invoice.status == invoice_status::paid && is_same_transaction(invoice, fact)) {
    return std::nullopt;
  }
  const std::string_view order_id = fact.texts[invoice_text::order_id];
  if (!invoice.document_order_id.empty() && !belongs_to(order_id, invoice.document_order_id)) {
    return rejection{reason::impossible_transition,
                     sentence("order ", order_id, " names the invoice, which is of order ",
                              invoice.document_order_id)};
  }
  if (!settles || !invoice.total_amount || !fact.amount) return std::nullopt;
  if (currency_or_default(fact.currency) != currency_or_default(invoice.currency)) {
    return rejection{reason::currency_mismatch,
                     sentence("the payment is in ", currency_or_default(fact.currency),
                              ", the invoice in ", currency_or_default(invoice.currency))};
  }
  if (pays(fact, *invoice.total_amount)) return std::nullopt;
  return rejection{reason::amount_mismatch,
                   sentence("the payment is ", fact.amount->to_string(), ", the invoice ",
                            invoice.total_amount->to_string())};
}

/// The invoice's own document may change what is known, a payment that names it may not.
bool learn_document(invoice_state& invoice, const invoice_fact& fact, bool newest) {
  bool changed = learn_texts(invoice.texts, fact.texts, newest);
  changed |= learn(invoice.document_order_id, fact.texts[invoice_text::order_id], newest);
  changed |= learn(invoice.word, fact.status, newest);
  changed |= learn(invoice.total_amount, fact.amount, newest);
  changed |= learn(invoice.currency, currency_or_default(fact.currency), newest);
  changed |= learn(invoice.due_date, fact.due_date, newest);
  changed |= learn(invoice.paid_at, fact.paid_at, newest);
  return changed;
}

bool learn_payment(invoice_state& invoice, const invoice_fact& fact, bool advances) {
  bool changed = invoice.texts.fill_from(fact.texts);
  changed |= learn(invoice.currency, currency_or_default(fact.currency), false);
  changed |= learn(invoice.due_date, fact.due_date, false);
  if (!advances) return changed;
  if (fact.word == invoice_word::payment_settled) {
    invoice.word = "paid";
    // an earlier attempt may have named the invoice: the one that paid it counts
    invoice.texts.learn(invoice_text::transaction_id, fact.texts[invoice_text::transaction_id]);
    learn(invoice.paid_at, fact.paid_at, true);
  } else if (fact.word == invoice_word::payment_expired) {
    invoice.word = "expired";
  }
  return changed;
}

bool learn_details(invoice_state& invoice, const invoice_fact& fact, bool newest) {
  return is_document(fact.word) ? learn_document(invoice, fact, newest)
                                : learn_payment(invoice, fact, newest);
}

void publish(decision& result, invoice_state& invoice, const step& chosen, const invoice_fact& fact,
             instant recorded_at) {
  emission& event = result.emissions.emplace_back();
  event.signal = *chosen.publishes;
  event.time = recorded_at;
  event.transaction_id = fact.texts[invoice_text::transaction_id];
  event.identity = how_manieth(invoice.published, event.signal);
  if (chosen.flag) event.anomalies.push_back(*chosen.flag);
}

}  // namespace

decision decide_invoice(invoice_state& invoice, const invoice_fact& fact, instant recorded_at) {
  decision result = undecided(invoice.status);
  if (auto why = check_payment(invoice, fact)) {
    refuse(result, std::move(*why));
    return result;
  }
  bool learned = false;
  const step& chosen = invoice_table.at(invoice.status, fact.word).choose([&](condition condition) {
    if (condition == condition::same_transaction) return is_same_transaction(invoice, fact);
    learned = true;  // something_new is found out by learning
    return learn_details(invoice, fact, true);
  });
  if (chosen.verdict == verdict::conflict) {
    refuse(result, {chosen.why, sentence("a document says ", fact.status, ", the invoice is ",
                                         to_string(invoice.status))});
    return result;
  }
  result.verdict = chosen.verdict;
  if (!learned) learn_details(invoice, fact, chosen.verdict == verdict::advance);
  if (result.verdict != verdict::advance) {
    result.note = note_of(result.verdict, invoice.status, fact.word);
  }
  invoice.status = *chosen.to;
  if (invoice.id.empty()) invoice.id = fact.id;
  if (chosen.publishes) publish(result, invoice, chosen, fact, recorded_at);
  result.status_after = to_string(invoice.status);
  return result;
}

}  // namespace sinyal::core
