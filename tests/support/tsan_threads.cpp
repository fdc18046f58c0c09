// C11's threads by way of POSIX ones, for the tsan preset. ThreadSanitizer of GCC 12 knows no
// thrd_create, which librdkafka starts its threads with: the first thing that it sees such a thread
// do crashes. Nor does it see what glibc's own mtx_lock and cnd_wait put in order. glibc keeps the
// same objects under both names.
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <memory>
#include <pthread.h>
#include <threads.h>

namespace {

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t));
static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t));
static_assert(sizeof(thrd_t) == sizeof(pthread_t));

pthread_mutex_t* posix(mtx_t* mutex) {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* posix(cnd_t* condition) {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

int outcome(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case ENOMEM:
      return thrd_nomem;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    default:
      return thrd_error;
  }
}

struct start {
  thrd_start_t function;
  void* argument;
};

void* run(void* given) {
  const std::unique_ptr<start> begin{static_cast<start*>(given)};
  const auto result = static_cast<std::intptr_t>(begin->function(begin->argument));
  return reinterpret_cast<void*>(result);
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto begin = std::make_unique<start>(start{function, argument});
  const int error = pthread_create(thread, nullptr, run, begin.get());
  if (error == 0) static_cast<void>(begin.release());
  return outcome(error);
}

int thrd_join(thrd_t thread, int* result) {
  void* returned = nullptr;
  const int error = pthread_join(thread, &returned);
  if (error == 0 && result) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
  return outcome(error);
}

/// As a static object is made, and never destroyed: TSan would take both for writes, and cannot see
/// the atomic counter that keeps them apart from another thread's use.
[[gnu::no_sanitize("thread")]] int mtx_init(mtx_t* mutex, int type) {
  const pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
  const pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
  *posix(mutex) = (type & mtx_recursive) != 0 ? recursive : plain;
  return thrd_success;
}
void mtx_destroy(mtx_t*) {}
int mtx_lock(mtx_t* mutex) {
  return outcome(pthread_mutex_lock(posix(mutex)));
}
int mtx_unlock(mtx_t* mutex) {
  return outcome(pthread_mutex_unlock(posix(mutex)));
}

int cnd_init(cnd_t* condition) {
  return outcome(pthread_cond_init(posix(condition), nullptr));
}
int cnd_signal(cnd_t* condition) {
  return outcome(pthread_cond_signal(posix(condition)));
}
int cnd_broadcast(cnd_t* condition) {
  return outcome(pthread_cond_broadcast(posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return outcome(pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return outcome(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}
void cnd_destroy(cnd_t* condition) {
  pthread_cond_destroy(posix(condition));
}

}  // extern "C"
