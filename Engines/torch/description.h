// The description of a training: the graph, its parameters, where and how to compute.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace parla {

// A value of JSON (RFC 8259).
struct Value {
  enum Kind { null, flag, number, text, list, object } kind = null;
  double numeric = 0;
  std::string string;
  std::vector<Value> items;
  std::map<std::string, Value> members;

  static Value parse(const std::string &json);

  bool has(const std::string &name) const { return members.count(name) > 0; }
  const Value &at(const std::string &name) const;
  int64_t integer() const { return static_cast<int64_t>(real()); }
  double real() const;
  bool isTrue() const { return kind == flag && numeric != 0; }
  const std::string &word() const;
  std::vector<int64_t> integers() const;
};

using Shape = std::vector<int64_t>;

// A node of the graph, with every field spelt out.
struct NodeDescription {
  std::string kind, name;
  // Nodes by their number; the graph's inputs are -1, -2, ….
  std::vector<int64_t> inputs;
  // The node whose weights are used: itself, mostly.
  int64_t owner = 0;
  int64_t firstParameter = 0, firstBuffer = 0;
  std::vector<Shape> parameters, buffers;
  // The axes of a frame that comes out.
  Shape frame;
  Value fields;

  const Value &field(const std::string &key) const;
};

struct OptimizerDescription {
  std::string method;
  double beta1 = 0, beta2 = 0, epsilon = 0, momentum = 0, decay = 0, weightDecay = 0;
  bool isNesterov = false;
};

struct Description {
  std::vector<Shape> inputs;
  std::vector<NodeDescription> nodes;
  // An order in which every node comes after those that it needs.
  std::vector<int64_t> order;
  int64_t output = 0;
  OptimizerDescription optimizer;
  std::string device, precision;
  int threads = 1;
  bool mayUseHalf = true;

  static Description read(const std::string &json);

  // The axes of the frames of `source`, a node or an input.
  const Shape &frame(int64_t source) const {
    return source < 0 ? inputs.at(static_cast<size_t>(-1 - source))
                      : nodes.at(static_cast<size_t>(source)).frame;
  }
};

inline int64_t product(const Shape &shape) {
  int64_t result = 1;
  for (int64_t length : shape) result *= length;
  return result;
}

}  // namespace parla
