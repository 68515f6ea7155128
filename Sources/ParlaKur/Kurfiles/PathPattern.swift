import Foundation

/// Paths that match a pattern with `*`, `?`, `[…]` and `**`, as with Python's `glob`, in order.
struct PathPattern {
  private let pattern: String

  init(_ pattern: String) { self.pattern = pattern }

  /// The paths that exist and match; relative ones if the pattern is.
  func paths() -> [String] {
    guard Self.hasWildcards(pattern) else {
      return FileManager.default.fileExists(atPath: pattern) ? [pattern] : []
    }
    let parts = pattern.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    var found = [pattern.hasPrefix("/") ? "/" : ""]
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      found = found.flatMap { Self.matches(part, in: $0, isLast: isLast) }
    }
    return found
  }

  private static func hasWildcards(_ text: String) -> Bool {
    text.contains { "*?[".contains($0) }
  }

  private static func matches(_ part: String, in folder: String, isLast: Bool) -> [String] {
    if part == "**" {
      return isLast ? tree(folder, withFiles: true) : [folder] + tree(folder, withFiles: false)
    }
    guard hasWildcards(part) else {
      let path = folder + separator(folder) + part
      return FileManager.default.fileExists(atPath: path) ? [path] : []
    }
    return names(in: folder).filter { matches(Array($0)[...], Array(part)[...]) }.map {
      folder + separator(folder) + $0
    }
  }

  private static func separator(_ folder: String) -> String {
    folder.isEmpty || folder.hasSuffix("/") ? "" : "/"
  }

  /// What `folder` holds, without what is hidden.
  private static func names(in folder: String) -> [String] {
    let content = try? FileManager.default.contentsOfDirectory(
      atPath: folder.isEmpty ? "." : folder)
    return (content ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }

  /// All folders below `folder`, and with `withFiles` all files; links to folders are not followed.
  private static func tree(_ folder: String, withFiles: Bool) -> [String] {
    names(in: folder).flatMap { name -> [String] in
      let path = folder + separator(folder) + name
      let type =
        try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
      if type == .typeDirectory { return [path] + tree(path, withFiles: withFiles) }
      return withFiles ? [path] : []
    }
  }

  /// Whether `name` matches `pattern`, a part of a path.
  private static func matches(
    _ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>
  ) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    switch first {
    case "*":
      return (name.startIndex...name.endIndex).contains {
        matches(name[$0...], pattern.dropFirst())
      }
    case "?": return !name.isEmpty && matches(name.dropFirst(), pattern.dropFirst())
    case "[":
      let body = pattern.dropFirst()
      let isNegated = body.first == "!"
      let set = isNegated ? body.dropFirst() : body
      guard let end = set.dropFirst().firstIndex(of: "]") else {
        return name.first == "[" && matches(name.dropFirst(), body)
      }
      guard let character = name.first,
        holds(set[..<end], character) != isNegated
      else { return false }
      return matches(name.dropFirst(), pattern[(end + 1)...])
    default: return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
    }
  }

  private static func holds(_ set: ArraySlice<Character>, _ character: Character) -> Bool {
    var rest = set
    while let first = rest.popFirst() {
      if rest.first == "-", let last = rest.dropFirst().first {
        if first <= last, first...last ~= character { return true }
        rest = rest.dropFirst(2)
      } else if first == character {
        return true
      }
    }
    return false
  }
}
