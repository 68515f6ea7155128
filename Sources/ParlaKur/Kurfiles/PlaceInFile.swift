import Foundation
import Yams

/// Finds the line of a Kurfile that a way through it leads to, such as `model[3].for[0].recurrent`.
struct PlaceInFile {
  private let root: Node

  /// Reads the file at `path`; nil where it is none that can be read.
  init?(path: String) {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let root = try? Parser(yaml: text).singleRoot()
    else { return nil }
    self.root = root
  }

  /// The line of `place`, or of the closest entry around it in the file itself; nil if not even its section is there.
  func line(of place: String) -> Int? {
    var node = root
    var key = ""
    var line: Int?
    for step in Self.steps(place) {
      let next: Node?
      switch step {
      case .name(let name):
        key = name
        next = node.mapping?[name]
      case .index(let index): next = items(of: node, key)?[safe: index]
      }
      guard let next else { break }
      node = next
      line = next.mark?.line ?? line
    }
    return line
  }

  private enum Step {
    case name(String)
    case index(Int)
  }

  /// The parts of `place`; what follows a space is for people.
  private static func steps(_ place: String) -> [Step] {
    var steps: [Step] = []
    for part in place.prefix(while: { $0 != " " }).split(separator: ".") {
      let pieces = part.split(separator: "[")
      if !part.hasPrefix("["), let name = pieces.first { steps.append(.name(String(name))) }
      for piece in pieces where piece.hasSuffix("]") {
        if let index = Int(piece.dropLast()) { steps.append(.index(index)) }
      }
    }
    return steps
  }

  /// The containers in `node`, the value of `key`: a list, what a loop or `parallel` does, or what a template consists of.
  private func items(of node: Node, _ key: String) -> [Node]? {
    if let list = node.sequence { return Array(list) }
    for name in ["iterate", "apply"] {
      if let list = node.mapping?[name]?.sequence { return Array(list) }
    }
    guard let template = root.mapping?["templates"]?.mapping?[key] else { return nil }
    return template.sequence.map { Array($0) } ?? [template]
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension KurError {
  /// The same error with the line of the file, where it is about an entry of a Kurfile.
  var located: KurError {
    switch self {
    case .section(let path, let place, let found, let expected):
      guard let line = PlaceInFile(path: path)?.line(of: place) else { return self }
      return .section(path: "\(path):\(line)", place: place, found: found, expected: expected)
    case .template(let path, let place, let text, let error):
      guard let line = PlaceInFile(path: path)?.line(of: place) else { return self }
      return .template(path: "\(path):\(line)", place: place, text: text, error)
    default: return self
    }
  }
}
