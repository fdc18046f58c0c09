#include "broker/ingest/gate.hpp"

#include <utility>

namespace sinyal::ingest {

namespace {

using result = observe::notification_result;

bool proves_itself(const route& where, const framing& framed, const tenant& who) {
  switch (authentication_of(where.endpoint)) {
    case authentication::signature:
      return true;  // judged when the body is there
    case authentication::path_token:
      return is_one_of(where.token, who.recurring_tokens);
    case authentication::bearer:
      break;
  }
  const auto token = bearer_token(framed.authorization.value_or(std::string_view{}));
  return is_one_of(token.value_or(std::string_view{}), who.api_tokens) && token;
}

bool is_full(const framing& framed, const load& now, const http_settings& settings) {
  // A body above its own limit is 413, whatever room there is.
  const std::uint64_t length = framed.content_length.value_or(0);
  const std::uint64_t wanted = length > settings.body_bytes_max ? 0 : length;
  return now.requests >= settings.inflight_max ||
         now.body_bytes + wanted > settings.inflight_bytes_max;
}

std::optional<refusal> judge_entity(const framing& framed, const http_settings& settings) {
  if (!framed.chunked && !framed.content_length) {
    return refuse(problem::length_required, result::malformed);
  }
  if (framed.content_length.value_or(0) > settings.body_bytes_max) {
    return refuse(problem::content_too_large, result::too_large);
  }
  if (framed.encoded || !framed.content_type || !is_json_media_type(*framed.content_type)) {
    return refuse(problem::unsupported_media_type, result::malformed);
  }
  return std::nullopt;
}

}  // namespace

refusal refuse(problem what, std::optional<observe::notification_result> counted,
               std::string detail) {
  const int status = row_of(what).status;
  const bool stays = status == 404 || status == 405 || status == 415;
  return {what, counted, std::move(detail), status < 500 && !stays};
}

gate_pass pass_gate(const request_head& head, const framing& framed, const load& now,
                    const http_settings& settings, const tenants& merchants) {
  gate_pass out;
  out.where = find_route(head.target);
  if (!out.where) {
    out.refused = refuse(problem::not_found, std::nullopt);
    return out;
  }
  out.who = &merchants.find(out.where->merchant);
  if (head.method != "POST") {
    out.refused = refuse(problem::method_not_allowed, std::nullopt);
  } else if (now.draining || is_full(framed, now, settings)) {
    out.refused = refuse(problem::unavailable, result::overloaded);
    out.refused->close = true;  // its body is not read
  } else if (!proves_itself(*out.where, framed, *out.who)) {
    const bool known = !out.who->id.empty();
    out.refused =
        refuse(problem::unauthorized, known ? result::bad_token : result::unknown_merchant);
  } else {
    out.refused = judge_entity(framed, settings);
  }
  return out;
}

refusal refuse_body(connectors::refusal why, std::string detail, bool merchant_known) {
  switch (why) {
    case connectors::refusal::malformed_body:
      return refuse(problem::malformed_body, result::malformed, std::move(detail));
    case connectors::refusal::invalid_field:
      return refuse(problem::invalid_field, result::malformed, std::move(detail));
    case connectors::refusal::is_unsigned:
      return refuse(problem::invalid_field, result::is_unsigned, std::move(detail));
    case connectors::refusal::unprocessable:
      return refuse(problem::unprocessable, result::malformed);
    case connectors::refusal::bad_signature:
      break;
  }
  refusal out = refuse(problem::unauthorized,
                       merchant_known ? result::bad_signature : result::unknown_merchant);
  out.close = false;
  return out;
}

}  // namespace sinyal::ingest
