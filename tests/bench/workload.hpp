#pragma once
// The notifications that every part of the benchmark is fed with: signed bodies of 600 to 800
// bytes, as Midtrans sends them. A stream of orders, each open while the next thousand begin.
//
//   of 20 orders   13 pending → settlement (bank transfer)      3 pending → expire
//                   2 capture → settlement (card)               1 pending → settlement → refund
//                   1 pending → settlement → settlement again
//
// The n-th notification is the same in every run.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace sinyal::bench {

inline constexpr std::string_view merchant = "G141532850";
inline constexpr std::string_view server_key = "SB-Mid-server-benchmark";

struct notification {
  std::uint64_t order = 0;  // 0, 1, 2 … in the order of their first notification
  std::string order_id;
  std::string body;
};

/// Orders named `<name>-<number>`.
class workload {
 public:
  explicit workload(std::string_view name) : name_{name} {}
  notification next();
  /// One settled payment, the first notification of a new order.
  notification settled();

 private:
  struct step {
    std::uint64_t order;
    std::uint32_t number;  // of the order's notifications
  };
  notification make(step at) const;

  std::string name_;
  std::uint64_t orders_ = 0;
  std::deque<step> open_;  // what is still to come, the oldest order first
};

}  // namespace sinyal::bench
