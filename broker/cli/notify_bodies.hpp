#pragma once
// Bodies as Midtrans and a merchant's own systems write them, for the scenarios of notify.

#include "broker/codec/raw_record.hpp"
#include "broker/core/time.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::cli {

/// One POST to make. A payment's signature_key is still empty: see sign_body().
struct message {
  std::string scenario;
  std::string step;
  codec::endpoint endpoint = codec::endpoint::notifications;
  std::string body;
};

/// What bodies are made from: whose they are, when it is, and ids that no other run uses.
class stage_props {
 public:
  stage_props(std::string merchant, core::instant now, std::uint64_t seed);

  const std::string& merchant() const { return merchant_; }
  /// `DEMO-VA-1f3a9c02`: the same name within a run is the same order.
  std::string order_id(std::string_view name) const;
  std::string transaction_id();  // a new UUID at each call
  /// Minutes after the start of the story, three hours before now: `2026-11-23 09:10:00` in WIB.
  std::string wib(int minute) const;
  /// The same as an ISO time with `Z`, as subscriptions have it.
  std::string utc(int minute) const;

 private:
  core::instant at(int minute) const;
  std::string merchant_;
  core::instant start_;
  std::mt19937_64 random_;
  std::string suffix_;
};

/// A member whose value is JSON already.
struct member {
  std::string_view name;
  std::string json;
};
using members = std::vector<member>;

std::string quoted(std::string_view text);
std::string object(const members& all);

/// One attempt to pay; what every notification of it repeats.
struct attempt {
  std::string order_id;
  std::string transaction_id;
  std::string_view payment_type;
  std::string_view gross_amount;
  members details;  // of the payment type, metadata …
};
attempt bca(stage_props& props, std::string_view name, std::string_view amount = "150000.00");
attempt card(stage_props& props, std::string_view name, std::string_view amount = "250000.00");
attempt gopay(stage_props& props, std::string_view name, std::string_view amount = "75000.00");
attempt permata(stage_props& props, std::string_view name);

member fraud(std::string_view word);
member customer();
member settled(const stage_props& props, int minute);

/// A payment notification of the attempt with a transaction_status and a status_code.
std::string notify_body(const stage_props& props, const attempt& attempt, std::string_view status,
                        std::string_view code, const members& more = {});

}  // namespace sinyal::cli
