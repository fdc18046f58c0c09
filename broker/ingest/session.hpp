#pragma once
// What happens on one connection, request after request, answers in order.

#include "broker/ingest/serving.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <memory>

namespace sinyal::ingest {

/// Serves a connection to its end. Never throws.
awaitable<void> serve(std::shared_ptr<serving> shared, boost::intrusive_ptr<connection> peer);

/// The answer to a connection above connections_max: 503, unread.
awaitable<void> turn_away(std::shared_ptr<serving> shared, boost::intrusive_ptr<connection> peer);

}  // namespace sinyal::ingest
