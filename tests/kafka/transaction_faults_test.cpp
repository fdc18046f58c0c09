// Every request of a transaction is answered with every error that matters: which class it comes
// out as, and that what the class asks for then works: go on, abort and begin anew, or a new
// producer. What the loop makes of each class: tests/lifecycle/faults_test.cpp.

#include "broker/kafka/transaction_producer.hpp"
#include "tests/kafka/cluster.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace sinyal;
using namespace std::chrono_literals;
using what = failure_class;

/// Requests by their number in Kafka's protocol.
enum class request : std::int16_t {
  produce = 0,
  find_coordinator = 10,
  init_producer_id = 22,
  add_partitions = 24,
  add_offsets = 25,
  end_transaction = 26,
  commit_offsets = 28,
};

struct row {
  request during;
  rd_kafka_resp_err_t answer;
  std::optional<what> expected;  // absent: librdkafka mends it by itself
  int times = 1;
};

constexpr std::optional<what> mended;
const std::vector<row> rows{
    {request::find_coordinator, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, mended},
    {request::find_coordinator, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
     what::fatal},
    {request::init_producer_id, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, mended},
    {request::init_producer_id, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, mended},
    {request::init_producer_id, RD_KAFKA_RESP_ERR__TRANSPORT, mended},
    {request::init_producer_id, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
     what::fatal},
    {request::init_producer_id, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, what::fenced},
    {request::add_partitions, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, mended, 3},
    {request::add_partitions, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, mended},
    {request::add_partitions, RD_KAFKA_RESP_ERR__TRANSPORT, mended},
    {request::add_partitions, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, what::topic},
    {request::add_partitions, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, what::fenced},
    {request::add_partitions, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, what::fatal},
    {request::produce, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, mended},
    {request::produce, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, mended},
    {request::produce, RD_KAFKA_RESP_ERR__TRANSPORT, mended},
    {request::produce, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, what::record},
    {request::produce, RD_KAFKA_RESP_ERR_INVALID_RECORD, what::record},
    {request::produce, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, what::topic},
    {request::produce, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, what::abortable},
    {request::produce, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, what::fenced},
    {request::produce, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, what::fatal},
    {request::add_offsets, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, mended, 3},
    {request::add_offsets, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, mended},
    {request::add_offsets, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, what::topic},
    {request::add_offsets, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, what::fenced},
    {request::commit_offsets, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, mended},
    {request::commit_offsets, RD_KAFKA_RESP_ERR__TRANSPORT, mended},
    {request::commit_offsets, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, what::abortable},
    {request::commit_offsets, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, what::abortable},
    {request::commit_offsets, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, what::replaced},
    {request::commit_offsets, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, what::topic},
    {request::commit_offsets, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, what::fenced},
    {request::end_transaction, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, mended, 3},
    {request::end_transaction, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, mended},
    {request::end_transaction, RD_KAFKA_RESP_ERR__TRANSPORT, mended},
    {request::end_transaction, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
     what::fatal},
    {request::end_transaction, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, what::fenced},
    {request::end_transaction, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, what::fenced},
};

/// Lifecycle's calls on one producer, as its loop makes them: what asks to be called again, is.
class session {
 public:
  session(const test::cluster& mock, const std::string& name) {
    lifecycle_settings settings;
    settings.instance = "test";
    producer_ =
        std::move(*kafka::transaction_producer::make(mock.settings, settings, name, test::quiet()));
  }
  log_result<void> init() {
    return repeated([&] { return producer_->init(); });
  }
  log_result<void> transact() {
    codec::outgoing_record out;
    out.to = codec::destination::state;
    out.key = "k";
    out.value = "v";
    if (auto done = producer_->begin(); !done) return done.error();
    for (std::int32_t partition = 0; partition < 2; ++partition) {
      if (auto done = producer_->write(out, partition, group_.get()); !done) return done.error();
    }
    const kafka::offsets_handle offsets{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(offsets.get(), "midtrans.notifications", 0)->offset = 7;
    auto sent = repeated([&] { return producer_->send_offsets(offsets.get(), group_.get()); });
    if (!sent) return sent.error();
    return repeated([&] { return producer_->commit(); });
  }
  log_result<void> abort() {
    return repeated([&] { return producer_->abort(); });
  }

 private:
  template <class Call>
  static log_result<void> repeated(Call call) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (true) {
      auto done = call();
      const bool again = !done && done.error().what == what::retriable;
      if (!again || std::chrono::steady_clock::now() > deadline) return done;
      std::this_thread::sleep_for(10ms);
    }
  }

  std::unique_ptr<kafka::transaction_producer> producer_;
  kafka::group_metadata_handle group_{rd_kafka_consumer_group_metadata_new("g")};
};

bool ends_the_producer(const log_failure& why) {
  return why.what == what::fatal || why.what == what::fenced || why.what == what::replaced;
}

/// After a failure, as the loop goes on: an abort or a new producer, until a transaction commits.
bool goes_on(const test::cluster& mock, const std::string& name, session at, log_failure why) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (std::chrono::steady_clock::now() < deadline) {
    if (ends_the_producer(why)) {
      at = session{mock, name};
      if (!at.init()) return false;
    } else if (!at.abort()) {
      return false;
    }
    const auto done = at.transact();
    if (done) return true;
    why = done.error();
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

/// What was not asked for is taken back, so that it does not meet the next row.
void check(const row& each, int number) {
  CAPTURE(static_cast<int>(each.during));
  CAPTURE(std::string{rd_kafka_err2name(each.answer)});
  static test::cluster mock;  // starting one for each takes longer than the row
  const std::string name = "faults-" + std::to_string(number);
  const auto key = static_cast<std::int16_t>(each.during);
  const std::vector<rd_kafka_resp_err_t> answers(static_cast<std::size_t>(each.times), each.answer);
  const auto inject = [&] {
    rd_kafka_mock_push_request_errors_array(mock.mock(), key, answers.size(), answers.data());
  };
  const bool at_start =
      each.during == request::init_producer_id || each.during == request::find_coordinator;
  session at{mock, name};
  if (at_start) inject();
  auto done = at.init();
  if (!at_start) {
    REQUIRE(done);
    inject();
  }
  if (done) done = at.transact();
  rd_kafka_mock_clear_request_errors(mock.mock(), key);
  CHECK(done.has_value() == !each.expected.has_value());
  if (done) {
    CHECK(at.transact());
    return;
  }
  CAPTURE(done.error().reason);
  CAPTURE(done.error().message);
  if (each.expected) CHECK(static_cast<int>(done.error().what) == static_cast<int>(*each.expected));
  CHECK(goes_on(mock, name, std::move(at), done.error()));
}

}  // namespace

TEST_CASE("every answer to every request of a transaction has its class, and its way on") {
  int number = 0;
  for (const row& each : rows) check(each, number++);
  MESSAGE(number << " rows");
}
