#include "broker/kafka/errors.hpp"

#include <array>

namespace sinyal::kafka {

namespace {

struct rule {
  rd_kafka_resp_err_t code;
  failure_class what;
  std::string_view hint;
};

constexpr std::string_view rights_hint = "Hint: grant this client the rights to it";
constexpr std::string_view topic_hint = "Hint: create it with `sinyal topics apply`";
constexpr std::string_view name_hint =
    "Hint: give each process its own lifecycle.instance, and run one process of each name";

/// What is not listed may mend by itself: it aborts the batch, which is tried again.
constexpr std::array rules{
    rule{RD_KAFKA_RESP_ERR__FENCED, failure_class::fenced, name_hint},
    rule{RD_KAFKA_RESP_ERR_PRODUCER_FENCED, failure_class::fenced, name_hint},
    rule{RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, failure_class::fenced, name_hint},
    rule{RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, failure_class::replaced, name_hint},
    rule{RD_KAFKA_RESP_ERR__FATAL, failure_class::fatal, ""},
    rule{RD_KAFKA_RESP_ERR__DESTROY, failure_class::fatal, ""},
    rule{RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, failure_class::fatal,
         rights_hint},
    rule{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, failure_class::topic, rights_hint},
    rule{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, failure_class::topic, rights_hint},
    rule{RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, failure_class::topic, rights_hint},
    rule{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, failure_class::topic, topic_hint},
    rule{RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, failure_class::topic, topic_hint},
    rule{RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, failure_class::topic, topic_hint},
    rule{RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, failure_class::topic, topic_hint},
    rule{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, failure_class::record,
         "Hint: raise the topic's max.message.bytes to kafka.record_bytes_max"},
    rule{RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, failure_class::record,
         "Hint: raise the topic's segment.bytes"},
    rule{RD_KAFKA_RESP_ERR_INVALID_MSG, failure_class::record, ""},
    rule{RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, failure_class::record, ""},
    rule{RD_KAFKA_RESP_ERR_INVALID_RECORD, failure_class::record, ""},
    rule{RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, failure_class::record, ""},
    rule{RD_KAFKA_RESP_ERR_POLICY_VIOLATION, failure_class::record, ""},
    rule{RD_KAFKA_RESP_ERR__INVALID_ARG, failure_class::record, ""},
    rule{RD_KAFKA_RESP_ERR__QUEUE_FULL, failure_class::record,
         "Hint: lower lifecycle.batch_records_max"},
    rule{RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, failure_class::partition,
         "Hint: the log no longer has this offset; process the raw log into a new "
         "kafka.topic_prefix"},
    rule{RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, failure_class::partition,
         "Hint: the log no longer has this offset; process the raw log into a new "
         "kafka.topic_prefix"},
    rule{RD_KAFKA_RESP_ERR__BAD_MSG, failure_class::partition, "Hint: a stored record is damaged"},
    rule{RD_KAFKA_RESP_ERR__TIMED_OUT, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR__WAIT_COORD, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR__TRANSPORT, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR__RESOLVE, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR__WAIT_CACHE, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR_NOT_COORDINATOR, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, failure_class::retriable, ""},
    rule{RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, failure_class::retriable, ""},
};

const rule* rule_of(rd_kafka_resp_err_t code) {
  for (const rule& each : rules) {
    if (each.code == code) return &each;
  }
  return nullptr;
}

std::string sentence(std::string_view doing, std::string_view text, rd_kafka_resp_err_t code) {
  std::string message{doing};
  message.append(": ").append(text);
  if (const rule* known = rule_of(code); known != nullptr && !known->hint.empty()) {
    message.append(". ").append(known->hint);
  }
  return message;
}

/// A fatal error stands for another one, which says what happened.
rd_kafka_resp_err_t underlying(rd_kafka_t* client, rd_kafka_resp_err_t code, std::string& text) {
  if (client == nullptr) return code;
  std::array<char, 512> buffer{};
  const rd_kafka_resp_err_t first = rd_kafka_fatal_error(client, buffer.data(), buffer.size());
  if (first == RD_KAFKA_RESP_ERR_NO_ERROR) return code;
  text = buffer.data();
  return first;
}

/// What ends the handle: fenced and replaced say by whom, everything else is only fatal.
failure_class as_fatal(rd_kafka_resp_err_t code) {
  const failure_class what = classify(code);
  const bool named = what == failure_class::fenced || what == failure_class::replaced;
  return named ? what : failure_class::fatal;
}

}  // namespace

failure_class classify(rd_kafka_resp_err_t code) {
  const rule* known = rule_of(code);
  return known == nullptr ? failure_class::abortable : known->what;
}

log_failure failure_of(rd_kafka_t* client, rd_kafka_resp_err_t code, std::string_view doing) {
  std::string text = rd_kafka_err2str(code);
  failure_class what = classify(code);
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    code = underlying(client, code, text);
    what = as_fatal(code);
  }
  return {what, rd_kafka_err2name(code), sentence(doing, text, code)};
}

log_failure failure_of_question(rd_kafka_t* client, rd_kafka_resp_err_t code,
                                std::string_view doing) {
  log_failure why = failure_of(client, code, doing);
  const bool unknown = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                       code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                       code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
  if (unknown) why.what = failure_class::retriable;
  return why;
}

log_failure failure_of(rd_kafka_t* client, const rd_kafka_error_t* error, std::string_view doing) {
  rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  std::string text = rd_kafka_error_string(error);
  failure_class what = failure_class::fatal;
  if (rd_kafka_error_is_fatal(error) != 0 || code == RD_KAFKA_RESP_ERR__FATAL) {
    code = underlying(client, code, text);
    what = as_fatal(code);
  } else if (rd_kafka_error_is_retriable(error) != 0) {
    what = failure_class::retriable;
  } else if (rd_kafka_error_txn_requires_abort(error) != 0) {
    what = classify(code);
    if (what == failure_class::retriable || what == failure_class::fatal ||
        what == failure_class::partition) {
      what = failure_class::abortable;
    }
  } else {
    what = as_fatal(code);
  }
  return {what, rd_kafka_err2name(code), sentence(doing, text, code)};
}

log_result<void> checked(rd_kafka_t* client, rd_kafka_error_t* error, std::string_view doing) {
  if (error == nullptr) return {};
  const error_handle owned{error};
  return failure_of(client, error, doing);
}

}  // namespace sinyal::kafka
