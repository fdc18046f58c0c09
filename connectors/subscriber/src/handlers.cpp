#include "handlers.hpp"

#include <algorithm>
#include <utility>

namespace sinyal {

connection& connection::operator=(connection&& other) noexcept {
  if (this != &other) {
    disconnect();
    slot_ = std::move(other.slot_);
  }
  return *this;
}

connection::~connection() {
  disconnect();
}

void connection::disconnect() noexcept {
  if (!slot_) return;
  const std::lock_guard lock{slot_->running};
  slot_->connected = false;
}

bool connection::connected() const noexcept {
  return slot_ && slot_->connected;
}

namespace detail {

std::shared_ptr<slot> handlers::add(std::size_t signal, subscriber::any_handler handler,
                                    std::string merchant) {
  auto made = std::make_shared<slot>();
  made->handler = std::move(handler);
  made->merchant = std::move(merchant);
  const std::lock_guard lock{mutex_};
  auto next = std::make_shared<slots>();
  if (slots_[signal]) {
    for (const auto& each : *slots_[signal]) {
      if (each->connected) next->push_back(each);
    }
  }
  next->push_back(made);
  slots_[signal] = std::move(next);
  return made;
}

std::vector<std::size_t> handlers::signals_of(bool connected) const {
  const std::lock_guard lock{mutex_};
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i]) continue;
    const bool any = std::any_of(slots_[i]->begin(), slots_[i]->end(),
                                 [](const auto& each) { return each->connected.load(); });
    if (any == connected) found.push_back(i);
  }
  return found;
}

std::exception_ptr handlers::call(std::size_t signal, const any_event& event, calls& calls) {
  std::shared_ptr<const slots> all;
  {
    const std::lock_guard lock{mutex_};
    all = slots_[signal];
  }
  if (!all) return nullptr;
  auto& done = calls.done;
  calls.nobody = done.empty();
  std::exception_ptr later;
  std::exception_ptr failure;
  for (const auto& each : *all) {
    if (std::find(done.begin(), done.end(), each) != done.end()) continue;
    const std::lock_guard lock{each->running};
    if (!each->connected) continue;
    calls.nobody = false;
    if (!each->merchant.empty() && each->merchant != base(event).sender.merchant) continue;
    try {
      each->handler(event);
      if (all->size() > 1) done.push_back(each);
    } catch (const try_later&) {
      if (!later) later = std::current_exception();
    } catch (const reject&) {
      if (!calls.rejection) calls.rejection = std::current_exception();
      done.push_back(each);
    } catch (...) {
      if (!failure) failure = std::current_exception();
    }
  }
  if (later) return later;
  return failure ? failure : calls.rejection;
}

}  // namespace detail
}  // namespace sinyal
