// A transaction that is still open on the state partition hides what was committed after it began.
// To the reader that looks like silence, which must neither end the restore nor go unsaid.

#include "broker/lifecycle/processor.hpp"
#include "tests/support/fake_lifecycle_log.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace {

std::string all_of(std::FILE* file) {
  std::rewind(file);
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file)) {
    text.append(buffer.data(), got);
  }
  return text;
}

}  // namespace

TEST_CASE("a restore waits for an open transaction as long as it takes, and says so") {
  using namespace sinyal;
  using namespace std::chrono_literals;
  test::fake_lifecycle_log log;
  log.assignment = {0};
  log.raws[0] = {{"M:payment:A", "0"}, {"M:payment:A", "1"}};
  log.group_offsets[0] = 1;
  auto& state = log.states[0];
  state.records = {{0, "M:payment:A", "seen 0"}, {2, "position", R"({"offset":1})"}};
  state.end = 4;
  state.stable.assign(1'000'000, 1);  // so many looks would see nothing after offset 1

  std::vector<std::string> states_seen;
  lifecycle::transformer transformer;
  transformer.apply =
      [&](const codec::record_view&,
          std::optional<std::string_view> before) -> boost::system::result<lifecycle::transformed> {
    states_seen.emplace_back(before.value_or("none"));
    return lifecycle::transformed{};
  };
  std::FILE* const lines = std::tmpfile();
  observe::metrics metrics;
  observe::logger logger{{.level = observe::log_level::warning, .out = lines}};
  lifecycle::processor_settings settings;
  settings.partitions = 1;
  settings.waits.idle_poll = 1ms;
  settings.waits.restore_slice = 1ms;
  settings.waits.restore_silence = 20ms;
  lifecycle::processor subject{settings, transformer, log, metrics, logger};
  bool was_ready_early = false;
  log.on_idle = [&](int) {
    if (std::ftell(lines) > 0) state.stable.clear();  // once it has been said, the other one ends
    was_ready_early = was_ready_early || (subject.ready() && !state.stable.empty());
    if (!states_seen.empty()) subject.request_stop();
  };
  CHECK(subject.run() == lifecycle::processor::outcome::stopped);
  CHECK(states_seen == std::vector<std::string>{"seen 0"});
  CHECK_FALSE(was_ready_early);
  CHECK(std::count(log.calls.begin(), log.calls.end(), "start_state 0") == 1);
  const std::string said = all_of(lines);
  CHECK(said.find(R"("msg":"restore waits","partition":0,"offset":1,"end":4)") !=
        std::string::npos);
  CHECK(said.find("find-hanging") != std::string::npos);
  std::fclose(lines);
}
