#include "broker/kafka/group_description.hpp"

#include "broker/kafka/client.hpp"
#include "broker/kafka/errors.hpp"

#include <array>

namespace sinyal::kafka {

namespace {

constexpr int answer_ms = 5000;

/// The coordinator's answer, or null where none came in time.
event_handle ask(rd_kafka_t* client, const std::string& group) {
  const queue_handle answers{rd_kafka_queue_new(client)};
  std::array names{group.c_str()};
  rd_kafka_DescribeConsumerGroups(client, names.data(), names.size(), nullptr, answers.get());
  return event_handle{rd_kafka_queue_poll(answers.get(), answer_ms)};
}

std::string text_of(const rd_kafka_MemberDescription_t& member) {
  std::string text = "client id ";
  text.append(rd_kafka_MemberDescription_client_id(&member));
  text.append(", host ").append(rd_kafka_MemberDescription_host(&member));
  text.append(", member ").append(rd_kafka_MemberDescription_consumer_id(&member));
  return text;
}

group_member described(const rd_kafka_MemberDescription_t& member) {
  const char* instance = rd_kafka_MemberDescription_group_instance_id(&member);
  return {instance == nullptr ? "" : instance, text_of(member)};
}

}  // namespace

log_result<std::vector<group_member>> group_members(const kafka_settings& settings,
                                                    const std::string& group,
                                                    observe::logger& logger) {
  constexpr std::string_view doing = "ask who is in the consumer group";
  client_owner owner{logger};
  const auto client = make_client(RD_KAFKA_PRODUCER, settings, owner);
  if (!client) return client.error();
  const event_handle event = ask(client->get(), group);
  const auto* result = event ? rd_kafka_event_DescribeConsumerGroups_result(event.get()) : nullptr;
  if (result == nullptr) return failure_of(client->get(), RD_KAFKA_RESP_ERR__TIMED_OUT, doing);
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure_of(client->get(), code, doing);
  }
  std::size_t count = 0;
  const auto* groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
  std::vector<group_member> members;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* error = rd_kafka_ConsumerGroupDescription_error(groups[i]);
    if (error != nullptr) return failure_of(client->get(), rd_kafka_error_code(error), doing);
    const std::size_t member_count = rd_kafka_ConsumerGroupDescription_member_count(groups[i]);
    for (std::size_t j = 0; j < member_count; ++j) {
      members.push_back(described(*rd_kafka_ConsumerGroupDescription_member(groups[i], j)));
    }
  }
  return members;
}

std::string describe_member(const kafka_settings& settings, const std::string& group,
                            const std::string& instance, observe::logger& logger) {
  if (const auto members = group_members(settings, group, logger)) {
    for (const group_member& each : *members) {
      if (each.instance == instance) return each.text;
    }
  }
  return "unknown: the group's coordinator did not tell";
}

}  // namespace sinyal::kafka
