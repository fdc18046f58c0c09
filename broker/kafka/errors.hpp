#pragma once
// Kafka's errors, classified once: what to do about each, and a sentence that says so.

#include "broker/kafka/handles.hpp"
#include "broker/ports.hpp"

#include <librdkafka/rdkafka.h>

#include <string_view>

namespace sinyal::kafka {

/// What an error of a record or of a consumer asks for, by its code alone.
failure_class classify(rd_kafka_resp_err_t code);

/// Of reading: whether the client mends it by itself, so that polling goes on.
inline bool mends_itself(const log_failure& why) {
  return why.what == failure_class::retriable || why.what == failure_class::abortable;
}

/// `doing` names the call, for the message: "commit_transaction".
log_failure failure_of(rd_kafka_t* client, rd_kafka_resp_err_t code, std::string_view doing);

/// Of a question about a topic that was there when the process started: a broker that is coming up
/// says for some moments that it does not know it, so that the question is to be put again.
log_failure failure_of_question(rd_kafka_t* client, rd_kafka_resp_err_t code,
                                std::string_view doing);

/// Of the transactional API, whose errors say themselves whether to retry or to abort.
log_failure failure_of(rd_kafka_t* client, const rd_kafka_error_t* error, std::string_view doing);

/// Success where there is no error; takes the error.
log_result<void> checked(rd_kafka_t* client, rd_kafka_error_t* error, std::string_view doing);

}  // namespace sinyal::kafka
