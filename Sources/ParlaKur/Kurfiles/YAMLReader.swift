import Foundation
import Yams

/// Reads YAML 1.1 as PyYAML 3.12 does: yes and no are booleans, 010 is eight, 1:30 is ninety, `<<` merges, and of
/// equal keys the last counts.
///
/// Tags that would make Python objects are refused: a Kurfile is data, never code.
struct YAMLReader {
  private let path: String
  private let text: String
  /// How many values may still be made: aliases of aliases could make more than any memory holds.
  private var valuesLeft = TemplateLimits.largestCount

  /// The value that `text` holds, nothing for an empty text; `path` is for messages.
  static func value(of text: String, path: String) throws(KurError) -> PythonValue {
    var reader = YAMLReader(path: path, text: text)
    guard let root = try reader.root() else { return .none }
    return try reader.value(of: root, depth: 0)
  }

  private init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  // MARK: - Syntax

  /// Makes the second of two equal keys distinct: the library refuses these, PyYAML takes the last.
  private static let repetition: Character = "\u{E000}"

  private static let plainTag = "plain"

  private func root() throws(KurError) -> Node? {
    var text = text
    // Each round marks one key that comes again; more than a Kurfile can have is damage.
    for _ in 0..<1000 {
      do {
        // The library's own idea of plain scalars must not come between: all have one tag until they are read.
        let resolver = try Resolver.basic.appending(Tag.Name(rawValue: Self.plainTag), "(?s).*")
        return try Parser(yaml: text, resolver: resolver).singleRoot()
      } catch YamlError.duplicatedKeysInMapping(_, let context) {
        guard let marked = Self.marking(context.mark, in: text) else { break }
        text = marked
      } catch {
        throw Self.error(error, path)
      }
    }
    throw .malformed(path: path, line: 1, column: 1, problem: "found the same keys again and again")
  }

  /// `text` with a mark in front of the key at `mark`.
  private static func marking(_ mark: Mark, in text: String) -> String? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.indices.contains(mark.line - 1) else { return nil }
    var line = Array(lines[mark.line - 1].unicodeScalars)
    var column = mark.column - 1
    guard line.indices.contains(column) else { return nil }
    if line[column] == "\"" || line[column] == "'" { column += 1 }
    line.insert(contentsOf: String(repetition).unicodeScalars, at: column)
    lines[mark.line - 1] = String(String.UnicodeScalarView(line))
    return lines.joined(separator: "\n")
  }

  private static func error(_ error: any Error, _ path: String) -> KurError {
    func malformed(_ context: YamlError.Context?, _ problem: String, _ mark: Mark) -> KurError {
      let before = context.map { $0.text.isEmpty ? "" : $0.text + ": " } ?? ""
      let problem =
        problem.contains("nesting level")
        ? "found levels in levels without end, expected fewer" : before + problem
      return .malformed(path: path, line: mark.line, column: mark.column, problem: problem)
    }
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _),
      YamlError.composer(let context, let problem, let mark, _):
      return malformed(context, problem, mark)
    case YamlError.reader(let problem, let offset, _, _):
      return .malformed(
        path: path, line: 1, column: (offset ?? 0) + 1, problem: problem)
    default: return .malformed(path: path, line: 1, column: 1, problem: "\(error)")
    }
  }

  // MARK: - Values

  private func problem(_ node: Node, _ problem: String) -> KurError {
    .malformed(
      path: path, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, problem: problem)
  }

  private mutating func value(of node: Node, depth: Int) throws(KurError) -> PythonValue {
    valuesLeft -= 1
    guard valuesLeft > 0 else {
      throw problem(node, "found more than \(TemplateLimits.largestCount) values, expected fewer")
    }
    guard depth <= TemplateLimits.largestDepth else {
      throw problem(node, "found more than \(TemplateLimits.largestDepth) levels, expected fewer")
    }
    switch node {
    case .scalar(let scalar): return try value(of: scalar, node)
    case .sequence(let sequence):
      return try list(Array(sequence), node, sequence.tag.rawValue, depth)
    case .mapping(let mapping):
      let pairs = try pairs(of: mapping, node, depth)
      switch Self.shortTag(mapping.tag.rawValue) {
      case "", "map": return .dictionary(PythonDictionary(pairs))
      case "set": return .set(PythonDictionary(pairs).keys)
      case let tag: throw unknownTag(tag, node)
      }
    case .alias: throw problem(node, "found an alias of nothing")
    }
  }

  private mutating func list(
    _ nodes: [Node], _ node: Node, _ tag: String, _ depth: Int
  ) throws(KurError) -> PythonValue {
    var items: [PythonValue] = []
    for item in nodes { items.append(try value(of: item, depth: depth + 1)) }
    switch Self.shortTag(tag) {
    case "", "seq": return .list(items)
    case "omap", "pairs":
      var pairs: [PythonValue] = []
      for item in items {
        guard let pair = item.dictionary?.pairs.first else {
          throw problem(node, "found a \(item.typeName), expected a mapping with one key")
        }
        pairs.append(.tuple([pair.key, pair.value]))
      }
      return .list(pairs)
    case let tag: throw unknownTag(tag, node)
    }
  }

  /// The pairs of a mapping; those that are merged into it come first, so that its own win.
  private mutating func pairs(
    of mapping: Node.Mapping, _ node: Node, _ depth: Int
  ) throws(KurError) -> [(PythonValue, PythonValue)] {
    var merged: [(PythonValue, PythonValue)] = []
    var own: [(PythonValue, PythonValue)] = []
    for (keyNode, valueNode) in mapping {
      if Self.isMergeKey(keyNode) {
        merged += try mergedPairs(valueNode, depth)
        continue
      }
      var key = try value(of: keyNode, depth: depth + 1)
      if case .string(let text) = key, text.first == Self.repetition {
        key = try value(of: Self.withoutRepetition(keyNode), depth: depth + 1)
      }
      guard key.isHashable else {
        throw problem(keyNode, "found a \(key.typeName) as a key, expected a text or a number")
      }
      own.append((key, try value(of: valueNode, depth: depth + 1)))
    }
    return merged + own
  }

  private static func isMergeKey(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
    return scalar.string.drop { $0 == repetition } == "<<"
  }

  private static func withoutRepetition(_ node: Node) -> Node {
    guard case .scalar(let scalar) = node else { return node }
    return .scalar(
      Node.Scalar(
        String(scalar.string.drop { $0 == repetition }), scalar.tag, scalar.style, scalar.mark))
  }

  private mutating func mergedPairs(
    _ node: Node, _ depth: Int
  ) throws(KurError) -> [(PythonValue, PythonValue)] {
    switch node {
    case .mapping(let mapping): return try pairs(of: mapping, node, depth + 1)
    case .sequence(let sequence):
      var merged: [[(PythonValue, PythonValue)]] = []
      for item in sequence {
        guard case .mapping(let mapping) = item else {
          throw problem(item, "expected a mapping for merging")
        }
        merged.append(try pairs(of: mapping, item, depth + 1))
      }
      // The first of several wins.
      return merged.reversed().flatMap(\.self)
    default: throw problem(node, "expected a mapping or a list of mappings for merging")
    }
  }

  private func value(of scalar: Node.Scalar, _ node: Node) throws(KurError) -> PythonValue {
    let tag = Self.shortTag(scalar.tag.rawValue)
    switch tag {
    case "" where scalar.style == .plain: return YAMLScalar.value(of: scalar.string)
    case "", "str": return .string(scalar.string)
    case "int", "float", "bool", "null", "timestamp":
      guard let value = YAMLScalar.value(of: scalar.string, as: tag) else {
        throw problem(node, "found \(scalar.string), expected a value of type \(tag)")
      }
      return value
    case "binary": return .other(type: "bytes", text: scalar.string)
    default: throw unknownTag(tag, node)
    }
  }

  private func unknownTag(_ tag: String, _ node: Node) -> KurError {
    problem(
      node,
      tag.hasPrefix("python/")
        ? "found the tag !!\(tag), which would run Python; expected data"
        : "found the unknown tag \(tag), expected one such as !!str or !!int")
  }

  /// The name of a tag of YAML itself; empty without a tag.
  private static func shortTag(_ tag: String) -> String {
    let prefix = "tag:yaml.org,2002:"
    switch tag {
    case plainTag: return ""
    case "!": return "str"
    default: return tag.hasPrefix(prefix) ? String(tag.dropFirst(prefix.count)) : tag
    }
  }
}
