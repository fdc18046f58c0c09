#include "tests/bench/workload.hpp"

#include <openssl/sha.h>

#include <array>
#include <cstdio>
#include <span>

namespace sinyal::bench {

namespace {

constexpr std::size_t open_orders = 1000;
constexpr std::uint64_t orders_a_round = 20;

struct event {
  std::string_view status;
  std::string_view code;
};
constexpr event pending{"pending", "201"};
constexpr event settlement{"settlement", "200"};
constexpr event capture{"capture", "200"};
constexpr event expire{"expire", "202"};
constexpr event refund{"refund", "200"};

constexpr std::array bank_transfer{pending, settlement};
constexpr std::array expired{pending, expire};
constexpr std::array card{capture, settlement};
constexpr std::array refunded{pending, settlement, refund};
constexpr std::array repeated{pending, settlement, settlement};

std::span<const event> story_of(std::uint64_t order) {
  const std::uint64_t place = order % orders_a_round;
  if (place < 13) return bank_transfer;
  if (place < 16) return expired;
  if (place < 18) return card;
  return place < 19 ? std::span<const event>{refunded} : repeated;
}

std::uint64_t mixed(std::uint64_t value) {  // splitmix64: ids that look like ids
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

template <typename... Arguments>
std::string text(const char* format, Arguments... arguments) {
  std::array<char, 1024> buffer;
  const int size = std::snprintf(buffer.data(), buffer.size(), format, arguments...);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::string uuid_of(std::uint64_t order) {
  const std::uint64_t high = mixed(order);
  const std::uint64_t low = mixed(high);
  return text("%08x-%04x-4%03x-a%03x-%012llx", static_cast<unsigned>(high >> 32),
              static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xfff),
              static_cast<unsigned>(low >> 52),
              static_cast<unsigned long long>(low & ((1ULL << 48) - 1)));
}

std::string signature_of(const std::string& signed_text) {
  std::array<unsigned char, SHA512_DIGEST_LENGTH> digest;
  SHA512(reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(),
         digest.data());
  std::string hex;
  for (const unsigned char byte : digest) hex += text("%02x", unsigned{byte});
  return hex;
}

std::string method_of(std::uint64_t order, std::uint64_t random) {
  if (story_of(order).data() == card.data()) {
    return text(R"("payment_type":"credit_card","masked_card":"48111111-%04u","bank":"bni",)"
                R"("card_type":"credit","approval_code":"%012llu","channel_response_code":"00",)"
                R"("channel_response_message":"Approved","eci":"05",)",
                static_cast<unsigned>(random % 10000),
                static_cast<unsigned long long>(random % 1000000000000));
  }
  return text(R"("payment_type":"bank_transfer","va_numbers":[{"va_number":"%011llu",)"
              R"("bank":"bca"}],"payment_amounts":[],)",
              static_cast<unsigned long long>(random % 100000000000));
}

}  // namespace

notification workload::make(step at) const {
  const event what = story_of(at.order)[at.number];
  const std::uint64_t random = mixed(at.order + 1);
  const std::string amount = text("%u.00", static_cast<unsigned>(10000 + random % 5000000));
  const std::string second = text("%02u", static_cast<unsigned>(random >> 32) % 60);
  notification made;
  made.order = at.order;
  made.order_id = name_ + "-" + std::to_string(at.order);
  const std::string signature =
      signature_of(made.order_id + std::string{what.code} + amount + std::string{server_key});
  std::string& body = made.body;
  body.reserve(1024);
  body.append(R"({"transaction_time":"2026-11-23 09:10:)").append(second);
  body.append(R"(","transaction_status":")").append(what.status);
  body.append(R"(","transaction_id":")").append(uuid_of(at.order));
  body.append(R"(","status_message":"midtrans payment notification","status_code":")");
  body.append(what.code).append(R"(","signature_key":")").append(signature).append("\",");
  if (what.status != pending.status && what.status != expire.status) {
    body.append(R"("settlement_time":"2026-11-23 09:15:)").append(second).append("\",");
  }
  if (what.status == refund.status) {
    body.append(R"("refund_amount":")").append(amount).append(R"(","refund_key":"refund-)");
    body.append(made.order_id).append("\",");
  }
  body.append(method_of(at.order, random));
  body.append(R"("order_id":")").append(made.order_id);
  body.append(R"(","merchant_id":")").append(merchant);
  body.append(R"(","gross_amount":")").append(amount);
  body.append(R"(","fraud_status":"accept","expiry_time":"2026-11-24 09:10:)").append(second);
  body.append(R"(","currency":"IDR","customer_details":{"full_name":"Sari Dewi )");
  body.append(std::to_string(at.order)).append(R"(","email":"sari.)");
  body.append(std::to_string(at.order)).append(R"(@example.com","phone":"+62812)");
  body.append(std::to_string(10000000 + random % 90000000)).append("\"}}");
  return made;
}

notification workload::next() {
  if (!open_.empty() && orders_ - open_.front().order >= open_orders) {
    const step at = open_.front();
    open_.pop_front();
    return make(at);
  }
  const std::uint64_t order = orders_++;
  const std::size_t steps = story_of(order).size();
  for (std::uint32_t number = 1; number < steps; ++number) open_.push_back({order, number});
  return make({order, 0});
}

notification workload::settled() {
  const std::uint64_t round = orders_ / 13;
  const std::uint64_t order = round * orders_a_round + orders_ % 13;
  ++orders_;
  return make({order, 1});
}

}  // namespace sinyal::bench
