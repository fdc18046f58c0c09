// Every status x fact. The expectations are written down here from the rules, in words of their
// own, and not derived from the table of the implementation.

#include "tests/core/history.hpp"

#include <map>
#include <sstream>

using namespace sinyal::core;
using namespace sinyal::core::test;

namespace {

/// How a status is reached, on a card.
const std::vector<std::pair<const char*, std::vector<payment_fact>>>& ways() {
  static const std::vector<std::pair<const char*, std::vector<payment_fact>>> all{
      {"none", {}},
      {"authorized", {pay("authorize")}},
      {"pending", {pay("pending")}},
      {"challenged", {pay("capture/challenge")}},
      {"captured", {pay("capture")}},
      {"settled", {pay("settlement")}},
      {"denied", {pay("deny")}},
      {"cancelled", {pay("cancel")}},
      {"voided", {pay("capture"), pay("cancel")}},
      {"expired", {pay("expire")}},
      {"failed", {pay("failure")}},
      {"reversed", {permata(pay("settlement")), permata(pay("deny"))}},
      {"part_back_published", {pay("settlement"), listed(pay("partial_refund"), {entry("a", 30)})}},
      {"part_back_unpublished", {listed(pay("partial_refund"), {entry("a", 30)})}},
      {"refunded", {listed(pay("refund"), {entry("a", 100)})}},
      {"charged_back", {pay("chargeback")}},
  };
  return all;
}

payment_fact column(std::size_t at) {
  static constexpr const char* words[] = {
      "authorize", "pending", "capture", "capture/challenge", "capture/deny", "settlement", "deny",
      "cancel",    "expire",  "failure"};
  if (at < 10) return pay(words[at]);
  if (at == 10) return listed(pay("partial_refund"), {entry("new", 10)});
  return listed(pay("partial_chargeback"), {entry("new-cb", 10)});
}

// A row ends with an empty line. A cell: the verdict's letter; for an advance the signal's letters,
// or -; then the new status and an anomaly. Refunds and chargebacks are partial here.
constexpr const char* expectations = R"(
none | A au authorized | A rc pending | A st captured | A rc challenged | A dn denied |
    A st settled | A dn denied | A cn cancelled | A ex expired | A fl failed |
    A rf part_back_unpublished before_settlement | A cb part_back_unpublished before_settlement

authorized | R | L | A st captured | A rc challenged | A dn denied | A st settled | A dn denied |
    A cn cancelled | A ex expired | A fl failed | A rf part_back_unpublished before_settlement |
    A cb part_back_unpublished before_settlement

pending | A au authorized | R | A st captured | A - challenged | A dn denied | A st settled |
    A dn denied | A cn cancelled | A ex expired | A fl failed |
    A rf part_back_unpublished before_settlement | A cb part_back_unpublished before_settlement

challenged | L | L | A st captured | R | A dn denied | A st settled | A dn denied |
    A cn cancelled | A ex expired | A fl failed | A rf part_back_unpublished before_settlement |
    A cb part_back_unpublished before_settlement

captured | L | L | R | L | C impossible_transition | A - settled | C impossible_transition |
    A cn voided | L | L | A rf part_back_published | A cb part_back_published

settled | L | L | R | L | L | R | C reversal_not_possible | L | L | L | A rf part_back_published |
    A cb part_back_published

denied | L | L | A st captured paid_after_deny | L | R | A st settled paid_after_deny | R | L | L |
    L | A rf part_back_unpublished before_settlement |
    A cb part_back_unpublished before_settlement

cancelled | L | L | L | L | L | A st settled paid_after_cancel | L | R | L | L |
    A rf part_back_unpublished before_settlement | A cb part_back_unpublished before_settlement

voided | L | L | R | L | L | C impossible_transition | L | R | L | L |
    A rf part_back_published paid_after_cancel | A cb part_back_published paid_after_cancel

expired | L | L | A st captured paid_after_expire | L | L | A st settled paid_after_expire | L |
    L | R | L | A rf part_back_unpublished before_settlement |
    A cb part_back_unpublished before_settlement

failed | L | L | A st captured paid_after_failure | L | L | A st settled paid_after_failure | L |
    L | L | R | A rf part_back_unpublished before_settlement |
    A cb part_back_unpublished before_settlement

reversed | L | L | L | L | L | L | R | L | L | L | C impossible_transition |
    C impossible_transition

part_back_published | L | L | R | L | L | R | C impossible_transition | L | L | L |
    A rf part_back_published | A cb part_back_published refund_and_chargeback

part_back_unpublished | L | L | A st part_back_published before_settlement | L | L |
    A st part_back_published before_settlement | C impossible_transition | L | L | L |
    A rf part_back_unpublished | A cb part_back_unpublished refund_and_chargeback

refunded | L | L | L | L | L | L | C impossible_transition | L | L | L | C amount_mismatch |
    A cb charged_back refund_and_chargeback

charged_back | L | L | L | L | L | L | C impossible_transition | L | L | L |
    A rf refunded refund_and_chargeback | A cb charged_back
)";

const char* signal_of(const std::string& letters) {
  static const std::map<std::string, const char*> names{
      {"au", "payment_authorized"},   {"rc", "payment_received"},
      {"st", "payment_settled"},      {"dn", "payment_denied"},
      {"cn", "payment_cancelled"},    {"ex", "payment_expired"},
      {"fl", "payment_failed"},       {"rf", "payment_refunded"},
      {"cb", "payment_charged_back"}, {"-", ""}};
  return names.at(letters);
}

std::vector<std::vector<std::string>> read_expectations() {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines{expectations};
  bool begins = true;
  for (std::string line; std::getline(lines, line); begins = line.empty()) {
    if (line.empty()) continue;
    if (begins) rows.emplace_back();
    std::istringstream cells{line};
    for (std::string cell; std::getline(cells, cell, '|');) rows.back().push_back(cell);
  }
  return rows;
}

history reach(const std::vector<payment_fact>& way) {
  history h;
  for (const payment_fact& each : way) h.tell(each);
  return h;
}

void check_cell(const history& before, history& h, std::istringstream cell) {
  std::string letter;
  std::string first;
  cell >> letter >> first;
  const std::string verdict = letter == "A"   ? "advance"
                              : letter == "R" ? "repeat"
                              : letter == "L" ? "late"
                                              : "conflict";
  CHECK(h.verdict() == verdict);
  if (verdict == "conflict") {
    CHECK(h.reason() == first);
    CHECK(h.payment().attempts == before.payment().attempts);
    CHECK(h.payment().quarantined == before.payment().quarantined + 1);
    CHECK_FALSE(h.last.why->message.empty());
  }
  if (verdict != "advance") {
    CHECK(h.last.emissions.empty());
    CHECK(h.last.status_after == h.last.status_before);
    CHECK(h.last.note.empty() == (verdict == "conflict"));
    return;
  }
  std::string status;
  std::string anomaly;
  cell >> status >> anomaly;
  CHECK(h.last.status_after == status);
  const std::string signal = signal_of(first);
  CHECK(h.published() == (anomaly.empty() ? signal : signal + '!' + anomaly));
}

}  // namespace

TEST_CASE("every status answers every fact as the rules say") {
  const auto rows = read_expectations();
  REQUIRE(rows.size() == ways().size());
  std::size_t pairs = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    REQUIRE(rows[row].size() == 13);
    const std::string status = ways()[row].first;
    CHECK(std::string_view{rows[row][0]}.starts_with(status));
    for (std::size_t at = 0; at < 12; ++at) {
      const payment_fact told = column(at);
      CAPTURE(status);
      CAPTURE(to_string(told.word));
      history h = reach(ways()[row].second);
      const history before = h;
      h.tell(told);
      CHECK(h.last.status_before == status);
      check_cell(before, h, std::istringstream{rows[row][at + 1]});
      ++pairs;
    }
  }
  MESSAGE("status x fact pairs: " << pairs);
  CHECK(pairs == 192);
}

TEST_CASE("what completes the sum moves to the full status") {
  struct row {
    const char* name;
    std::vector<payment_fact> way;
    payment_fact last;
    const char* status;
    const char* published;
  };
  const payment_fact refund = listed(pay("refund"), {entry("a", 30), entry("b", 70)});
  const payment_fact part = listed(pay("partial_refund"), {entry("a", 30)});
  const row rows[] = {
      {"settled, refunded at once",
       {pay("settlement")},
       refund,
       "refunded",
       "payment_refunded payment_refunded"},
      {"settled, in two steps", {pay("settlement"), part}, refund, "refunded", "payment_refunded"},
      {"captured, charged back",
       {pay("capture")},
       pay("chargeback"),
       "charged_back",
       "payment_charged_back"},
      {"never heard of",
       {},
       refund,
       "refunded",
       "payment_refunded!before_settlement payment_refunded"},
      {"never heard of, charged back",
       {},
       pay("chargeback"),
       "charged_back",
       "payment_charged_back!before_settlement"},
      {"voided",
       {pay("capture"), pay("cancel")},
       pay("chargeback"),
       "charged_back",
       "payment_charged_back!paid_after_cancel"},
      {"part back",
       {pay("settlement"), part},
       pay("chargeback"),
       "charged_back",
       "payment_charged_back!refund_and_chargeback"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h = reach(row.way);
    h.tell(row.last);
    CHECK(h.last.status_after == row.status);
    CHECK(h.published() == row.published);
    CHECK(h.last.emissions.back().back_is_full);
  }
}

TEST_CASE("the rules that need more than the status") {
  struct row {
    const char* name;
    std::vector<payment_fact> way;
    payment_fact last;
    const char* verdict;
    const char* published_or_reason;
    const char* status;
  };
  const auto mandiri = [](payment_fact fact) {
    return on_channel(std::move(fact), "echannel", "");
  };
  const auto indomaret = [](payment_fact fact) {
    return on_channel(std::move(fact), "cstore", "", "indomaret");
  };
  const auto bca = [](payment_fact fact) {
    return on_channel(std::move(fact), "bank_transfer", "bca");
  };
  const row rows[] = {
      {"an authorize challenge clears with authorize",
       {pay("authorize/challenge")},
       pay("authorize"),
       "advance",
       "payment_authorized",
       "authorized"},
      {"a capture challenge does not go back to authorize",
       {pay("capture/challenge")},
       pay("authorize"),
       "late",
       "",
       "challenged"},
      {"an authorize challenge after authorize is late",
       {pay("authorize")},
       pay("authorize/challenge"),
       "late",
       "",
       "authorized"},
      {"a challenge that moved on to capture stays",
       {pay("authorize/challenge"), pay("capture/challenge")},
       pay("authorize"),
       "late",
       "",
       "challenged"},
      {"payment_received is published once",
       {pay("pending"), pay("authorize")},
       pay("capture/challenge"),
       "advance",
       "",
       "challenged"},
      {"a Permata settlement is reversed",
       {permata(pay("settlement"))},
       permata(pay("deny")),
       "advance",
       "payment_denied",
       "reversed"},
      {"a Mandiri bill is reversed",
       {mandiri(pay("settlement"))},
       mandiri(pay("deny")),
       "advance",
       "payment_denied",
       "reversed"},
      {"an Indomaret payment is reversed",
       {indomaret(pay("settlement"))},
       indomaret(pay("deny")),
       "advance",
       "payment_denied",
       "reversed"},
      {"a BCA settlement is not",
       {bca(pay("settlement"))},
       bca(pay("deny")),
       "conflict",
       "reversal_not_possible",
       "settled"},
      {"a deny that claims to be Permata's is not",
       {bca(pay("settlement"))},
       permata(pay("deny")),
       "conflict",
       "reversal_not_possible",
       "settled"},
      {"a reversal that came first keeps its settlement back",
       {permata(pay("deny"))},
       permata(pay("settlement")),
       "late",
       "",
       "reversed"},
      {"the channel may be told by the settlement alone",
       {on_channel(pay("deny"), "", "")},
       permata(pay("settlement")),
       "late",
       "",
       "reversed"},
      {"a deny known before the settlement is a repeat",
       {pay("deny"), pay("settlement")},
       pay("deny"),
       "repeat",
       "",
       "settled"},
      {"and after a capture", {pay("deny"), pay("capture")}, pay("deny"), "repeat", "", "captured"},
      {"and as capture deny",
       {pay("deny"), pay("capture")},
       pay("capture/deny"),
       "repeat",
       "",
       "captured"},
      {"and after a refund",
       {pay("deny"), pay("settlement"), listed(pay("refund"), {entry("a", 100)})},
       pay("deny"),
       "repeat",
       "",
       "refunded"},
      {"a conflicting deny is not known afterwards",
       {pay("settlement"), pay("deny")},
       pay("deny"),
       "conflict",
       "reversal_not_possible",
       "settled"},
      {"a settlement after a full refund is late",
       {listed(pay("refund"), {entry("a", 100)})},
       pay("settlement"),
       "late",
       "",
       "refunded"},
      {"and a repeat the second time",
       {listed(pay("refund"), {entry("a", 100)}), pay("settlement")},
       pay("settlement"),
       "repeat",
       "",
       "refunded"},
      {"a chargeback without an id after a chargeback is a repeat",
       {pay("chargeback")},
       pay("partial_chargeback"),
       "repeat",
       "",
       "charged_back"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h = reach(row.way);
    h.tell(row.last);
    CHECK(h.verdict() == row.verdict);
    CHECK((h.last.why ? h.reason() : h.published()) == row.published_or_reason);
    CHECK(h.last.status_after == row.status);
  }
}
