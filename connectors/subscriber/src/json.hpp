#pragma once
// JSON that stands anywhere: parsed whole, and the text of its parts as it was written.

#include <simdjson.h>

#include <string>
#include <string_view>

namespace sinyal::detail {

class json {
 public:
  json();

  /// The element lives until the next call. `text()` is what it was read from. Numbers that no
  /// machine can represent are no error inside of `notification`, whose text alone is of interest.
  simdjson::error_code parse(std::string_view text, simdjson::dom::element& whole);
  std::string_view text() const { return {padded_.data(), size_}; }

  /// The text of one member of an object, as it stands in the object's own, which is a part of
  /// text(); empty when it is not there under its plain name, without escapes.
  std::string_view member_text(std::string_view object, std::string_view name);

 private:
  simdjson::error_code parse_masked(simdjson::dom::element& whole);

  simdjson::dom::parser whole_;
  simdjson::ondemand::parser parts_;
  std::string padded_;  // the text, and what simdjson may read behind it
  std::size_t size_ = 0;
  std::string masked_;  // the same without its notification, where that has such numbers
};

}  // namespace sinyal::detail
