#include "broker/kafka/errors.hpp"

#include "tests/kafka/cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {
using namespace sinyal;
using what = failure_class;
}  // namespace

TEST_CASE("every error has one class") {
  struct row {
    rd_kafka_resp_err_t code;
    what expected;
  };
  for (const row& each : {row{RD_KAFKA_RESP_ERR__FENCED, what::fenced},
                          row{RD_KAFKA_RESP_ERR_PRODUCER_FENCED, what::fenced},
                          row{RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, what::fenced},
                          row{RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, what::replaced},
                          row{RD_KAFKA_RESP_ERR__FATAL, what::fatal},
                          row{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, what::topic},
                          row{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, what::topic},
                          row{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, what::record},
                          row{RD_KAFKA_RESP_ERR_INVALID_RECORD, what::record},
                          row{RD_KAFKA_RESP_ERR__QUEUE_FULL, what::record},
                          row{RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, what::partition},
                          row{RD_KAFKA_RESP_ERR__BAD_MSG, what::partition},
                          row{RD_KAFKA_RESP_ERR__TIMED_OUT, what::retriable},
                          row{RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, what::retriable},
                          row{RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, what::abortable},
                          row{RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, what::abortable},
                          row{RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, what::abortable},
                          row{RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, what::abortable},
                          row{RD_KAFKA_RESP_ERR__STATE, what::abortable}}) {
    CAPTURE(rd_kafka_err2name(each.code));
    CHECK(kafka::classify(each.code) == each.expected);
  }
}

TEST_CASE("a failure names the call, the error and what to do") {
  const auto failure =
      kafka::failure_of(nullptr, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "commit");
  CHECK(failure.reason == "TOPIC_AUTHORIZATION_FAILED");
  CHECK(failure.message.starts_with("commit: "));
  CHECK(failure.message.find("Hint: ") != std::string::npos);
}

TEST_CASE("no error is a success") {
  CHECK(kafka::checked(nullptr, nullptr, "commit"));
}
