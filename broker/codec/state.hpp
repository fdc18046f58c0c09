#pragma once
// The state of a subject as the compacted topic keeps it: one JSON document. Internal but for its
// version; its outside view is `sinyal trace`. The grammar stands in state_format.hpp.

#include "broker/core/state.hpp"
#include "broker/core/subject.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace sinyal::codec {

/// Header `sinyal_version` of state records, and "v" of the document.
inline constexpr std::string_view state_version = "1";

/// Why a document cannot be read. Each stops the partition: guessing at what is known of a payment
/// would publish its signals again, or never.
enum class state_error { malformed = 1, unknown_version, unknown_field, bad_value };
boost::system::error_code make_error_code(state_error error);

/// Replaces `out` by the state's document. The same state is always the same bytes. Neither the
/// subject's kind nor its id is in it: they are in the record's key. Texts must be UTF-8.
void encode_state(const core::subject_state& state, std::string& out);

/// What a text must be to stand in a state or an event. Everything read from JSON is; a record key
/// can be any bytes.
bool is_utf8(std::string_view text);

/// Belongs to one thread: it keeps its parser's buffers.
class state_decoder {
 public:
  state_decoder();
  ~state_decoder();
  state_decoder(state_decoder&&) noexcept;
  state_decoder& operator=(state_decoder&&) noexcept;

  /// `subject` is the one of the record's key; accounts have no state.
  boost::system::result<core::subject_state> decode(std::string_view document,
                                                    const core::subject& subject);

 private:
  struct parser;
  std::unique_ptr<parser> parser_;
};

}  // namespace sinyal::codec

template <>
struct boost::system::is_error_code_enum<sinyal::codec::state_error> : std::true_type {};
