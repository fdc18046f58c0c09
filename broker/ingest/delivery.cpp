#include "broker/ingest/delivery.hpp"

#include "broker/codec/raw_record.hpp"
#include "broker/core/subject.hpp"
#include "broker/observe/clock.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace sinyal::ingest {

namespace {

using result = observe::notification_result;
using ticket_pointer = boost::intrusive_ptr<append_ticket>;

result counted_as(connectors::admitted_as what) {
  switch (what) {
    case connectors::admitted_as::ping:
      return result::ping;
    case connectors::admitted_as::account:
      return result::account;
    case connectors::admitted_as::notification:
      break;
  }
  return result::accepted;
}

/// One record for each subject, under one ticket. The first that is not enqueued ends it: those
/// before it stay in the log, where the sender's retry makes duplicates of them.
enqueue_result enqueue(serving& shared, const delivery& what, std::string_view id,
                       const connectors::admission& admitted, const ticket_pointer& ticket) {
  const std::vector<std::string> keys = core::format_keys(what.who.id, admitted.subjects);
  const std::string several = codec::subjects_of(keys);
  const bool traced = what.traceparent && is_traceparent(*what.traceparent);
  const std::string trace = traced ? std::string{*what.traceparent} : shared.ids.traceparent();
  const core::instant received_at = observe::now();
  codec::raw_headers headers;
  headers.id = id;
  headers.connector = shared.connector.name();
  headers.endpoint = what.where.endpoint;
  headers.merchant = what.who.id;
  headers.received_at = received_at;
  headers.key_index = admitted.key_index;
  headers.peer = what.peer;
  headers.traceparent = trace;
  headers.content_type = what.content_type;
  headers.subjects = several;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    headers.kind = admitted.subjects[i].kind;
    headers.subject = admitted.subjects[i].id;
    const codec::header_list encoded = codec::encode_raw_headers(headers);
    const raw_append record{keys[i], what.body, &encoded, received_at.ms_since_epoch};
    const enqueue_result enqueued = shared.log.append(record, ticket);
    if (enqueued != enqueue_result::enqueued) return enqueued;
  }
  return enqueue_result::enqueued;
}

refusal refuse_overload() {
  return refuse(problem::unavailable, result::overloaded);
}

/// What a ticket means that nobody waits for any longer.
std::optional<refusal> judge_ticket(const append_ticket& ticket, bool interrupted) {
  if (ticket.outstanding != 0) {
    return interrupted ? refuse_overload() : refuse(problem::not_stored, result::not_stored);
  }
  switch (ticket.worst) {
    case append_outcome::stored:
      return std::nullopt;
    case append_outcome::timed_out:
      return refuse(problem::not_stored, result::not_stored);
    case append_outcome::refused:
      break;
  }
  return refuse(problem::not_accepted, result::refused);
}

awaitable<void> wait_for(append_ticket& ticket, connection& peer, time_point deadline) {
  ticket.session = &peer;
  ticket.wake = [](void* waiting) { static_cast<connection*>(waiting)->wake(); };
  while (ticket.outstanding != 0 && !peer.interrupted() && steady_clock::now() < deadline) {
    co_await peer.wait(deadline);
  }
  ticket.wake = nullptr;  // whatever comes now comes for nobody
}

awaitable<std::optional<refusal>> append(serving& shared, connection& peer, const delivery& what,
                                         std::string_view id,
                                         const connectors::admission& admitted) {
  const time_point begun = steady_clock::now();
  const append_window::verdict verdict = shared.window.judge(begun);
  if (verdict == append_window::verdict::stalled) {
    co_return refuse(problem::not_accepted, result::refused);
  }
  const ticket_pointer ticket{new append_ticket};
  const enqueue_result enqueued = enqueue(shared, what, id, admitted, ticket);
  if (ticket->outstanding != 0) shared.window.appended(ticket, begun);
  std::optional<refusal> refused;
  if (enqueued == enqueue_result::full) {
    refused = refuse_overload();
  } else if (enqueued == enqueue_result::failed) {
    refused = refuse(problem::not_accepted, result::refused);
  } else {
    const auto deadline = begun + std::chrono::milliseconds{shared.settings.deadline_ms};
    co_await wait_for(*ticket, peer, deadline);
    refused = judge_ticket(*ticket, peer.interrupted());
  }
  if (verdict == append_window::verdict::probe) shared.window.probe_over();
  if (!refused) {
    const std::chrono::duration<double> took = steady_clock::now() - begun;
    shared.metrics.raw_ack(took.count());
  }
  co_return refused;
}

}  // namespace

awaitable<delivery_result> deliver(serving& shared, connection& peer, const delivery& what) {
  delivery_result out;
  connectors::admission_request request;
  request.endpoint = what.where.endpoint;
  request.body = what.body;
  request.server_keys = what.who.server_keys;
  request.json_depth_max = shared.settings.json_depth_max;
  connectors::admission admitted = shared.connector.admit(request);
  if (admitted.refused) {
    out.refused = refuse_body(*admitted.refused, std::move(admitted.detail), !what.who.id.empty());
    co_return out;
  }
  if (admitted.key_index) {
    shared.metrics.signature_key_used(what.who.id, *admitted.key_index);
  }
  out.id = shared.ids.uuid7(observe::now().ms_since_epoch);
  out.counted = counted_as(admitted.as);
  out.refused = co_await append(shared, peer, what, out.id, admitted);
  co_return out;
}

}  // namespace sinyal::ingest
