#pragma once
// Connects handlers to signals and feeds them from Kafka, at least once, in order.
//
//   sinyal::subscriber subscriber{{.bootstrap_servers = "localhost:9092", .group = "shop"}};
//   const auto shipping = subscriber.on<sinyal::payment_settled>(
//       [](const sinyal::event<sinyal::payment>& event) { ship(event.payment.order_id); });
//   subscriber.run();
//
// run() calls all handlers, one at a time, in the thread that called it. A position is committed
// only after the handlers of the events before it have returned. A handler that throws is called
// again, with growing pauses, while other partitions go on; at last its event goes to the
// dead-letter topic. An event may come more than once (after a crash, a lost connection): see
// event_base::id.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <sinyal/event.hpp>
#include <sinyal/settings.hpp>
#include <sinyal/signals.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sinyal {

namespace detail {
struct slot;
}

/// Wrong settings, an unreachable Kafka, missing topics or rights: what() says what to change.
struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// Thrown by a handler: not this event's fault (a database is down). Tried again until it succeeds,
/// and not dead-lettered before, whatever other handlers throw; nothing of its partition is
/// committed meanwhile.
struct try_later : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// Thrown by a handler: trying again cannot help. It is not called again with this event, which is
/// dead-lettered as soon as no other handler of it is to be called again.
struct reject : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A handler that is connected for as long as this lives. Let it end after run() has returned: the
/// events of a signal that nobody is connected to any more are passed over, with a warning.
class [[nodiscard]] connection {
 public:
  connection() = default;
  connection(connection&&) noexcept = default;
  connection& operator=(connection&& other) noexcept;
  ~connection();

  /// On return the handler is not running and is not called again; within the handler itself it
  /// may be called too.
  void disconnect() noexcept;
  /// Leaves the handler connected for the subscriber's life.
  void release() noexcept { slot_.reset(); }
  bool connected() const noexcept;

 private:
  friend class subscriber;
  explicit connection(std::shared_ptr<detail::slot> slot) noexcept : slot_{std::move(slot)} {}
  std::shared_ptr<detail::slot> slot_;
};

struct partition_lag {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t records = 0;  // from the position to the end that Kafka last told of
};

struct statistics {
  std::uint64_t handled = 0;   // events that all their handlers are done with
  std::uint64_t retries = 0;   // calls after a handler threw
  std::uint64_t rejected = 0;  // dead-lettered
  std::uint64_t unknown = 0;   // of unknown type or version
  std::uint64_t gaps = 0, repeats = 0;
  std::vector<partition_lag> lag;  // of the partitions that this member has
};

template <class Signal>
concept signal_type = requires {
  typename Signal::subject;
  { Signal::name } -> std::convertible_to<std::string_view>;
};

/// Takes the event whole, or in the three parts that handlers of django_midtrans have.
// Version 14 takes the concept's brackets for comparisons.
// clang-format off
template <class Handler, class Subject>
concept handler_of =
    std::invocable<Handler&, const event<Subject>&> ||
    std::invocable<Handler&, const sender&, const Subject&, const text& /*notification*/>;
// clang-format on

class subscriber {
 public:
  using any_handler = std::function<void(const any_event&)>;

  /// Throws `error` when the settings are wrong; speaks to nobody yet.
  explicit subscriber(settings settings);
  ~subscriber();
  subscriber(const subscriber&) = delete;
  subscriber& operator=(const subscriber&) = delete;

  /// Connects a handler to a signal by its type, for one merchant's events or, without, for all.
  /// Callable from any thread; a signal that nobody was connected to when run() began cannot be
  /// connected to while it runs: `error`.
  template <signal_type Signal, handler_of<typename Signal::subject> Handler>
  connection on(Handler handler, std::string merchant = {}) {
    using subject = typename Signal::subject;
    return connect(Signal::name, kind_of<subject>, erase<subject>(std::move(handler)),
                   std::move(merchant));
  }

  /// The same by name: the handler takes any_event or the event of the signal's subject. An unknown
  /// name, or a handler of another subject, is an `error`.
  template <class Handler>
  connection on(std::string_view name, Handler handler, std::string merchant = {}) {
    if constexpr (std::invocable<Handler&, const any_event&>) {
      return connect(name, {}, std::move(handler), std::move(merchant));
    } else if constexpr (handler_of<Handler, payment>) {
      return connect(name, subject_kind::payment, erase<payment>(std::move(handler)),
                     std::move(merchant));
    } else if constexpr (handler_of<Handler, invoice>) {
      return connect(name, subject_kind::invoice, erase<invoice>(std::move(handler)),
                     std::move(merchant));
    } else {
      static_assert(handler_of<Handler, subscription>, "a handler takes an event");
      return connect(name, subject_kind::subscription, erase<subscription>(std::move(handler)),
                     std::move(merchant));
    }
  }

  /// Joins the group and calls handlers until stop(). Throws `error` when it cannot begin or go on.
  void run();
  /// Ends run() after the handler that is running: commits, leaves the group. May be called from
  /// any thread and from a signal handler.
  void stop() noexcept;

  /// From any thread; at most `commit_interval` old.
  sinyal::statistics statistics() const;

 private:
  template <class Subject>
  static constexpr subject_kind kind_of =
      std::same_as<Subject, payment>   ? subject_kind::payment
      : std::same_as<Subject, invoice> ? subject_kind::invoice
                                       : subject_kind::subscription;

  template <class Subject, class Handler>
  static any_handler erase(Handler handler) {
    if constexpr (std::is_constructible_v<Handler, std::nullptr_t>) {
      if (handler == nullptr) return {};
    }
    return [handler = std::move(handler)](const any_event& any) mutable {
      const auto& event = std::get<sinyal::event<Subject>>(any);
      if constexpr (std::invocable<Handler&, const sinyal::event<Subject>&>) {
        std::invoke(handler, event);
      } else {
        std::invoke(handler, event.sender, event.about(), event.notification);
      }
    };
  }

  connection connect(std::string_view signal, std::optional<subject_kind> kind, any_handler handler,
                     std::string merchant);

  class implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace sinyal
