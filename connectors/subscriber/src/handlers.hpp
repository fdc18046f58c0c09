#pragma once
// Which handlers are connected to which signal. Connected and disconnected from any thread; called
// from one.

#include <array>
#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <sinyal/signals.hpp>
#include <sinyal/subscriber.hpp>
#include <string>
#include <vector>

namespace sinyal::detail {

struct slot {
  subscriber::any_handler handler;
  std::string merchant;  // whose events it takes; empty: everybody's
  // Held while the handler runs, so that disconnect() waits for it; recursive, so that the handler
  // itself may disconnect.
  std::recursive_mutex running;
  std::atomic<bool> connected{true};  // made false under `running`
};

/// How far the handlers of one event have come.
struct calls {
  std::vector<std::shared_ptr<slot>> done;  // that need not be called again
  std::exception_ptr rejection;             // what the first one threw that threw `reject`
  bool nobody = false;                      // is connected to its signal any more
};

class handlers {
 public:
  std::shared_ptr<slot> add(std::size_t signal, subscriber::any_handler handler,
                            std::string merchant);

  /// The signals, by their place in the catalogue, that have a handler.
  std::vector<std::size_t> signals() const { return signals_of(true); }
  /// Those that had one once.
  std::vector<std::size_t> abandoned() const { return signals_of(false); }

  /// Calls every handler of the signal that takes the event and is not done, and adds those that
  /// returned or rejected to `calls`. What one threw, or null: a `try_later` before all others, so
  /// that the event waits for as long as a handler asks for that; a `reject` last, so that no other
  /// handler loses the event.
  std::exception_ptr call(std::size_t signal, const any_event& event, calls& calls);

 private:
  using slots = std::vector<std::shared_ptr<slot>>;
  std::vector<std::size_t> signals_of(bool connected) const;

  mutable std::mutex mutex_;
  // Replaced and never changed, so that a call needs no lock while it goes through one.
  std::array<std::shared_ptr<const slots>, catalogue.size()> slots_;
};

}  // namespace sinyal::detail
