#include "broker/codec/state.hpp"
#include "broker/codec/state_format.hpp"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <variant>
#include <vector>

namespace sinyal::codec {
namespace {

using namespace state_format;
namespace dom = simdjson::dom;

class state_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "sinyal.state"; }
  std::string message(int value) const override {
    switch (static_cast<state_error>(value)) {
      case state_error::malformed:
        return "the state record is not a whole JSON document";
      case state_error::unknown_version:
        return "the state record has a format version that this build does not know: a newer "
               "sinyal wrote it";
      case state_error::unknown_field:
        return "the state record has a field that its format version does not know";
      case state_error::bad_value:
        return "a field of the state record has a value that its format does not allow";
    }
    return "the state record cannot be read";
  }
};

/// A name of one or two letters as a number, so that a switch can tell them apart.
constexpr std::uint16_t letters(std::string_view name) {
  if (name.empty() || name.size() > 2) return 0;
  const auto first = static_cast<unsigned char>(name[0]);
  const auto second = name.size() == 2 ? static_cast<unsigned char>(name[1]) : 0;
  return static_cast<std::uint16_t>(first << 8 | second);
}

/// Remembers the first thing wrong; every read after it is harmless.
struct reader {
  state_error* wrong;

  void fail(state_error error) const {
    if (*wrong == state_error{}) *wrong = error;
  }

  template <typename Number>
  void number(dom::element from, Number& to) const {
    using wide = std::conditional_t<std::is_signed_v<Number>, std::int64_t, std::uint64_t>;
    wide value = 0;
    if (from.get(value) != simdjson::SUCCESS || value > std::numeric_limits<Number>::max()) {
      return fail(state_error::bad_value);
    }
    to = static_cast<Number>(value);
  }
  void read(dom::element from, std::uint64_t& to) const { number(from, to); }
  void read(dom::element from, std::uint32_t& to) const { number(from, to); }
  void read(dom::element from, std::uint8_t& to) const { number(from, to); }
  void read(dom::element from, std::optional<std::int64_t>& to) const {
    number(from, to.emplace());
  }
  void read(dom::element from, std::optional<core::money>& to) const {
    std::int64_t hundredths = 0;
    number(from, hundredths);
    to = core::money::of_hundredths(hundredths);
  }
  void read(dom::element from, std::optional<core::instant>& to) const {
    number(from, to.emplace().ms_since_epoch);
  }
  void read(dom::element from, bool& to) const {
    std::uint8_t flag = 0;
    number(from, flag);
    if (flag != 1) fail(state_error::bad_value);
    to = true;
  }
  template <typename Take>
  void text(dom::element from, Take take) const {
    std::string_view value;
    if (from.get(value) != simdjson::SUCCESS) return fail(state_error::bad_value);
    take(value);
  }
  void read(dom::element from, std::string& to) const {
    text(from, [&](std::string_view value) { to = value; });
  }

  /// The member of an enum with `count` members whose to_string() is the text.
  template <typename Enum>
  void word(dom::element from, Enum& to, std::size_t count) const {
    std::string_view text;
    if (from.get(text) != simdjson::SUCCESS) return fail(state_error::bad_value);
    for (std::size_t i = 0; i < count; ++i) {
      if (to_string(static_cast<Enum>(i)) == text) {
        to = static_cast<Enum>(i);
        return;
      }
    }
    fail(state_error::bad_value);
  }

  template <typename Field, std::size_t Count>
  void read(dom::element from, core::texts<Field, Count>& to) const {
    const auto& names = letters_of<core::texts<Field, Count>>();
    members(from, [&](std::string_view name, dom::element value) {
      const auto is_named = [wanted = letters(name)](auto each) { return letters(each) == wanted; };
      const auto found = std::find_if(names.begin(), names.end(), is_named);
      if (found == names.end()) return fail(state_error::unknown_field);
      text(value, [&](std::string_view known) {
        to.set(static_cast<Field>(found - names.begin()), known);
      });
    });
  }

  void published(dom::element from, published_counts& to, core::subject_kind kind) const {
    members(from, [&](std::string_view name, dom::element value) {
      for (std::size_t i = 0; i < to.size(); ++i) {
        const core::signal_info& signal = core::signal_table[i];
        if (signal.kind == kind && without_kind(signal.topic) == name) return read(value, to[i]);
      }
      fail(state_error::unknown_field);
    });
  }

  template <typename Item>
  void list(dom::element from, std::vector<Item>& to) const {
    dom::array array;
    if (from.get(array) != simdjson::SUCCESS) return fail(state_error::bad_value);
    to.clear();
    to.reserve(array.size());
    for (const dom::element item : array) read(item, to.emplace_back());
  }

  template <typename Each>
  void members(dom::element from, Each each) const {
    dom::object object;
    if (from.get(object) != simdjson::SUCCESS) return fail(state_error::bad_value);
    for (const auto& [name, value] : object) each(name, value);
  }

  void read(dom::element from, core::given_back& to) const {
    members(from, [&](std::string_view name, dom::element value) {
      switch (letters(name)) {
        case letters("i"):
          return read(value, to.identity);
        case letters("k"):
          return read(value, to.key);
        case letters("n"):
          return read(value, to.id);
        case letters("m"):
          return read(value, to.amount);
        case letters("y"):
          return read(value, to.reason);
        case letters("t"):
          return read(value, to.created_at);
        case letters("b"):
          return read(value, to.confirmed_at);
        case letters("z"):
          return read(value, to.confirmed);
        default:
          fail(state_error::unknown_field);
      }
    });
  }

  void read(dom::element from, core::attempt& to) const {
    to.currency = core::default_currency;
    members(from, [&](std::string_view name, dom::element value) {
      switch (letters(name)) {
        case letters("t"):
          return read(value, to.transaction_id);
        case letters("st"):
          return word(value, to.status, core::attempt_status_count);
        case letters("w"):
          return word(value, to.word, core::payment_word_count);
        case letters("x"):
          return read(value, to.texts);
        case letters("g"):
          return read(value, to.gross_amount);
        case letters("aa"):
          return read(value, to.authorized_amount);
        case letters("oa"):
          return read(value, to.original_amount);
        case letters("f"):
          return read(value, to.customer_imposed_payment_fee);
        case letters("c"):
          return read(value, to.currency);
        case letters("tt"):
          return read(value, to.transaction_time);
        case letters("se"):
          return read(value, to.settlement_time);
        case letters("ex"):
          return read(value, to.expiry_time);
        case letters("ca"):
          return read(value, to.challenge_with_authorize);
        case letters("dk"):
          return read(value, to.deny_known);
        case letters("sk"):
          return read(value, to.settlement_known);
        case letters("ad"):
          return read(value, to.amount_from_document);
        case letters("r"):
          return list(value, to.refunds);
        case letters("cb"):
          return list(value, to.chargebacks);
        case letters("p"):
          return published(value, to.published, core::subject_kind::payment);
        default:
          fail(state_error::unknown_field);
      }
    });
  }

  void member(std::string_view name, dom::element value, core::payment_state& to) const {
    switch (letters(name)) {
      case letters("a"):
        return list(value, to.attempts);
      case letters("d"):
        return read(value, to.document);
      case letters("da"):
        return read(value, to.document_amount);
      case letters("q"):
        return read(value, to.quarantined);
      case letters("cl"):
        return read(value, to.charged_back_last);
      default:
        fail(state_error::unknown_field);
    }
  }

  void member(std::string_view name, dom::element value, core::invoice_state& to) const {
    switch (letters(name)) {
      case letters("st"):
        return word(value, to.status, core::invoice_status_count);
      case letters("w"):
        return read(value, to.word);
      case letters("x"):
        return read(value, to.texts);
      case letters("do"):
        return read(value, to.document_order_id);
      case letters("m"):
        return read(value, to.total_amount);
      case letters("c"):
        return read(value, to.currency);
      case letters("du"):
        return read(value, to.due_date);
      case letters("pa"):
        return read(value, to.paid_at);
      case letters("p"):
        return published(value, to.published, core::subject_kind::invoice);
      default:
        fail(state_error::unknown_field);
    }
  }

  void member(std::string_view name, dom::element value, core::subscription_state& to) const {
    switch (letters(name)) {
      case letters("st"):
        return word(value, to.status, core::subscription_status_count);
      case letters("w"):
        return read(value, to.word);
      case letters("x"):
        return read(value, to.texts);
      case letters("m"):
        return read(value, to.amount);
      case letters("c"):
        return read(value, to.currency);
      case letters("iv"):
        return read(value, to.interval);
      case letters("mx"):
        return read(value, to.max_interval);
      case letters("ci"):
        return read(value, to.current_interval);
      case letters("b"):
        return read(value, to.start_time);
      case letters("nx"):
        return read(value, to.next_execution_at);
      case letters("ch"):
        return list(value, to.charges);
      case letters("fc"):
        return list(value, to.failed_charges);
      case letters("p"):
        return published(value, to.published, core::subject_kind::subscription);
      default:
        fail(state_error::unknown_field);
    }
  }

  void read(dom::object from, core::subject_state& to) const {
    for (const auto& [name, value] : from) {
      switch (letters(name)) {
        case letters("v"):
          break;
        case letters("s"):
          read(value, to.sequence);
          break;
        case letters("o"):
          read(value, to.first_offset);
          break;
        default:
          std::visit([&, &name = name, &value = value](auto& what) { member(name, value, what); },
                     to.what);
      }
    }
  }
};

}  // namespace

boost::system::error_code make_error_code(state_error error) {
  static const state_category category;
  return {static_cast<int>(error), category};
}

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text);
}

struct state_decoder::parser {
  dom::parser json;
};

state_decoder::state_decoder() : parser_{std::make_unique<parser>()} {}
state_decoder::~state_decoder() = default;
state_decoder::state_decoder(state_decoder&&) noexcept = default;
state_decoder& state_decoder::operator=(state_decoder&&) noexcept = default;

boost::system::result<core::subject_state> state_decoder::decode(std::string_view document,
                                                                 const core::subject& subject) {
  if (document.empty()) return make_error_code(state_error::malformed);
  dom::object object;
  if (parser_->json.parse(document.data(), document.size()).get(object) != simdjson::SUCCESS) {
    return make_error_code(state_error::malformed);
  }
  std::uint64_t version = 0;
  if (object["v"].get(version) != simdjson::SUCCESS || version != 1) {
    return make_error_code(state_error::unknown_version);
  }
  core::subject_state state = core::empty_state(subject);
  state_error wrong{};
  reader{&wrong}.read(object, state);
  if (wrong != state_error{}) return make_error_code(wrong);
  return state;
}

}  // namespace sinyal::codec
