#pragma once
// What RFC 9112 demands of a request's head and Beast 1.81 does not: everything that two parsers
// could read differently is refused. Pure; the names and values are those that Beast parsed.

#include "broker/codec/record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sinyal::ingest {

struct request_head {
  std::string_view method;
  std::string_view target;
  unsigned version = 11;  // 10 or 11
  std::span<const codec::header_view> fields;
};

/// How the body is delimited, and the few fields that matter. Views into the head.
struct framing {
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool expects_continue = false;
  bool keep_alive = false;
  bool encoded = false;                           // Content-Encoding is there, and is not identity
  std::optional<std::string_view> content_type;   // absent when not exactly one
  std::optional<std::string_view> authorization;  // absent when not exactly one
  std::optional<std::string_view> traceparent;    // absent when not exactly one
};

struct framing_result {
  std::string_view problem;  // empty: sound. A sentence for the sender, with nothing of theirs.
  framing value;
};
framing_result judge_framing(const request_head& head);

/// What a chunk's extension says is nothing to us. But Beast lets a quoted one hold line feeds, and
/// for some parsers the line ends at such a one, and the chunk begins.
bool is_chunk_extension(std::string_view text);

/// Whether a chunk's header, or the trailers, may still become whole. Beast would wait for the end
/// of one without a bound, and where a line ends without a carriage return.
bool is_chunk_framing_so_far(std::string_view text);

/// ASCII letters alone are folded.
bool equal_ignoring_case(std::string_view left, std::string_view right);

/// `application/json`, alone or with `charset=utf-8`.
bool is_json_media_type(std::string_view content_type);

/// The token of `Bearer` SP token.
std::optional<std::string_view> bearer_token(std::string_view authorization);

/// `00-` 32 hex `-` 16 hex `-` 2 hex, lower-case, neither id all zeros (W3C Trace Context).
bool is_traceparent(std::string_view text);

}  // namespace sinyal::ingest
