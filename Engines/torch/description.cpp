#include "description.h"

#include <cmath>
#include <cstdlib>

namespace parla {
namespace {

class Reader {
 public:
  explicit Reader(const std::string &text) : text(text) {}

  Value whole() {
    Value value = next();
    skip();
    if (place != text.size()) fail();
    return value;
  }

 private:
  const std::string &text;
  size_t place = 0;

  [[noreturn]] void fail() const {
    throw std::runtime_error("settings: no JSON at byte " + std::to_string(place));
  }

  void skip() {
    while (place < text.size() && std::string(" \t\r\n").find(text[place]) != std::string::npos)
      place++;
  }

  bool take(char c) {
    skip();
    if (place >= text.size() || text[place] != c) return false;
    place++;
    return true;
  }

  void expect(char c) {
    if (!take(c)) fail();
  }

  bool takeWord(const char *word) {
    const std::string expected(word);
    if (text.compare(place, expected.size(), expected) != 0) return false;
    place += expected.size();
    return true;
  }

  Value next() {
    Value value;
    if (take('{')) {
      value.kind = Value::object;
      if (take('}')) return value;
      do {
        std::string key = string();
        expect(':');
        value.members[key] = next();
      } while (take(','));
      expect('}');
    } else if (take('[')) {
      value.kind = Value::list;
      if (take(']')) return value;
      do value.items.push_back(next());
      while (take(','));
      expect(']');
    } else if (place < text.size() && text[place] == '"') {
      value.kind = Value::text;
      value.string = string();
    } else if (takeWord("true")) {
      value.kind = Value::flag;
      value.numeric = 1;
    } else if (takeWord("false")) {
      value.kind = Value::flag;
    } else if (!takeWord("null")) {
      char *end = nullptr;
      value.kind = Value::number;
      value.numeric = std::strtod(text.c_str() + place, &end);
      if (end == text.c_str() + place) fail();
      place = static_cast<size_t>(end - text.c_str());
    }
    return value;
  }

  std::string string() {
    expect('"');
    std::string result;
    while (place < text.size() && text[place] != '"') {
      char c = text[place++];
      if (c != '\\') {
        result += c;
        continue;
      }
      if (place >= text.size()) fail();
      c = text[place++];
      if (c == 'u') {
        append(result, code());
      } else {
        static const std::string from = "nrtbf", to = "\n\r\t\b\f";
        const size_t known = from.find(c);
        result += known == std::string::npos ? c : to[known];
      }
    }
    expect('"');
    return result;
  }

  // A UTF-16 unit, or two that belong together.
  uint32_t code() {
    auto unit = [&]() -> uint32_t {
      if (place + 4 > text.size()) fail();
      const uint32_t value =
          static_cast<uint32_t>(std::strtoul(text.substr(place, 4).c_str(), nullptr, 16));
      place += 4;
      return value;
    };
    const uint32_t high = unit();
    if (high < 0xd800 || high > 0xdbff || !takeWord("\\u")) return high;
    return 0x10000 + ((high - 0xd800) << 10) + (unit() - 0xdc00);
  }

  static void append(std::string &text, uint32_t code) {
    if (code < 0x80) {
      text += static_cast<char>(code);
      return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const int head[] = {0, 0xc0, 0xe0, 0xf0};
    text += static_cast<char>(head[more] | (code >> (6 * more)));
    for (int part = more - 1; part >= 0; part--)
      text += static_cast<char>(0x80 | ((code >> (6 * part)) & 0x3f));
  }
};

Shape shape(const Value &value) { return value.integers(); }

std::vector<Shape> shapes(const Value &value) {
  std::vector<Shape> result;
  for (const Value &item : value.items) result.push_back(shape(item));
  return result;
}

NodeDescription node(const Value &value) {
  NodeDescription node;
  node.kind = value.at("kind").word();
  node.name = value.at("name").word();
  node.inputs = value.at("sources").integers();
  node.owner = value.at("owner").integer();
  node.firstParameter = value.at("firstParameter").integer();
  node.firstBuffer = value.at("firstBuffer").integer();
  node.parameters = shapes(value.at("parameters"));
  node.buffers = shapes(value.at("buffers"));
  node.frame = shape(value.at("frame"));
  node.fields = value.at("fields");
  return node;
}

OptimizerDescription optimizer(const Value &value) {
  OptimizerDescription result;
  auto number = [&](const char *name) { return value.has(name) ? value.at(name).real() : 0.0; };
  result.method = value.at("method").word();
  result.beta1 = number("beta1");
  result.beta2 = number("beta2");
  result.epsilon = number("epsilon");
  result.momentum = number("momentum");
  result.decay = number("decay");
  result.weightDecay = number("weight_decay");
  result.isNesterov = value.has("nesterov") && value.at("nesterov").isTrue();
  return result;
}

}  // namespace

Value Value::parse(const std::string &json) { return Reader(json).whole(); }

const Value &Value::at(const std::string &name) const {
  const auto found = members.find(name);
  if (found == members.end()) throw std::runtime_error("settings: found no `" + name + "`");
  return found->second;
}

double Value::real() const {
  if (kind != number) throw std::runtime_error("settings: found no number where one is expected");
  return numeric;
}

const std::string &Value::word() const {
  if (kind != text) throw std::runtime_error("settings: found no text where one is expected");
  return string;
}

std::vector<int64_t> Value::integers() const {
  std::vector<int64_t> result;
  for (const Value &item : items) result.push_back(item.integer());
  return result;
}

const Value &NodeDescription::field(const std::string &key) const {
  const auto found = fields.members.find(key);
  if (found == fields.members.end())
    throw std::runtime_error(name + ": found no field `" + key + "` of " + kind);
  return found->second;
}

Description Description::read(const std::string &json) {
  const Value value = Value::parse(json);
  Description result;
  result.inputs = shapes(value.at("inputs"));
  for (const Value &item : value.at("nodes").items) result.nodes.push_back(node(item));
  result.order = value.at("order").integers();
  result.output = value.at("output").integer();
  result.optimizer = parla::optimizer(value.at("optimizer"));
  result.device = value.at("device").word();
  result.precision = value.at("precision").word();
  result.threads = static_cast<int>(value.at("threads").integer());
  result.mayUseHalf = value.at("mayUseHalf").isTrue();
  return result;
}

}  // namespace parla
