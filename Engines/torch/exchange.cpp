#include "exchange.h"

#include <ATen/core/grad_mode.h>
#include <arpa/inet.h>
#include <c10/util/Exception.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <torch/csrc/autograd/custom_function.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

#if defined(PARLA_TORCH_NCCL)
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#if defined(PARLA_TORCH_GLOO)
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#if defined(PARLA_TORCH_NCCL) || defined(PARLA_TORCH_GLOO)
#define PARLA_TORCH_C10D
#include <c10/core/DeviceGuard.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

namespace parla {
namespace {

// An address with a port, of either family.
struct Socket {
  sockaddr_storage storage{};

  sockaddr *get() { return reinterpret_cast<sockaddr *>(&storage); }
  in_port_t &port() {
    return storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6 &>(storage).sin6_port
                                         : reinterpret_cast<sockaddr_in &>(storage).sin_port;
  }
  socklen_t size() const {
    return storage.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  }
  std::string text() {
    char text[INET6_ADDRSTRLEN] = "";
    const void *address = storage.ss_family == AF_INET6
        ? static_cast<const void *>(&reinterpret_cast<sockaddr_in6 &>(storage).sin6_addr)
        : static_cast<const void *>(&reinterpret_cast<sockaddr_in &>(storage).sin_addr);
    inet_ntop(storage.ss_family, address, text, sizeof text);
    return text;
  }
  static Socket of(const std::string &address, int port) {
    Socket result;
    const bool isLong = address.find(':') != std::string::npos;
    result.storage.ss_family = isLong ? AF_INET6 : AF_INET;
    void *place = isLong ? static_cast<void *>(&reinterpret_cast<sockaddr_in6 &>(result.storage).sin6_addr)
                         : static_cast<void *>(&reinterpret_cast<sockaddr_in &>(result.storage).sin_addr);
    if (inet_pton(result.storage.ss_family, address.c_str(), place) != 1)
      throw std::runtime_error("found " + address + ", expected an address");
    result.port() = htons(static_cast<uint16_t>(port));
    return result;
  }
};

// The addresses of this host's networks, short ones first; those that only lead to itself are left out.
std::vector<Socket> networks() {
  std::vector<Socket> result;
  ifaddrs *all = nullptr;
  if (getifaddrs(&all) != 0) return result;
  for (int family : {AF_INET, AF_INET6})
    for (const ifaddrs *one = all; one; one = one->ifa_next) {
      if (!one->ifa_addr || one->ifa_addr->sa_family != family) continue;
      if (!(one->ifa_flags & IFF_UP) || one->ifa_flags & IFF_LOOPBACK) continue;
      Socket own;
      std::memcpy(&own.storage, one->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
      if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<sockaddr_in6 &>(own.storage).sin6_addr)) continue;
      own.port() = 0;
      result.push_back(own);
    }
  freeifaddrs(all);
  return result;
}

// A socket that listens on a free port there; -1 where that cannot be.
int listening(Socket &place) {
  const int result = ::socket(place.storage.ss_family, SOCK_STREAM, 0);
  if (result < 0) return -1;
  fcntl(result, F_SETFD, FD_CLOEXEC);
  socklen_t size = sizeof place.storage;
  if (::bind(result, place.get(), place.size()) == 0 && ::listen(result, SOMAXCONN) == 0 &&
      getsockname(result, place.get(), &size) == 0)
    return result;
  ::close(result);
  return -1;
}

// What this host is called on the way to `place`; empty where nothing answers within two seconds.
std::string nameSeenFrom(Socket place) {
  const int own = ::socket(place.storage.ss_family, SOCK_STREAM, 0);
  if (own < 0) return "";
  fcntl(own, F_SETFL, O_NONBLOCK);
  std::string result;
  int error = ::connect(own, place.get(), place.size()) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd waiting{own, POLLOUT, 0};
    socklen_t size = sizeof error;
    if (poll(&waiting, 1, 2000) != 1 || getsockopt(own, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = ETIMEDOUT;
  }
  Socket here;
  socklen_t size = sizeof here.storage;
  if (error == 0 && getsockname(own, here.get(), &size) == 0) result = here.text();
  ::close(own);
  return result;
}

}  // namespace

const char *Exchange::kind(const at::Device &device) {
#if defined(PARLA_TORCH_NCCL)
  if (device.is_cuda()) return "nccl";
#endif
#if defined(PARLA_TORCH_GLOO)
  if (device.is_cpu()) return "gloo";
#endif
  static_cast<void>(device);
  return "";
}

Exchange::Exchange(const at::Device &device) : device(device) {}

Exchange::~Exchange() { leave(); }

void Exchange::close() {
  for (Place &place : places)
    if (place.socket >= 0) ::close(place.socket);
  places.clear();
}

std::string Exchange::listen(bool isLocal) {
  close();
  std::string lines;
  for (Socket &candidate : isLocal ? std::vector<Socket>{Socket::of("127.0.0.1", 0)} : networks()) {
    Place place;
    place.socket = listening(candidate);
    if (place.socket < 0) continue;
    place.address = candidate.text();
    place.port = ntohs(candidate.port());
    lines += place.address + " " + std::to_string(place.port) + "\n";
    places.push_back(place);
  }
  if (places.empty()) throw std::runtime_error("no port to listen on");
  return lines;
}

std::string Exchange::reach(const std::string &lines) {
  std::istringstream stream(lines);
  std::string result;
  Place place;
  for (size_t number = 0; stream >> place.address >> place.port; number++) {
    if (number == places.size()) places.push_back(place);
    places[number].own = nameSeenFrom(Socket::of(place.address, place.port));
    result += places[number].own.empty() ? '0' : '1';
  }
  return result;
}

#if defined(PARLA_TORCH_C10D)

namespace {

// What knocked to see whether anybody is there has gone.
void dropWaiting(int socket) {
  const int flags = fcntl(socket, F_GETFL);
  fcntl(socket, F_SETFL, flags | O_NONBLOCK);
  for (int visitor; (visitor = accept(socket, nullptr, nullptr)) >= 0;) ::close(visitor);
  fcntl(socket, F_SETFL, flags);
}

std::string shortened(const std::exception &error) {
  const auto *own = dynamic_cast<const c10::Error *>(&error);
  const std::string text = own ? own->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

// So long a sum may take; that somebody is lost is noticed long before, and not here.
constexpr std::chrono::minutes longest(30);

void wait(c10d::Work &work) {
  const auto start = std::chrono::steady_clock::now();
  while (!work.isCompleted()) {
    if (std::chrono::steady_clock::now() - start < std::chrono::microseconds(200)) sched_yield();
    else usleep(30);
  }
  if (const std::exception_ptr error = work.exception()) std::rethrow_exception(error);
  work.wait();
}

void sumBy(c10d::Backend &group, const at::Tensor &numbers) {
  std::vector<at::Tensor> own{numbers};
  wait(*group.allreduce(own));
}

c10::intrusive_ptr<c10d::Backend> made(
    const at::Device &device, const c10::intrusive_ptr<c10d::Store> &store, int index, int count,
    const std::string &address, std::chrono::milliseconds timeout) {
#if defined(PARLA_TORCH_NCCL)
  if (device.is_cuda()) {
    const auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = longest;
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, index, count, options);
  }
#endif
#if defined(PARLA_TORCH_GLOO)
  if (device.is_cpu()) {
    const auto options = c10d::ProcessGroupGloo::Options::create(timeout);
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(address));
    auto group = c10::make_intrusive<c10d::ProcessGroupGloo>(store, index, count, options);
    group->setTimeout(longest);
    return group;
  }
#endif
  throw std::runtime_error("no group for " + device.str());
}

}  // namespace

// What the thread that joins shares with the one that waits for it; the first may hang in NCCL for longer than anybody wants to wait.
struct Exchange::Group {
  std::mutex mutex;
  std::condition_variable changed;
  bool isDone = false;
  std::string problem;
  c10::intrusive_ptr<c10d::Backend> backend;
};

void Exchange::join(int number, int index, int count, double seconds) {
  if (number < 0 || static_cast<size_t>(number) >= places.size()) throw std::runtime_error("no such place");
  Place chosen = places[static_cast<size_t>(number)];
  // From here on nobody is listened to elsewhere.
  places[static_cast<size_t>(number)].socket = -1;
  close();
  if (chosen.socket >= 0) dropWaiting(chosen.socket);
  group = std::make_shared<Group>();
  const auto timeout = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  std::thread([own = group, device = device, chosen, index, count, timeout] {
    std::string problem;
    c10::intrusive_ptr<c10d::Backend> backend;
    try {
      const at::NoGradGuard noGrad;
      const c10::DeviceGuard guard(device);
      c10d::TCPStoreOptions options;
      options.port = static_cast<uint16_t>(chosen.port);
      options.isServer = index == 0;
      options.waitWorkers = false;
      options.timeout = timeout;
      if (index == 0) options.masterListenFd = chosen.socket;
      backend = made(
          device, c10::make_intrusive<c10d::TCPStore>(chosen.address, options), index, count, chosen.own, timeout);
      // NCCL connects with the first sum.
      const at::Tensor ones = at::ones({64}, at::TensorOptions(device).dtype(at::kFloat));
      sumBy(*backend, ones);
      const float found = ones.min().item<float>();
      if (found != static_cast<float>(count))
        throw std::runtime_error("a sum of " + std::to_string(count) + " ones is " + std::to_string(found));
    } catch (const std::exception &error) {
      problem = shortened(error);
    } catch (...) {
      problem = "an unknown exception";
    }
    const std::lock_guard<std::mutex> lock(own->mutex);
    own->isDone = true;
    own->problem = problem;
    own->backend = backend;
    own->changed.notify_all();
  }).detach();
  std::unique_lock<std::mutex> lock(group->mutex);
  if (!group->changed.wait_for(lock, timeout, [&] { return group->isDone; }))
    throw std::runtime_error("not all processes have joined within " + std::to_string(timeout.count() / 1000) + " s");
  if (!group->problem.empty()) throw std::runtime_error(group->problem);
}

void Exchange::leave() {
  close();
  const std::shared_ptr<Group> own = std::move(group);
  if (!own) return;
  const std::lock_guard<std::mutex> lock(own->mutex);
  if (own->backend && own->problem.empty()) own->backend->shutdown();
  own->backend.reset();
}

bool Exchange::isJoined() const { return group && group->backend; }

void Exchange::sum(at::Tensor numbers) {
  if (!isJoined()) throw std::runtime_error("gradients are to be summed with processes that have not been joined");
  sumBy(*group->backend, numbers);
}

#else

struct Exchange::Group {};

void Exchange::join(int, int, int, double) { throw std::runtime_error("compiled without NCCL and Gloo"); }

void Exchange::leave() { close(); }

bool Exchange::isJoined() const { return false; }

void Exchange::sum(at::Tensor) { throw std::runtime_error("compiled without NCCL and Gloo"); }

#endif

namespace {

struct Total : torch::autograd::Function<Total> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &numbers, int64_t exchange) {
    context->saved_data["exchange"] = exchange;
    return summed(numbers, exchange);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, const torch::autograd::variable_list &gradients) {
    return {summed(gradients[0], context->saved_data["exchange"].toInt()), at::Tensor()};
  }

  static at::Tensor summed(const at::Tensor &numbers, int64_t exchange) {
    at::Tensor result = numbers.detach().clone(at::MemoryFormat::Contiguous);
    reinterpret_cast<Exchange *>(exchange)->sum(result);
    return result;
  }
};

}  // namespace

at::Tensor Exchange::total(const at::Tensor &numbers) {
  return Total::apply(numbers, static_cast<int64_t>(reinterpret_cast<intptr_t>(this)));
}

}  // namespace parla
