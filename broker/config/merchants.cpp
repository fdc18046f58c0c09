#include "broker/config/merchants.hpp"

#include "broker/config/nearest.hpp"
#include "broker/config/secrets.hpp"
#include "broker/core/subject.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sinyal {

namespace {

/// Midtrans's keys are one word. What is pasted with a blank signs nothing.
bool is_one_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; });
}

/// A recurring token is a segment of a request's path, compared as it was sent.
bool fits_into_a_path(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '/' && c != '?' && c != '#';
  });
}

/// `Authorization: Bearer` and the token (RFC 9110 11.6.2).
bool fits_into_a_header(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

struct secret_list {
  std::string_view name;
  std::vector<core::secret> merchant::*target;
  bool (*fits)(std::string_view text);
  std::string_view otherwise;  // what is wrong with one that does not fit; it is not shown
};
constexpr std::array<secret_list, 3> lists{
    {{"server_keys", &merchant::server_keys, is_one_word,
      " has a blank or a control character, as no key of Midtrans's has"},
     {"recurring_tokens", &merchant::recurring_tokens, fits_into_a_path,
      " can be in no path: take letters, digits, hyphens and underscores"},
     {"api_tokens", &merchant::api_tokens, fits_into_a_header,
      " can be in no Authorization header: take letters, digits, hyphens and underscores"}}};

class merchant_reader {
 public:
  merchant_reader(const std::map<std::string, std::string>& environment,
                  std::vector<std::string>& errors)
      : environment_{environment}, errors_{errors} {}

  void read(const config_node& node, std::size_t position) {
    const auto* entries = node.entries();
    if (entries == nullptr) return wrong(node, "merchants must be tables: [[merchants]]");
    merchant out;
    std::string called = "merchants[" + std::to_string(position) + ']';
    read_id(node, *entries, called, out);
    for (const config_node& value : *entries) {
      if (value.name == "id") continue;
      const auto list = std::find_if(lists.begin(), lists.end(),
                                     [&](const auto& one) { return one.name == value.name; });
      if (list == lists.end()) {
        unknown(value, called);
      } else {
        read_list(value, called + ": " + value.name, *list, out.*(list->target));
      }
    }
    const auto is_keys = [](const config_node& entry) { return entry.name == "server_keys"; };
    if (std::none_of(entries->begin(), entries->end(), is_keys)) {
      wrong(node, called + ": server_keys is missing: without a key no notification is genuine");
    }
    out_.push_back(std::move(out));
  }

  std::vector<merchant> take() { return std::move(out_); }

 private:
  void read_id(const config_node& node, const config_node::list& entries, std::string& called,
               merchant& out) {
    const auto id = std::find_if(entries.begin(), entries.end(),
                                 [](const config_node& entry) { return entry.name == "id"; });
    if (id == entries.end()) return wrong(node, called + ": id is missing");
    const std::string* text = id->text();
    if (text == nullptr || !core::is_merchant_id(*text)) {
      return wrong(*id, called + ": id must be 1 to 64 letters, digits, hyphens or " +
                            "underscores; it is " + show(*id));
    }
    called = "merchant " + *text;
    const auto same = [&](const merchant& other) { return other.id == *text; };
    if (std::any_of(out_.begin(), out_.end(), same)) {
      wrong(*id, called + " is there twice: put all its keys into one server_keys");
    }
    out.id = *text;
  }

  void read_list(const config_node& node, const std::string& called, const secret_list& list,
                 std::vector<core::secret>& out) {
    const auto* items = node.items();
    if (items == nullptr) {
      return wrong(node, called + " must be a list, as in [\"env:NAME\"]");
    }
    if (items->empty() && list.target == &merchant::server_keys) {
      wrong(node, called + " is empty: without a key no notification is genuine");
    }
    for (std::size_t i = 0; i < items->size(); ++i) {
      const config_node& item = (*items)[i];
      const std::string one = called + '[' + std::to_string(i) + ']';
      if (item.text() == nullptr) {
        wrong(item, one + " must be a text: env:NAME or file:PATH");
        continue;
      }
      secret_result resolved = resolve_secret(*item.text(), environment_);
      if (!resolved.value) {
        wrong(item, one + ": " + resolved.error);
      } else if (!list.fits(resolved.value->reveal())) {
        wrong(item, one + std::string{list.otherwise});
      } else {
        out.push_back(std::move(*resolved.value));
      }
    }
  }

  void unknown(const config_node& node, const std::string& called) {
    constexpr std::array<std::string_view, 4> known{"id", lists[0].name, lists[1].name,
                                                    lists[2].name};
    errors_.push_back(node.origin + ": " + called + ": unknown key " + node.name + '.' +
                      did_you_mean(node.name, known));
  }

  void wrong(const config_node& node, const std::string& sentence) {
    errors_.push_back(node.origin + ": " + sentence + '.');
  }

  const std::map<std::string, std::string>& environment_;
  std::vector<std::string>& errors_;
  std::vector<merchant> out_;
};

}  // namespace

std::vector<merchant> read_merchants(const config_node& node,
                                     const std::map<std::string, std::string>& environment,
                                     std::vector<std::string>& errors) {
  const auto* items = node.items();
  if (items == nullptr) {
    errors.push_back(node.origin + ": merchants must be a list of tables: [[merchants]].");
    return {};
  }
  merchant_reader reader{environment, errors};
  for (std::size_t i = 0; i < items->size(); ++i) reader.read((*items)[i], i);
  return reader.take();
}

}  // namespace sinyal
