#pragma once
// What the shop does about signals, in a database of its own, each effect exactly once.
//
// The pattern: an event's id goes into the table `inbox` in the same transaction as the event's
// effect. A second delivery finds the id there and does nothing; a crash between the two leaves
// neither. What may happen once per order, whatever its events, has the order as its key. An effect
// outside of the database (a mail) is a row in `outbox`, which another program
// sends and marks as sent.

#include <functional>
#include <memory>
#include <sinyal/event.hpp>
#include <sqlite3.h>
#include <string>

class shop {
 public:
  /// Opens or creates the database. Throws std::runtime_error.
  explicit shop(const std::string& path);

  // Each throws sinyal::try_later when the database cannot be written: then nothing has happened.

  /// Two attempts that settle are two events of one order: it is shipped once.
  void ship(const sinyal::event<sinyal::payment>& settled);
  /// An attempt that expired says nothing of the order: another one may have paid, or still may.
  void release_stock(const sinyal::event<sinyal::payment>& expired);
  void thank(const sinyal::event<sinyal::payment>& refunded);

 private:
  void once(const sinyal::event_base& event, const std::function<void()>& effect);
  /// One statement with its parameters as texts. Whether it changed a row.
  bool run(const char* sql, std::initializer_list<std::string> parameters = {});

  struct closer {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  std::unique_ptr<sqlite3, closer> database_;
};
