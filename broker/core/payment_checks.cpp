#include "broker/core/payment_checks.hpp"

#include "broker/core/decide_parts.hpp"
#include "broker/core/status_code.hpp"

namespace sinyal::core {
namespace {

using enum payment_word;

std::optional<rejection> check_code(const payment_fact& fact) {
  if (fact.document) return std::nullopt;
  const std::string_view code = fact.texts[payment_text::status_code];
  if (status_code_agrees(fact.word, fact.fraud, code)) return std::nullopt;
  const std::string_view fraud_status = fact.texts[payment_text::fraud_status];
  return rejection{reason::status_code_mismatch,
                   sentence("transaction_status ", to_string(fact.word),
                            fraud_status.empty() ? "" : " with fraud_status ", fraud_status,
                            " has status_code ", code.empty() ? "none" : code, ", expected ",
                            expected_status_code(fact.word, fact.fraud))};
}

std::optional<rejection> check_fraud(const payment_fact& fact) {
  if (fact.word != settlement || fact.fraud == fraud::accept) return std::nullopt;
  return rejection{reason::impossible_transition,
                   sentence("transaction_status settlement with fraud_status ",
                            fact.fraud == fraud::deny ? "deny" : "challenge",
                            ": a settlement is accepted or not evaluated")};
}

/// Capture and what follows it: these words say what the customer really paid.
bool says_what_was_paid(payment_word word) {
  return word == capture || word == settlement || is_refund_word(word) || is_chargeback_word(word);
}

bool paid_amount_is_known(const attempt& attempt) {
  switch (attempt.status) {
    case attempt_status::none:
    case attempt_status::authorized:
    case attempt_status::pending:
    case attempt_status::denied:
    case attempt_status::cancelled:
    case attempt_status::expired:
    case attempt_status::failed:
      return false;
    case attempt_status::challenged:
      return !attempt.challenge_with_authorize;
    default:
      return true;
  }
}

/// Whether the signed amount may be what the merchant's document told otherwise of: of what was
/// authorized, or of nothing, where no signed notification has told an amount yet.
bool corrects_document(const attempt& attempt, payment_word word, money amount) {
  if (!attempt.authorized_amount) return true;
  return word == authorize ? amount == *attempt.authorized_amount
                           : amount <= *attempt.authorized_amount;
}

/// A capture may take less than was authorized, and an authorize that comes late may be larger; an
/// ending may tell of either amount. Everything else repeats the one amount there is.
bool amount_agrees(const attempt& attempt, payment_word word, money amount) {
  if (attempt.amount_from_document) return corrects_document(attempt, word, amount);
  const money known = *attempt.gross_amount;
  const bool either = amount == known || amount == attempt.authorized_amount;
  if (word == authorize) {
    if (attempt.authorized_amount) return amount == *attempt.authorized_amount;
    return attempt.status == attempt_status::pending ? amount == known : amount >= known;
  }
  if (says_what_was_paid(word)) {
    if (paid_amount_is_known(attempt) || !attempt.authorized_amount) return amount == known;
    return amount <= *attempt.authorized_amount;
  }
  return either;
}

std::optional<rejection> check_amount(const attempt& attempt, const payment_fact& fact) {
  if (fact.document || !attempt.gross_amount) return std::nullopt;
  if (amount_agrees(attempt, fact.word, *fact.gross_amount)) return std::nullopt;
  return rejection{
      reason::amount_mismatch,
      sentence("gross_amount of ", to_string(fact.word), " is ", fact.gross_amount->to_string(),
               ", known is ", attempt.gross_amount->to_string(),
               attempt.authorized_amount ? " of authorized " : "",
               attempt.authorized_amount ? attempt.authorized_amount->to_string() : std::string{})};
}

std::optional<rejection> check_currency(const attempt& attempt, const payment_fact& fact) {
  if (attempt.currency.empty() || attempt.status == attempt_status::none) return std::nullopt;
  if (fact.document && fact.currency.empty()) return std::nullopt;
  // the merchant's word for it: as with the amount, Midtrans's replaces it
  if (attempt.amount_from_document && !attempt.authorized_amount) return std::nullopt;
  const std::string_view told = currency_or_default(fact.currency);
  if (told == attempt.currency) return std::nullopt;
  return rejection{reason::currency_mismatch, sentence("currency of ", to_string(fact.word), " is ",
                                                       told, ", known is ", attempt.currency)};
}

}  // namespace

bool is_refund_word(payment_word word) {
  return word == refund || word == partial_refund;
}
bool is_chargeback_word(payment_word word) {
  return word == chargeback || word == partial_chargeback;
}

payment_step step_of(const payment_fact& fact) {
  switch (fact.word) {
    case authorize:
    case capture:
      if (fact.fraud == fraud::challenge) return payment_step::challenge;
      if (fact.fraud == fraud::deny) return payment_step::capture_deny;
      return fact.word == authorize ? payment_step::authorize : payment_step::capture;
    case none:
    case pending:
      return payment_step::pending;
    case settlement:
      return payment_step::settlement;
    case deny:
      return payment_step::deny;
    case cancel:
      return payment_step::cancel;
    case expire:
      return payment_step::expire;
    case failure:
      return payment_step::failure;
    case refund:
    case partial_refund:
      return payment_step::refund;
    case chargeback:
    case partial_chargeback:
      break;
  }
  return payment_step::chargeback;
}

std::optional<money> amount_of(const payment_state& payment, const attempt& attempt,
                               const payment_fact& fact) {
  if (fact.gross_amount || !fact.document) return fact.gross_amount;
  return attempt.gross_amount ? attempt.gross_amount : payment.document_amount;
}

std::optional<rejection> check(const payment_state& payment, const attempt& attempt,
                               const payment_fact& fact) {
  if (!amount_of(payment, attempt, fact)) {
    return rejection{reason::missing_field,
                     sentence("gross_amount is missing: ", to_string(fact.word), " of ",
                              fact.transaction_id, " tells no amount")};
  }
  if (auto why = check_code(fact)) return why;
  if (auto why = check_fraud(fact)) return why;
  if (auto why = check_amount(attempt, fact)) return why;
  return check_currency(attempt, fact);
}

void adopt_amount(attempt& attempt, const payment_fact& fact, money amount, bool binding) {
  const bool says_paid = says_what_was_paid(fact.word);
  const bool paid_less = binding && says_paid && !paid_amount_is_known(attempt);
  if (fact.document) {
    // a partial capture that the merchant knows of first; Midtrans's own word of it is still to
    // come
    const bool captures = paid_less && attempt.authorized_amount;
    if (attempt.gross_amount && !captures) return;
    if (!attempt.gross_amount || amount <= *attempt.authorized_amount)
      attempt.gross_amount = amount;
    attempt.amount_from_document = true;
    return;
  }
  if (fact.word == authorize) attempt.authorized_amount = amount;
  const bool corrects =
      attempt.amount_from_document && (says_paid || !paid_amount_is_known(attempt));
  if (corrects) attempt.currency.clear();  // the notification's is learned with its other details
  if (!attempt.gross_amount || corrects || paid_less) {
    attempt.gross_amount = amount;
    attempt.amount_from_document = false;
  }
}

}  // namespace sinyal::core
