// Any bodies at all, from the door over the raw log to what is published: nothing throws, every
// signal is published once, is JSON, and shows the body without its secrets; what is told again
// publishes nothing; a state is read back as the bytes that it was; and a process that starts anew
// before every notification writes the same bytes as one that judges them all in one batch.

#include "broker/codec/json_text.hpp"
#include "broker/codec/state.hpp"
#include "broker/lifecycle/overlay.hpp"
#include "broker/lifecycle/transform.hpp"
#include "tests/fuzz/claim.hpp"
#include "tests/fuzz/history.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::fuzz {

namespace {

namespace dom = simdjson::dom;
using codec::destination;

constexpr std::size_t posts_max = 24;
constexpr std::size_t depth_max = 1100;  // of what is written: a body of depth 1024, and around it

class json_reader {
 public:
  json_reader() { claim(parser_.allocate(4096, depth_max) == simdjson::SUCCESS, "there is room"); }
  /// Nothing where it is no JSON. Numbers that no parser can represent are masked.
  std::optional<dom::element> read(std::string_view text) {
    masked_ = codec::mask_numbers(text);
    dom::element root;
    if (parser_.parse(masked_).get(root) != simdjson::SUCCESS) return std::nullopt;
    return root;
  }

 private:
  dom::parser parser_;
  std::string masked_;
};

bool is_secret(std::string_view key) {
  return key == "signature_key" || key == "token" || key == "saved_token_id" ||
         key == "saved_token_id_expired_at";
}

/// Whether `shown` is `whole` without the members that hold secrets, in the same order.
bool is_without_secrets(dom::element whole, dom::element shown) {
  if (whole.type() != shown.type()) return false;
  if (whole.is_array()) {
    const dom::array all = whole.get_array();
    const dom::array those = shown.get_array();
    auto at = those.begin();
    for (const dom::element each : all) {
      if (!(at != those.end()) || !is_without_secrets(each, *at)) return false;
      ++at;
    }
    return !(at != those.end());
  }
  if (!whole.is_object()) return simdjson::to_string(whole) == simdjson::to_string(shown);
  const dom::object all = whole.get_object();
  const dom::object those = shown.get_object();
  auto at = those.begin();
  for (const dom::key_value_pair each : all) {
    if (is_secret(each.key)) continue;
    if (!(at != those.end()) || at.key() != each.key) return false;
    if (!is_without_secrets(each.value, at.value())) return false;
    ++at;
  }
  return !(at != those.end());
}

bool same(const codec::header_list& one, const codec::header_list& other) {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (one[i].name != other[i].name || one[i].value != other[i].value) return false;
  }
  return true;
}

bool same(const lifecycle::transformed& one, const lifecycle::transformed& other) {
  return one.verdict == other.verdict &&
         std::equal(one.records.begin(), one.records.end(), other.records.begin(),
                    other.records.end(), [](const auto& a, const auto& b) {
                      return a.to == b.to && a.signal == b.signal && a.key == b.key &&
                             a.value == b.value && a.timestamp_ms == b.timestamp_ms &&
                             same(a.headers, b.headers);
                    });
}

class log {
 public:
  void post(const posted& what) {
    for (const core::subject& subject : subjects_of(what)) {
      const lifecycle::transformed first = tell(what, subject);
      const lifecycle::transformed again = tell(what, subject);
      claim(again.emissions.empty(), "a notification told again publishes nothing");
      claim(first.why.has_value() == again.why.has_value(), "what it means is the same again");
      // The second may still note that what it tells was known: `reversed` learns of its deny so.
      claim(first.why || tell(what, subject).records.empty(), "the third changes nothing at all");
    }
  }

  /// What the batch would merge once it is committed.
  void commit() {
    changes_.each([this](std::int32_t, std::string_view key, const std::string& value) {
      claim(states_.at(std::string{key}) == value, "a batch ends in the states of its records");
      store_.put(key, value);
      claim(store_.find(key) == value, "the store gives back what it was given");
    });
  }

 private:
  std::vector<core::subject> subjects_of(const posted& what) {
    connectors::connector& door = *connector_;
    const connectors::admission any = admit(door, what, false);
    const connectors::admission verified = admit(door, what, true);
    claim(verified.refused || any.subjects == verified.subjects,
          "a signature says nothing of whom a body concerns");
    if (!any.refused) return any.subjects;
    // The door is shut to it. Should it be in the raw log all the same, nothing may break.
    static constexpr std::array kinds{core::subject_kind::payment, core::subject_kind::subscription,
                                      core::subject_kind::payment, core::subject_kind::invoice,
                                      core::subject_kind::subscription};
    return {{kinds[static_cast<std::size_t>(what.endpoint)], "SHOP-1001"}};
  }

  lifecycle::transformed tell(const posted& what, const core::subject& subject) {
    const raw_record& record =
        records_.emplace_back(what, subject, static_cast<std::int64_t>(records_.size()));
    const codec::record_view raw = record.view();
    const std::string key{raw.key};
    auto made = batch_.apply(raw, changes_.find(raw.key, raw.partition, store_));
    claim(made.has_value(), "a state that we wrote can be read");

    const auto known = states_.find(key);
    lifecycle::transform started_anew{{}};
    const auto same_again = started_anew.apply(
        raw,
        known == states_.end() ? std::nullopt : std::optional<std::string_view>{known->second});
    claim(same_again && same(*made, *same_again), "a restart changes no byte");

    judge(*made, raw, what, subject);
    if (made->state() != nullptr) {
      states_[key] = *made->state();
      changes_.put(raw.key, raw.partition, *made->state());
    }
    return *std::move(made);
  }

  void judge(const lifecycle::transformed& made, const codec::record_view& raw, const posted& what,
             const core::subject& subject) {
    std::uint64_t& sequence = sequences_[std::string{raw.key}];
    for (const core::emission& each : made.emissions) {
      claim(each.sequence == ++sequence, "the signals of a subject are numbered without a gap");
    }
    std::size_t signals = 0;
    for (const codec::outgoing_record& out : made.records) {
      claim(out.key == raw.key, "what is written has the key of its cause");
      switch (out.to) {
        case destination::signal:
          ++signals;
          judge_signal(out, what);
          break;
        case destination::quarantine:
          claim(made.why && out.value == raw.value, "quarantine keeps the body as it came");
          break;
        case destination::state:
          judge_state(*out.value, subject);
          break;
      }
    }
    claim(signals == made.emissions.size(), "every signal is a record, and nothing else is");
    claim(signals == 0 || !made.why, "what is in quarantine publishes nothing");
  }

  void judge_signal(const codec::outgoing_record& out, const posted& what) {
    for (std::size_t i = 0; i < out.headers.size(); ++i) {
      claim(codec::is_utf8(out.headers[i].value), "a header is UTF-8");
      claim(!out.headers[i].value.empty(), "a header that is unknown is absent");
    }
    const std::string id{out.headers.find("ce_id").value_or("")};
    claim(ids_.insert(id).second, "no two signals have the same ce_id");
    const auto value = event_.read(*out.value);
    dom::element notification;
    claim(value && (*value)["notification"].get(notification) == simdjson::SUCCESS,
          "an event is a JSON object with the notification");
    if (notification.is_null()) return;
    const auto body = body_.read(what.body);
    claim(body && is_without_secrets(*body, notification),
          "an event shows the body without its secrets");
  }

  void judge_state(const std::string& document, const core::subject& subject) {
    claim(event_.read(document).has_value(), "a state is JSON");
    const auto state = decoder_.decode(document, subject);
    std::string again;
    claim(state.has_value(), "a state that was written can be read");
    codec::encode_state(*state, again);
    claim(again == document, "a state is read back as the bytes that it was");
  }

  std::unique_ptr<connectors::connector> connector_ = connectors::providers().front().make();
  lifecycle::transform batch_{{}};
  std::deque<raw_record> records_;  // the batch's: the overlay looks into them
  lifecycle::overlay changes_;
  lifecycle::state_store store_;
  std::map<std::string, std::string> states_;  // of the process that starts anew
  std::map<std::string, std::uint64_t> sequences_;
  std::set<std::string> ids_;
  codec::state_decoder decoder_;
  json_reader event_, body_;
};

}  // namespace

}  // namespace sinyal::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sinyal::fuzz;
  const std::vector<posted> posts = posts_of({reinterpret_cast<const char*>(data), size});
  log raw_log;
  for (std::size_t i = 0; i < std::min(posts.size(), posts_max); ++i) raw_log.post(posts[i]);
  raw_log.commit();
  return 0;
}
