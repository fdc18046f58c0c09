#include "tests/ingest/harness.hpp"

#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <charconv>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace sinyal::ingest::test {

namespace {

using connectors::refusal;

struct word {
  std::string_view text;
  refusal means;
};
constexpr word refusing_words[] = {
    {"broken", refusal::malformed_body}, {"odd", refusal::invalid_field},
    {"unsigned", refusal::is_unsigned},  {"empty", refusal::unprocessable},
    {"forged", refusal::bad_signature},
};

}  // namespace

connectors::admission fake_connector::admit(const connectors::admission_request& request) {
  connectors::admission out;
  const auto has = [&](std::string_view text) {
    return request.body.find(text) != request.body.npos;
  };
  for (const word& each : refusing_words) {
    if (!has(each.text)) continue;
    out.refused = each.means;
    out.detail = "a \"detail\"";
    return out;
  }
  if (has("throw")) throw std::runtime_error{"a connector that breaks its promise"};
  if (request.endpoint == codec::endpoint::notifications) {
    if (request.server_keys.empty()) {
      out.refused = refusal::bad_signature;
      return out;
    }
    out.key_index = 0;
  }
  out.subjects.push_back({core::subject_kind::payment, "A-1"});
  if (has("several")) {
    out.subjects.push_back({core::subject_kind::subscription, "S-1"});
    out.subjects.push_back({core::subject_kind::invoice, "I-1"});
  }
  if (has("ping")) out.as = connectors::admitted_as::ping;
  if (has("account")) out.as = connectors::admitted_as::account;
  return out;
}

std::vector<merchant> one_merchant() {
  merchant only;
  only.id = "G1";
  only.server_keys = {core::secret{"SB-Mid-server-sinyal-test"}};
  only.recurring_tokens = {core::secret{"rec-0"}, core::secret{"rec-1"}};
  only.api_tokens = {core::secret{"api-1"}};
  return {only};
}

http_settings quick_settings() {
  http_settings settings;
  settings.listen = "127.0.0.1:0";
  settings.drain_delay_ms = 0;
  settings.drain_timeout_ms = 3000;
  return settings;
}

running_server::running_server(const http_settings& settings)
    : logger_{{observe::log_level::debug, log_file_}}, server{context_,      settings, log,
                                                              connector,     metrics_, logger_,
                                                              one_merchant()} {
  const auto bound = server.listen();
  REQUIRE(bound.has_value());
  port_ = static_cast<std::uint16_t>(std::atoi(bound->substr(bound->rfind(':') + 1).c_str()));
  thread_ = std::thread{[this] { context_.run(); }};
}

running_server::~running_server() {
  boost::asio::post(context_, [this] { server.stop_now(); });
  thread_.join();
  CHECK(log.broken_rule() == "");
  std::fclose(log_file_);
}

void running_server::on_thread(std::function<void()> what) {
  std::promise<void> over;
  boost::asio::post(context_, [&] {
    what();
    over.set_value();
  });
  REQUIRE(over.get_future().wait_for(std::chrono::seconds{5}) == std::future_status::ready);
}

void running_server::begin_drain() {
  on_thread([this] { server.begin_drain([this] { drained_.set_value(); }); });
}

bool running_server::drained(std::chrono::milliseconds timeout) {
  return drained_future_.wait_for(timeout) == std::future_status::ready;
}

double running_server::metric(std::string_view series) const {
  const std::string all = "\n" + metrics_.expose();
  const std::string wanted = "\n" + std::string{series} + " ";
  const auto at = all.find(wanted);
  return at == std::string::npos ? -1 : std::atof(all.c_str() + at + wanted.size());
}

bool running_server::metric_becomes(std::string_view series, double value) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (metric(series) != value) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string running_server::log_text() const {
  std::fflush(log_file_);
  std::string text;
  std::rewind(log_file_);
  char bytes[4096];
  for (std::size_t got; (got = std::fread(bytes, 1, sizeof bytes, log_file_)) > 0;) {
    text.append(bytes, got);
  }
  return text;
}

std::string answer::field(std::string_view name) const {
  const auto at = head.find("\r\n" + std::string{name} + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + 2 + name.size() + 2;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

client::client(std::uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  const timeval timeout{5, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

client::~client() {
  if (fd_ >= 0) ::close(fd_);
}

bool client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool client::fill() {
  char bytes[16384];
  const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  received_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

answer client::read(bool to_head) {
  answer out;
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  out.head = received_.substr(0, end + 4);
  received_.erase(0, end + 4);
  std::from_chars(out.head.data() + 9, out.head.data() + 12, out.status);
  const auto length = static_cast<std::size_t>(std::atoi(out.field("Content-Length").c_str()));
  if (to_head || out.status == 100) return out;
  while (received_.size() < length) {
    if (!fill()) return {};
  }
  out.body = received_.substr(0, length);
  received_.erase(0, length);
  return out;
}

bool client::ends() {
  if (!received_.empty()) return false;
  char byte = 0;
  const auto got = ::recv(fd_, &byte, 1, 0);
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

bool client::is_open() {
  return ask(good_request()).status == 200;
}

std::string post(std::string_view target, std::string_view body, std::string_view extra) {
  std::string out{"POST "};
  out.append(target).append(" HTTP/1.1\r\nHost: sinyal\r\nContent-Type: application/json\r\n");
  out.append(extra).append("Content-Length: ").append(std::to_string(body.size()));
  return out.append("\r\n\r\n").append(body);
}

std::string good_request() {
  return post(notifications, good_body);
}

}  // namespace sinyal::ingest::test
