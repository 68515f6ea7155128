// Sums over several processes by c10d, libtorch's own means: NCCL from card to card, Gloo on processors.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

namespace parla {

class Exchange {
 public:
  // "nccl" or "gloo"; empty where the library was compiled without it.
  static const char *kind(const at::Device &device);

  explicit Exchange(const at::Device &device);
  ~Exchange();

  // Listens on an address of each network of this host, or on that of the machine itself: lines of addresses and ports.
  std::string listen(bool isLocal);

  // For each line of `places`, 1 where it answers; what this host is called on that way is kept.
  std::string reach(const std::string &places);

  // Joins by the place that all reach.
  void join(int place, int index, int count, double seconds);
  void leave();
  bool isJoined() const;

  // Waits politely, so that other threads see meanwhile whether the others live.
  void sum(at::Tensor numbers);

  // A sum whose way back is a sum again: what each process computes from it depends on what all have put in.
  at::Tensor total(const at::Tensor &numbers);

 private:
  struct Place {
    std::string address;
    int port = 0;
    // Of the first process: where it listens.
    int socket = -1;
    // What this host is called on the way there; empty where nothing answers.
    std::string own;
  };
  struct Group;

  at::Device device;
  std::vector<Place> places;
  std::shared_ptr<Group> group;

  void close();
};

}  // namespace parla
