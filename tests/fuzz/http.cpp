// Any bytes at all on a connection, through the real session: what it takes for a request's body,
// and where it lets the next request begin, is what RFC 9112 says, as it is read here without
// Beast; nothing that is answered depends on how the bytes were cut; and no session fails.

#include "broker/ingest/serving.hpp"
#include "broker/ingest/session.hpp"
#include "tests/fuzz/claim.hpp"
#include "tests/fuzz/http_reader.hpp"
#include "tests/support/fake_notification_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sinyal::fuzz {

namespace {

/// Takes every body of a known merchant.
class trusting_connector final : public connectors::connector {
 public:
  std::string_view name() const override { return "midtrans"; }
  connectors::admission admit(const connectors::admission_request& request) override {
    connectors::admission out;
    if (request.server_keys.empty()) {
      out.refused = connectors::refusal::bad_signature;
    } else {
      out.subjects.push_back({core::subject_kind::payment, "A-1"});
    }
    return out;
  }
  connectors::normalised normalise(const codec::raw_headers&, std::string_view) override {
    return connectors::ignored::ping;
  }
};

std::vector<merchant> one_merchant() {
  merchant only;
  only.id = "G1";
  only.server_keys = {core::secret{"SB-Mid-server-sinyal-test"}};
  only.recurring_tokens = {core::secret{"rec-1"}};
  only.api_tokens = {core::secret{"api-1"}};
  return {only};
}

http_settings small_limits() {
  http_settings settings;
  settings.header_bytes_max = 1024;
  settings.header_fields_max = 16;
  return settings;
}

struct answer {
  int status = 0;
  std::string_view head, body;
};

/// How a connection went.
struct outcome {
  std::string sent;  // by the session
  std::vector<std::string> bodies;
  bool ended = false;  // by the session, before its peer did

  /// Without what is only on the way to an answer.
  std::vector<answer> answers() const {
    std::vector<answer> all;
    std::string_view rest = sent;
    while (!rest.empty()) {
      answer next;
      const auto end = rest.find("\r\n\r\n");
      claim(rest.starts_with("HTTP/1.1 ") && end != rest.npos, "an answer has a head");
      next.status = std::atoi(rest.data() + 9);
      next.head = rest.substr(0, end + 4);
      rest.remove_prefix(end + 4);
      if (rest.starts_with('{')) {  // not of HEAD
        constexpr std::string_view name = "\r\nContent-Length: ";
        const auto length = next.head.find(name);
        claim(length != next.head.npos, "an answer says how long it is");
        next.body = rest.substr(0, std::strtoul(next.head.data() + length + name.size(), {}, 10));
        rest.remove_prefix(next.body.size());
      }
      if (next.status != 100) all.push_back(next);
    }
    return all;
  }
};

/// One process of ingest.
class ingest_process {
 public:
  template <typename Cut>
  outcome serve(std::string_view bytes, Cut cut) {
    test_support::fake_notification_log log;
    const auto shared = std::make_shared<ingest::serving>(settings_, log, connector_, metrics_,
                                                          logger_, merchants_);
    int ends[2];
    claim(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0,
          "there are sockets");
    ingest::tcp_socket socket{context_};
    socket.assign(ingest::tcp::v4(), ends[0]);
    boost::intrusive_ptr<ingest::connection> peer{new ingest::connection{std::move(socket)}};
    shared->open.insert(peer.get());
    shared->served = 1;
    boost::asio::co_spawn(context_, ingest::serve(shared, std::move(peer)), boost::asio::detached);

    outcome out;
    while (!bytes.empty() && !out.ended) {
      const std::string_view part = bytes.substr(0, cut());
      bytes.remove_prefix(part.size());
      if (::send(ends[1], part.data(), part.size(), MSG_NOSIGNAL) < 0) break;
      run(log);
      receive(ends[1], out);
    }
    ::shutdown(ends[1], SHUT_WR);
    run(log);
    ::close(ends[1]);
    claim(shared->open.empty() && shared->inflight == 0 && shared->inflight_bytes == 0,
          "a session ends with its connection, and holds nothing then");
    claim(log.broken_rule().empty(), "the log's rules are kept");
    for (auto& each : log.records()) out.bodies.push_back(std::move(each.value));
    std::fflush(log_file_);
    claim(logged_bytes_ == 0, "no session fails");
    return out;
  }

 private:
  void run(test_support::fake_notification_log& log) {
    do {
      log.drain();
      context_.restart();
    } while (context_.poll() > 0);
  }

  static void receive(int from, outcome& into) {
    char bytes[4096];
    for (;;) {
      const auto got = ::recv(from, bytes, sizeof bytes, 0);
      if (got == 0) into.ended = true;
      if (got <= 0) return;
      into.sent.append(bytes, static_cast<std::size_t>(got));
    }
  }

  boost::asio::io_context context_{1};
  const http_settings settings_ = small_limits();
  const std::vector<merchant> merchants_ = one_merchant();
  trusting_connector connector_;
  observe::metrics metrics_;
  char* logged_ = nullptr;
  std::size_t logged_bytes_ = 0;
  std::FILE* log_file_ = ::open_memstream(&logged_, &logged_bytes_);
  observe::logger logger_{{observe::log_level::error, log_file_}};
};

bool closes(const answer& of) {
  return of.head.find("\r\nConnection: close\r\n") != of.head.npos;
}

/// The session may refuse more than RFC 9112 asks for; what it takes, it reads like everybody else.
void judge(std::string_view bytes, const outcome& done) {
  http_reader reader{bytes};
  std::size_t taken = 0;
  for (const answer& each : done.answers()) {
    const bool last = closes(each) || (each.status == 401 && done.ended);
    if (each.status != 200 && last) return claim(done.ended, "what is refused for good is closed");
    const auto read = reader.next();
    claim(read.what == http_reader::verdict::whole, "what is answered is a whole request");
    if (each.status != 200) continue;
    claim(taken < done.bodies.size() && done.bodies[taken] == read.body,
          "a body is what everybody else reads");
    ++taken;
    if (last) break;
  }
  claim(taken == done.bodies.size(), "what is appended is answered");
  if (!done.ended) {
    claim(reader.next().what != http_reader::verdict::whole, "every whole request is answered");
  }
}

void compare(const outcome& one, const outcome& other) {
  claim(one.bodies == other.bodies, "a cut changes no body");
  const auto all = one.answers();
  const auto others = other.answers();
  claim(std::equal(all.begin(), all.end(), others.begin(), others.end(),
                   [](const answer& a, const answer& b) {
                     // an accepted one tells its id, which is another each time
                     return a.status == b.status && closes(a) == closes(b) &&
                            (a.status == 200 || a.body == b.body);
                   }),
        "a cut changes no answer");
}

}  // namespace

}  // namespace sinyal::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sinyal::fuzz;
  static ingest_process process;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const outcome whole = process.serve(bytes, [&] { return size; });
  judge(bytes, whole);
  std::minstd_rand random{static_cast<unsigned>(std::hash<std::string_view>{}(bytes))};
  const outcome cut = process.serve(bytes, [&] { return 1 + random() % (1 + size / 8); });
  judge(bytes, cut);
  compare(whole, cut);
  return 0;
}
