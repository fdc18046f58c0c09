#pragma once
// One TCP connection: bytes with deadlines. Every read and write ends, by data, by the peer, by its
// deadline or by interrupt().

#include "broker/ingest/io.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sinyal::ingest {

/// Shared by its session and by the timer that may outlive it; all on the I/O thread.
class connection : public boost::intrusive_ref_counter<connection, boost::thread_unsafe_counter> {
 public:
  enum class read_result : std::uint8_t { data, closed, expired, interrupted };

  explicit connection(tcp_socket socket);

  /// Until when reads may take. Absolute: bytes that trickle in do not move it.
  void read_until(time_point deadline) { expire_at(deadline); }
  awaitable<read_result> read();
  /// What has come and was not consumed. Views die with the next read() or consume().
  std::string_view received() const { return {room_.data(), received_}; }
  void consume(std::size_t count);

  /// False: the peer is gone or too slow. `bytes` must live until the end.
  awaitable<bool> write(std::string_view bytes, time_point deadline);

  /// Waits until wake() or the deadline.
  awaitable<void> wait(time_point deadline);
  void wake() { waiter_.cancel(); }

  /// Ends a read or wait now; a write gets a moment to end. Later reads end at once.
  void interrupt();
  bool interrupted() const { return interrupted_; }

  /// Sends the end, then reads for a while what the peer still sends: closing on unread bytes
  /// would reset the connection, and the peer could lose the answer that it was given.
  awaitable<void> linger();
  void close();

  /// Address without port; one that is mapped into IPv6 as IPv4.
  std::string peer() const;

 private:
  enum class activity : std::uint8_t { none, reading, writing };

  void expire_at(time_point deadline);
  void arm();
  void tick();

  tcp_socket socket_;
  // One timer for all deadlines of the socket. It is moved only to an earlier time: a deadline that
  // is set later than the timer, as almost all are, costs an assignment.
  steady_timer timer_;
  time_point deadline_ = time_point::max();
  time_point armed_for_ = time_point::max();
  bool expired_ = false;
  steady_timer waiter_;
  activity doing_ = activity::none;
  bool interrupted_ = false;
  bool closed_ = false;
  std::string room_;          // kept from read to read: making it anew would clear it each time
  std::size_t received_ = 0;  // what has come, at its front
};

}  // namespace sinyal::ingest
