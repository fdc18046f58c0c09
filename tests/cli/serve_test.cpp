// `sinyal serve` as a process of its own: what it prints, its probes, its signals, its end.

#include "broker/cli/app.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <poll.h>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace sinyal;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds patience{30};  // of every wait; sanitizers are slow

/// What a child writes to one of its descriptors.
class listener {
 public:
  listener() { REQUIRE(::pipe(ends_) == 0); }
  ~listener() { close(); }
  void close() {
    if (ends_[0] >= 0) ::close(std::exchange(ends_[0], -1));
  }
  void become(int descriptor) const {
    ::dup2(ends_[1], descriptor);
    ::close(ends_[1]);
  }
  void only_read() const { ::close(ends_[1]); }

  /// The first line with `part` in it that was not asked for before; empty when none comes.
  std::string line_with(const std::string& part) {
    const auto deadline = clock_type::now() + patience;
    for (;;) {
      for (auto end = text_.find('\n', begin_); end != text_.npos; end = text_.find('\n', begin_)) {
        const std::string line = text_.substr(begin_, end - begin_);
        begin_ = end + 1;
        if (line.find(part) != line.npos) return line;
      }
      pollfd waiting{ends_[0], POLLIN, 0};
      const auto left = deadline - clock_type::now();
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(left).count();
      char block[4096];
      if (ms <= 0 || ::poll(&waiting, 1, static_cast<int>(ms)) <= 0) return {};
      const auto count = ::read(ends_[0], block, sizeof block);
      if (count <= 0) return {};
      text_.append(block, static_cast<std::size_t>(count));
    }
  }

 private:
  int ends_[2] = {-1, -1};
  std::string text_;
  std::size_t begin_ = 0;
};

enum class printing { is_read, is_closed, fills_a_disk };

/// A command line run by a child.
class running {
 public:
  explicit running(std::vector<std::string> words, printing prints = printing::is_read) {
    words.insert(words.begin(), "sinyal");
    std::cout.flush();  // else the child would say again what is waiting there
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      out.become(STDOUT_FILENO);
      err.become(STDERR_FILENO);
      out.close();
      if (prints != printing::is_read) ::close(STDOUT_FILENO);
      if (prints == printing::fills_a_disk) ::open("/dev/full", O_WRONLY);  // as what was closed
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      std::_Exit(cli::run(static_cast<int>(words.size()), argv.data()));
    }
    out.only_read();
    err.only_read();
  }
  ~running() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
  }
  void signal(int number) const { ::kill(child_, number); }

  /// The exit status; -1 when it does not end.
  int ended() {
    while (!err.line_with("").empty()) {
    }
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  listener out;
  listener err;

 private:
  pid_t child_ = 0;
};

class served : public running {
 public:
  explicit served(std::vector<std::string> words, printing prints = printing::is_read)
      : running{with_ports(std::move(words)), prints} {}

  void listening() {
    const std::string line = err.line_with("\"msg\":\"listening\"");
    REQUIRE(!line.empty());
    http = field(line, "http");
    admin = field(line, "admin");
  }

  static std::string field(const std::string& line, const std::string& name) {
    const std::string start = '"' + name + "\":\"";
    const auto at = line.find(start);
    if (at == line.npos) return {};
    return line.substr(at + start.size(), line.find('"', at + start.size()) - at - start.size());
  }

  std::string http;
  std::string admin;

 private:
  static std::vector<std::string> with_ports(std::vector<std::string> words) {
    words.insert(words.begin(), {"serve", "--set", "http.listen=127.0.0.1:0", "--set",
                                 "admin.listen=127.0.0.1:0", "--set", "http.drain_delay_ms=0"});
    return words;
  }
};

/// One request, everything that comes back.
std::string request(const std::string& address, const std::string& text) {
  using boost::asio::ip::tcp;
  boost::asio::io_context context;
  tcp::socket socket{context};
  const auto colon = address.rfind(':');
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)));
  boost::system::error_code error;
  socket.connect({boost::asio::ip::make_address(address.substr(0, colon)), port}, error);
  if (error) return {};
  boost::asio::write(socket, boost::asio::buffer(text), error);
  std::string answer;
  boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
  return answer;
}

std::string get(const std::string& address, const std::string& path) {
  return request(address, "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
}

bool becomes(const std::string& address, const std::string& path, const std::string& part) {
  const auto deadline = clock_type::now() + patience;
  while (clock_type::now() < deadline) {
    if (get(address, path).find(part) != std::string::npos) return true;
    ::poll(nullptr, 0, 10);
  }
  return false;
}

int play(const std::string& address, const std::string& scenario) {
  std::vector<std::string> words{"sinyal",     "notify", "--url", "http://" + address,
                                 "--scenario", scenario};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::ostringstream said;
  auto* const before = std::cout.rdbuf(said.rdbuf());
  const int status = cli::run(static_cast<int>(words.size()), argv.data());
  std::cout.rdbuf(before);
  return status;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream{path} << text;
}

}  // namespace

TEST_CASE("the embedded broker prints its address and key, serves, drains and ends with 0") {
  served broker{{"--embedded"}};
  CHECK(broker.out.line_with("").starts_with("bootstrap_servers=127.0.0.1:"));
  CHECK(broker.out.line_with("server_key=") == "server_key=SB-Mid-server-demo");
  broker.listening();
  CHECK(becomes(broker.admin, "/readyz", "200 OK"));
  CHECK(get(broker.admin, "/livez").find("200 OK") != std::string::npos);
  CHECK(get(broker.admin, "/startupz").find("200 OK") != std::string::npos);
  CHECK(play(broker.http, "all") == 0);
  for (const char* signal : {"payment_settled", "invoice_voided", "subscription_charge_failed"}) {
    const std::string once = std::string{"sinyal_signals_total{signal=\""} + signal + "\"} 1";
    CAPTURE(once);
    CHECK(becomes(broker.admin, "/metrics", once));
  }
  broker.signal(SIGTERM);
  CHECK_FALSE(broker.err.line_with("\"msg\":\"stopping\"").empty());
  CHECK_FALSE(broker.err.line_with("\"msg\":\"stopped\",\"status\":0").empty());
  CHECK(broker.ended() == 0);
}

TEST_CASE("who closes its standard output misses its address, and nothing else") {
  served broker{{"--embedded"}, printing::is_closed};
  broker.listening();
  CHECK(becomes(broker.admin, "/readyz", "200 OK"));
  CHECK(play(broker.http, "refunds") == 0);
  broker.signal(SIGTERM);
  CHECK(broker.ended() == 0);
}

TEST_CASE("tail ends with 0 when nobody reads it any more, and with 1 when a disk is full") {
  served broker{{"--embedded"}};
  const std::string servers = broker.out.line_with("bootstrap_servers=");
  broker.listening();
  CHECK(becomes(broker.admin, "/readyz", "200 OK"));
  CHECK(play(broker.http, "refunds") == 0);
  const std::vector<std::string> words{"tail", "--from-beginning", "--set", "kafka." + servers};
  running full{words, printing::fills_a_disk};
  CHECK_FALSE(full.err.line_with("standard output could not be written").empty());
  CHECK(full.ended() == 1);
  running head{words};
  CHECK_FALSE(head.out.line_with("payment_").empty());
  head.out.close();
  CHECK(play(broker.http, "refunds") == 0);  // something more to show
  CHECK(head.err.line_with("standard output").empty());
  CHECK(head.ended() == 0);
}

TEST_CASE("while it drains it is not ready; a second signal ends it at once, with 1") {
  served broker{{"--embedded", "--set", "http.drain_delay_ms=600000"}};
  broker.listening();
  CHECK(becomes(broker.admin, "/readyz", "200 OK"));
  broker.signal(SIGTERM);
  CHECK(becomes(broker.admin, "/readyz", "503"));
  CHECK(get(broker.admin, "/readyz").find("\r\n\r\ndraining: ") != std::string::npos);
  CHECK(get(broker.admin, "/livez").find("200 OK") != std::string::npos);
  broker.signal(SIGINT);
  CHECK(broker.ended() == 1);
}

TEST_CASE("a process that stands still while its drain ends stops all the same") {
  // What is due in that time is done at once on waking, and the order of it is chance.
  std::deque<served> brokers;
  for (int i = 0; i < 6; ++i) {
    brokers.emplace_back(
        std::vector<std::string>{"--embedded", "--set", "http.drain_delay_ms=400"});
  }
  for (served& each : brokers) {
    each.listening();
    each.signal(SIGTERM);
    REQUIRE_FALSE(each.err.line_with("\"msg\":\"stopping\"").empty());
    ::poll(nullptr, 0, 350);
    each.signal(SIGSTOP);
    ::poll(nullptr, 0, 200);
    each.signal(SIGCONT);
  }
  for (served& each : brokers) {
    REQUIRE_FALSE(each.err.line_with("\"msg\":\"stopped\",\"status\":0").empty());
    CHECK(each.ended() == 0);
  }
}

TEST_CASE("SIGHUP takes new merchants in, and keeps the old ones where the file is wrong") {
  char folder[] = "/tmp/sinyal-serve-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string path = std::string{folder} + "/sinyal.toml";
  write(std::string{folder} + "/key", "SB-Mid-server-sinyal-test\n");
  const std::string key = "server_keys = [\"file:" + std::string{folder} + "/key\"]\n";
  write(path, "[[merchants]]\nid = \"G1\"\n" + key);
  served broker{{"--embedded", "--role", "ingest", "--config", path}};
  broker.listening();
  const std::string reloaded = "sinyal_config_last_reload_successful ";
  CHECK(becomes(broker.admin, "/metrics", reloaded + "1"));

  write(path, "[[merchants]]\nid = \"G1\"\n");
  broker.signal(SIGHUP);
  CHECK_FALSE(broker.err.line_with("server_keys is missing").empty());
  CHECK_FALSE(broker.err.line_with("what was configured before still holds").empty());
  CHECK(becomes(broker.admin, "/metrics", reloaded + "0"));

  write(path, "[http]\ndeadline_ms = 1\n[log]\nlevel = \"debug\"\n[[merchants]]\nid = \"G1\"\n" +
                  key + "[[merchants]]\nid = \"G2\"\n" + key);
  broker.signal(SIGHUP);
  CHECK_FALSE(
      broker.err.line_with("a changed key needs a restart\",\"key\":\"http.deadline_ms").empty());
  CHECK_FALSE(broker.err.line_with("\"msg\":\"reloaded\",\"merchants\":2").empty());
  CHECK(becomes(broker.admin, "/metrics", reloaded + "1"));
  CHECK(becomes(broker.admin, "/metrics", "merchant=\"G2\""));
  broker.signal(SIGTERM);
  CHECK(broker.ended() == 0);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a cluster that nobody reaches is exit 1, and a signal ends the wait for it with 0") {
  const std::vector<std::string> nobody{"--role", "lifecycle", "--set",
                                        "kafka.bootstrap_servers=127.0.0.1:1"};
  SUBCASE("the time is over") {
    auto words = nobody;
    words.insert(words.end(), {"--set", "kafka.start_timeout_ms=300"});
    served broker{words};
    CHECK_FALSE(broker.err.line_with("topics cannot be compared").empty());
    CHECK(broker.ended() == 1);
  }
  SUBCASE("a signal") {
    served broker{nobody};
    CHECK_FALSE(broker.err.line_with("127.0.0.1:1").empty());  // it has tried
    broker.signal(SIGTERM);
    CHECK(broker.ended() == 0);
  }
}

TEST_CASE("a port that is taken is exit 1, and says which") {
  served first{{"--embedded"}};
  first.listening();
  struct row {
    std::string key;
    std::string address;
  };
  for (const row& one : {row{"http.listen", first.http}, row{"admin.listen", first.admin}}) {
    CAPTURE(one.key);
    served second{{"--embedded", "--set", one.key + '=' + one.address}};
    CHECK_FALSE(second.err.line_with(one.key).empty());
    CHECK(second.ended() == 1);
  }
  first.signal(SIGINT);
  CHECK(first.ended() == 0);
}
