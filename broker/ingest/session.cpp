#include "broker/ingest/session.hpp"

#include "broker/ingest/delivery.hpp"
#include "broker/ingest/framing.hpp"
#include "broker/ingest/gate.hpp"
#include "broker/ingest/head_scanner.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sinyal::ingest {

namespace {

namespace http = boost::beast::http;
using read_result = connection::read_result;
using request_parser = http::request_parser<http::string_body>;
using result = observe::notification_result;
using std::chrono::milliseconds;

constexpr std::size_t fields_usual = 16;  // more are rare

template <class Text>
std::string_view view(const Text& text) {
  return {text.data(), text.size()};
}

void judge_chunk(std::uint64_t, boost::beast::string_view extension,
                 boost::beast::error_code& error) {
  if (!is_chunk_extension(view(extension))) error = http::error::bad_chunk_extension;
}

/// One request and what has been found out about it.
struct exchange {
  time_point started;
  request_parser parser;
  std::shared_ptr<const tenants> merchants;
  std::vector<codec::header_view> fields;
  framing framed;
  std::optional<route> where;
  const tenant* who = nullptr;
  bool head_only = false;  // HEAD
  std::optional<refusal> refused;
  bool body_unread = false;  // what follows on the connection is no request
  std::string id;
  std::optional<result> counted;

  std::string_view endpoint() const {
    return where ? codec::to_string(where->endpoint) : std::string_view{};
  }
  std::string_view merchant() const { return who ? std::string_view{who->id} : std::string_view{}; }
};

class session {
 public:
  session(serving& shared, connection& peer)
      : shared_{shared},
        peer_{peer},
        settings_{shared.settings},
        scanner_{settings_.header_bytes_max, settings_.header_fields_max},
        address_{peer.peer()} {}

  /// To the last answer; then leave() gives back what an exception may have left.
  awaitable<void> run();
  void leave();

 private:
  // A step's false: the peer is gone. What it finds wrong is in exchange::refused.
  awaitable<bool> serve_one();
  awaitable<bool> read_head(exchange& now);
  awaitable<bool> read_body(exchange& now);
  awaitable<bool> skip_body(exchange& now);
  awaitable<bool> answer(exchange& now);

  void judge_head(exchange& now);
  bool parse_body(exchange& now);
  void enter(const exchange& now);
  bool hold(std::uint64_t body_bytes);
  bool closes(const exchange& now) const;
  void tell(const exchange& now, int status);

  serving& shared_;
  connection& peer_;
  const http_settings& settings_;
  head_scanner scanner_;
  const std::string address_;
  std::string out_;
  std::uint32_t requests_ = 0;
  bool inflight_ = false;   // counted in serving::inflight
  std::uint64_t held_ = 0;  // counted in serving::inflight_bytes
};

refusal refuse_read(read_result why) {
  if (why == read_result::expired) return refuse(problem::request_timeout, result::timeout);
  refusal interrupted = refuse(problem::unavailable, result::overloaded);
  interrupted.close = true;
  return interrupted;
}

awaitable<void> session::run() {
  // g++ 12 at -O0 makes an illegal instruction of `while (co_await …) {}`.
  for (bool open = true; open;) open = co_await serve_one();
}

awaitable<bool> session::serve_one() {
  exchange now;
  if (!co_await read_head(now)) co_return false;
  now.head_only = peer_.received().starts_with("HEAD ");  // whatever is wrong with the rest
  if (!now.refused) judge_head(now);
  if (now.refused) {
    if (!co_await skip_body(now)) co_return false;
  } else {
    enter(now);
    if (!co_await read_body(now)) co_return false;
    if (!now.refused) {
      const delivery what{*now.where,
                          *now.who,
                          now.parser.get().body(),
                          *now.framed.content_type,
                          now.framed.traceparent,
                          address_};
      delivery_result delivered = co_await deliver(shared_, peer_, what);
      now.refused = std::move(delivered.refused);
      now.id = std::move(delivered.id);
      now.counted = delivered.counted;
    }
    leave();
  }
  co_return co_await answer(now);
}

awaitable<bool> session::read_head(exchange& now) {
  scanner_.restart();
  if (peer_.received().empty()) {
    // Between requests: who sends nothing gets no answer.
    peer_.read_until(steady_clock::now() + milliseconds{settings_.idle_timeout_ms});
    if (co_await peer_.read() != read_result::data) co_return false;
  }
  now.started = steady_clock::now();
  peer_.read_until(now.started + milliseconds{settings_.header_timeout_ms});
  for (;;) {
    switch (scanner_.scan(peer_.received())) {
      case head_scanner::verdict::complete:
        co_return true;
      case head_scanner::verdict::malformed:
        now.refused = refuse(problem::malformed_request, result::malformed,
                             "the head has a bare line end, a folded line or a control character");
        co_return true;
      case head_scanner::verdict::too_large:
        now.refused = refuse(problem::headers_too_large, result::malformed);
        co_return true;
      case head_scanner::verdict::incomplete:
        break;
    }
    const read_result got = co_await peer_.read();
    if (got == read_result::closed) co_return false;
    if (got != read_result::data) {
      now.refused = refuse_read(got);
      co_return true;
    }
  }
}

void session::judge_head(exchange& now) {
  // Limits and framing are judged here, before and after Beast: its own would come too early.
  now.parser.header_limit(std::numeric_limits<std::uint32_t>::max());
  now.parser.body_limit(boost::none);
  now.parser.on_chunk_header(judge_chunk);
  boost::system::error_code error;
  const std::size_t size = scanner_.size();
  const std::size_t parsed =
      now.parser.put(asio::const_buffer{peer_.received().data(), size}, error);
  if (error || parsed != size) {
    now.refused = refuse(problem::malformed_request, result::malformed,
                         "the request line or a header field is ill-formed");
    return;
  }
  peer_.consume(size);
  const auto& message = now.parser.get();
  now.fields.reserve(fields_usual);
  for (const auto& field : message) {
    now.fields.push_back({view(field.name_string()), view(field.value())});
  }
  const request_head head{view(message.method_string()), view(message.target()), message.version(),
                          now.fields};
  const framing_result framed = judge_framing(head);
  if (!framed.problem.empty()) {
    now.refused =
        refuse(problem::malformed_request, result::malformed, std::string{framed.problem});
    return;
  }
  now.framed = framed.value;
  now.merchants = shared_.merchants;
  const load busy{shared_.now >= phase::refusing, shared_.inflight, shared_.inflight_bytes};
  gate_pass passed = pass_gate(head, now.framed, busy, settings_, *now.merchants);
  now.where = passed.where;
  now.who = passed.who;
  now.refused = std::move(passed.refused);
}

awaitable<bool> session::read_body(exchange& now) {
  if (now.parser.is_done()) co_return true;
  const time_point deadline = steady_clock::now() + milliseconds{settings_.body_timeout_ms};
  if (now.framed.expects_continue && peer_.received().empty()) {
    const time_point soon = steady_clock::now() + milliseconds{settings_.write_timeout_ms};
    if (!co_await peer_.write("HTTP/1.1 100 Continue\r\n\r\n", soon)) co_return false;
  }
  peer_.read_until(deadline);
  for (;;) {
    const bool starved = peer_.received().empty() || parse_body(now);
    if (now.refused || now.parser.is_done()) co_return true;
    if (!starved) continue;
    const read_result got = co_await peer_.read();
    if (got == read_result::closed) co_return false;
    if (got != read_result::data) {
      now.refused = refuse_read(got);
      co_return true;
    }
  }
}

/// True: more bytes are needed.
bool session::parse_body(exchange& now) {
  boost::system::error_code error;
  const std::string_view received = peer_.received();
  const std::size_t parsed =
      now.parser.put(asio::const_buffer{received.data(), received.size()}, error);
  peer_.consume(parsed);
  const bool starved = error == http::error::need_more;
  const std::uint64_t size = now.parser.get().body().size();
  const bool hopeless = starved && !is_chunk_framing_so_far(peer_.received());
  if (hopeless || (error && !starved)) {
    now.refused =
        refuse(problem::malformed_request, result::malformed, "the body's chunks are ill-formed");
  } else if (size > settings_.body_bytes_max) {
    now.refused = refuse(problem::content_too_large, result::too_large);
  } else if (!hold(size)) {
    now.refused = refuse(problem::unavailable, result::overloaded);
    now.refused->close = true;
  }
  return starved;
}

/// A refusal that keeps the connection needs the body out of the way.
awaitable<bool> session::skip_body(exchange& now) {
  if (now.refused->close) co_return true;
  const framing& framed = now.framed;
  std::uint64_t left = framed.content_length.value_or(0);
  // Who expects 100 may send the body after our answer, or not: there is no telling.
  now.body_unread =
      framed.chunked || left > settings_.body_bytes_max || (framed.expects_continue && left > 0);
  if (now.body_unread) co_return true;
  peer_.read_until(steady_clock::now() + milliseconds{settings_.body_timeout_ms});
  for (;;) {
    const std::uint64_t here = std::min<std::uint64_t>(left, peer_.received().size());
    peer_.consume(static_cast<std::size_t>(here));
    left -= here;
    if (left == 0) co_return true;
    const read_result got = co_await peer_.read();
    if (got == read_result::closed) co_return false;
    if (got == read_result::data) continue;
    now.body_unread = true;
    co_return true;
  }
}

bool session::closes(const exchange& now) const {
  return !now.framed.keep_alive || now.body_unread ||
         requests_ >= settings_.requests_per_connection_max || shared_.now != phase::serving;
}

awaitable<bool> session::answer(exchange& now) {
  ++requests_;
  const bool closing = closes(now);
  const bool forbidden = now.refused && now.refused->close;
  int status = 200;
  out_.clear();
  if (now.refused) {
    status = row_of(now.refused->what).status;
    answer_options options;
    // A 401 is the same whatever it is for: where only a wrong token closes, nothing says so.
    options.announce_close = closing || (forbidden && status != 401);
    options.head_only = now.head_only;
    options.retry_after_s = settings_.retry_after_s;
    options.detail = now.refused->detail;
    const bool bearer =
        now.where && authentication_of(now.where->endpoint) == authentication::bearer;
    options.challenge = bearer ? challenge::bearer : challenge::midtrans;
    append_problem(out_, now.refused->what, options);
  } else {
    append_accepted(out_, now.id, closing);
  }
  tell(now, status);
  const time_point deadline = steady_clock::now() + milliseconds{settings_.write_timeout_ms};
  const bool written = co_await peer_.write(out_, deadline);
  if (!written) co_return false;
  if (!closing && !forbidden) co_return true;
  co_await peer_.linger();
  co_return false;
}

void session::enter(const exchange& now) {
  inflight_ = true;
  shared_.metrics.http_inflight(static_cast<int>(++shared_.inflight));
  held_ = now.framed.content_length.value_or(0);
  shared_.inflight_bytes += held_;
}

/// Counts what a chunked body has grown to. False: there is no room for it.
bool session::hold(std::uint64_t body_bytes) {
  if (body_bytes <= held_) return true;
  shared_.inflight_bytes += body_bytes - held_;
  held_ = body_bytes;
  return shared_.inflight_bytes <= settings_.inflight_bytes_max;
}

void session::leave() {
  if (!std::exchange(inflight_, false)) return;
  shared_.metrics.http_inflight(static_cast<int>(--shared_.inflight));
  shared_.inflight_bytes -= std::exchange(held_, 0);
}

void session::tell(const exchange& now, int status) {
  const std::chrono::duration<double> took = steady_clock::now() - now.started;
  shared_.metrics.http_request(now.endpoint(), status, took.count());
  const auto counted = now.refused ? now.refused->counted : now.counted;
  if (counted) shared_.metrics.notification(now.merchant(), now.endpoint(), *counted);
  if (!now.refused) {
    shared_.logger.debug(
        "notification accepted",
        {{"id", now.id}, {"merchant", now.merchant()}, {"endpoint", now.endpoint()}});
    return;
  }
  using observe::log_level;
  const bool stopping = shared_.now >= phase::refusing;
  const log_level level = stopping        ? log_level::info
                          : status >= 500 ? log_level::error
                                          : log_level::warning;
  // Repeats are held back by their text: a scanner of the internet must neither fill the log nor
  // use up what the refusals of notifications may say.
  const std::string_view what = counted ? "request refused" : "unknown path or method refused";
  // The target stays out of it: it may hold a token.
  shared_.logger.write(level, what,
                       {{"status", status},
                        {"problem", row_of(now.refused->what).type},
                        {"merchant", now.merchant()},
                        {"endpoint", now.endpoint()}});
}

void forget(serving& shared, connection& peer) {
  peer.close();
  shared.open.erase(&peer);
  if (shared.open.empty() && shared.when_none_is_open) shared.when_none_is_open();
}

}  // namespace

awaitable<void> serve(std::shared_ptr<serving> shared, boost::intrusive_ptr<connection> peer) {
  session here{*shared, *peer};
  try {
    co_await here.run();
  } catch (const std::exception& error) {
    shared->logger.error("a session failed", {{"error", error.what()}});
  }
  here.leave();
  shared->metrics.http_connections(static_cast<int>(--shared->served));
  forget(*shared, *peer);
}

awaitable<void> turn_away(std::shared_ptr<serving> shared, boost::intrusive_ptr<connection> peer) {
  try {
    std::string out;
    answer_options options;
    options.announce_close = true;
    options.retry_after_s = shared->settings.retry_after_s;
    append_problem(out, problem::unavailable, options);
    shared->metrics.http_request({}, row_of(problem::unavailable).status, 0);
    shared->metrics.notification({}, {}, result::overloaded);
    const milliseconds patience{shared->settings.write_timeout_ms};
    if (co_await peer->write(out, steady_clock::now() + patience)) co_await peer->linger();
  } catch (const std::exception& error) {
    shared->logger.error("a session failed", {{"error", error.what()}});
  }
  forget(*shared, *peer);
}

}  // namespace sinyal::ingest
