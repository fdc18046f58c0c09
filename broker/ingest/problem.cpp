#include "broker/ingest/problem.hpp"

#include "broker/codec/json_writer.hpp"

namespace sinyal::ingest {

namespace {

constexpr std::array<problem_row, problem_count> rows{{
    {problem::malformed_request, 400, "Bad Request", "malformed-request"},
    {problem::malformed_body, 400, "Bad Request", "malformed-body"},
    {problem::invalid_field, 400, "Bad Request", "invalid-field"},
    {problem::unauthorized, 401, "Unauthorized", "unauthorized"},
    {problem::not_found, 404, "Not Found", "not-found"},
    {problem::method_not_allowed, 405, "Method Not Allowed", "method-not-allowed"},
    {problem::request_timeout, 408, "Request Timeout", "request-timeout"},
    {problem::length_required, 411, "Length Required", "length-required"},
    {problem::content_too_large, 413, "Content Too Large", "content-too-large"},
    {problem::unsupported_media_type, 415, "Unsupported Media Type", "unsupported-media-type"},
    {problem::unprocessable, 422, "Unprocessable Content", "unprocessable"},
    {problem::headers_too_large, 431, "Request Header Fields Too Large", "headers-too-large"},
    {problem::not_accepted, 502, "Bad Gateway", "not-accepted"},
    {problem::unavailable, 503, "Service Unavailable", "unavailable"},
    {problem::not_stored, 504, "Gateway Timeout", "not-stored"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].what) != i) return false;
  }
  return true;
}
static_assert(in_order(), "row_of() finds a row by its place");

constexpr std::string_view close_line = "Connection: close\r\n";

void append_body(std::string& out, const problem_row& row, std::string_view detail) {
  codec::json_writer json{out};
  json.begin_object();
  json.text("type", std::string{"urn:sinyal:problem:"}.append(row.type));
  json.text("title", row.phrase);
  json.number("status", row.status);
  if (row.status == 400 && !detail.empty()) json.text("detail", detail);
  json.end_object();
}

}  // namespace

const problem_row& row_of(problem what) {
  return rows[static_cast<std::size_t>(what)];
}

void append_problem(std::string& out, problem what, const answer_options& options) {
  const problem_row& row = row_of(what);
  std::string body;
  append_body(body, row, options.detail);
  out.append("HTTP/1.1 ").append(std::to_string(row.status)).append(" ").append(row.phrase);
  out.append("\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n");
  if (row.status == 401) {
    const bool bearer = options.challenge == challenge::bearer;
    out.append("WWW-Authenticate: ").append(bearer ? "Bearer" : "Midtrans").append("\r\n");
  }
  if (row.status == 405) out.append("Allow: POST\r\n");
  if (row.status == 503) {
    out.append("Retry-After: ").append(std::to_string(options.retry_after_s)).append("\r\n");
  }
  if (options.announce_close) out.append(close_line);
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  if (!options.head_only) out.append(body);
}

void append_accepted(std::string& out, std::string_view id, bool announce_close) {
  constexpr std::string_view before = R"({"status":"ok","id":")";
  constexpr std::string_view after = R"("})";
  out.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n");
  if (announce_close) out.append(close_line);
  const std::size_t length = before.size() + id.size() + after.size();
  out.append("Content-Length: ").append(std::to_string(length)).append("\r\n\r\n");
  out.append(before).append(id).append(after);
}

}  // namespace sinyal::ingest
