#pragma once
// Every answer there is. Errors are RFC 9457 problem details that tell a stranger nothing: only a
// 400 says more than its title, and only about the form of what was sent.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sinyal::ingest {

enum class problem : std::uint8_t {
  malformed_request,
  malformed_body,
  invalid_field,
  unauthorized,
  not_found,
  method_not_allowed,
  request_timeout,
  length_required,
  content_too_large,
  unsupported_media_type,
  unprocessable,
  headers_too_large,
  not_accepted,
  unavailable,
  not_stored,
};
inline constexpr std::size_t problem_count = 15;

struct problem_row {
  problem what;
  int status;
  std::string_view phrase;  // of the status line; the title too
  std::string_view type;    // after `urn:sinyal:problem:`
};
const problem_row& row_of(problem what);

/// The scheme that a 401 names.
enum class challenge : std::uint8_t { midtrans, bearer };

struct answer_options {
  bool announce_close = false;  // `Connection: close`
  bool head_only = false;       // the answer to HEAD has no body
  ingest::challenge challenge = challenge::midtrans;
  std::uint32_t retry_after_s = 30;
  std::string_view detail;  // of a 400
};

/// Appends the whole response, ready to be written.
void append_problem(std::string& out, problem what, const answer_options& options);
/// 200, with the notification's id.
void append_accepted(std::string& out, std::string_view id, bool announce_close);

}  // namespace sinyal::ingest
