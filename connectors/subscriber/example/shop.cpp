#include "shop.hpp"

#include <sinyal/subscriber.hpp>
#include <stdexcept>

namespace {

constexpr int busy_ms = 5000;  // as long as another process may hold the database

constexpr const char* schema = R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS inbox (event_id TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS shipments (order_id TEXT PRIMARY KEY, amount TEXT);
  CREATE TABLE IF NOT EXISTS releases (order_id TEXT PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, recipient TEXT, mail TEXT,
                                     sent INTEGER DEFAULT 0);
)";

}  // namespace

shop::shop(const std::string& path) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open(path.c_str(), &opened);
  database_.reset(opened);
  if (code != SQLITE_OK) throw std::runtime_error{path + ": " + sqlite3_errmsg(opened)};
  sqlite3_busy_timeout(opened, busy_ms);
  if (sqlite3_exec(opened, schema, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error{path + ": " + sqlite3_errmsg(opened)};
  }
}

void shop::ship(const sinyal::event<sinyal::payment>& settled) {
  if (settled.payment.order.status != sinyal::order_status::paid) return;
  once(settled, [&] {
    run("INSERT OR IGNORE INTO shipments VALUES (?, ?)",
        {settled.payment.order_id, settled.payment.order.paid_amount.to_string()});
  });
}

void shop::release_stock(const sinyal::event<sinyal::payment>& expired) {
  if (expired.payment.order.status != sinyal::order_status::unpaid) return;
  once(expired,
       [&] { run("INSERT OR IGNORE INTO releases VALUES (?)", {expired.payment.order_id}); });
}

void shop::thank(const sinyal::event<sinyal::payment>& refunded) {
  once(refunded, [&] {
    const std::string amount =
        refunded.refund && refunded.refund->amount ? refunded.refund->amount->to_string() : "";
    run("INSERT INTO outbox (recipient, mail) VALUES (?, ?)",
        {refunded.payment.customer_email.value_or("the customer of " + refunded.subject),
         "Thank you. " + refunded.payment.currency + " " + amount + " of order " +
             refunded.payment.order_id + " is on its way back to you."});
  });
}

void shop::once(const sinyal::event_base& event, const std::function<void()>& effect) {
  run("BEGIN IMMEDIATE");
  try {
    if (run("INSERT OR IGNORE INTO inbox VALUES (?)", {event.id})) effect();
    run("COMMIT");
  } catch (...) {
    sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

bool shop::run(const char* sql, std::initializer_list<std::string> parameters) {
  sqlite3_stmt* prepared = nullptr;
  int code = sqlite3_prepare_v2(database_.get(), sql, -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement{prepared,
                                                                             &sqlite3_finalize};
  int place = 0;
  for (const std::string& each : parameters) {
    if (code != SQLITE_OK) break;
    code = sqlite3_bind_text(prepared, ++place, each.c_str(), -1, SQLITE_TRANSIENT);
  }
  if (code == SQLITE_OK) code = sqlite3_step(prepared);
  if (code != SQLITE_DONE) throw sinyal::try_later{sqlite3_errmsg(database_.get())};
  return sqlite3_changes(database_.get()) > 0;
}
