extension TemplateFilters {
  /// What Kur adds (`kur/engine/jinja_engine.py`): parts of paths, as in `os.path`, and three for mappings.
  static let kur: [String: Filter] = [
    "basename": { value, _, _ in .string(parts(try path(value, "basename")).name) },
    "dirname": { value, _, _ in .string(parts(try path(value, "dirname")).folder) },
    "splitext": { value, _, _ in
      let path = try path(value, "splitext")
      let name = path.dropFirst(path.count - parts(path).name.count)
      let leadingDots = name.prefix { $0 == "." }.count
      guard let dot = name.dropFirst(leadingDots).lastIndex(of: ".") else {
        return .tuple([.string(path), .string("")])
      }
      return .tuple([.string(String(path[..<dot])), .string(String(path[dot...]))])
    },
    "combine": { value, arguments, _ in
      let new = arguments.optional("new") ?? .none
      guard var combined = value.dictionary else { throw typeError("combine", value, "a mapping") }
      guard new.isTrue else { return value }
      guard let added = new.dictionary else { throw typeError("combine", new, "a mapping") }
      for (key, value) in added.pairs { combined[key] = value }
      return .dictionary(combined)
    },
    "as_dict": { value, arguments, _ in
      let key = try arguments.required("key")
      try key.checkHashable()
      return .dictionary(PythonDictionary([(key, value)]))
    },
    "ternary": { value, arguments, _ in
      let (yes, no) = (
        try arguments.required("result_true"), try arguments.required("result_false")
      )
      return value.isTrue ? yes : no
    },
  ]

  private static func path(_ value: PythonValue, _ filter: String) throws -> String {
    guard let path = value.string else { throw typeError(filter, value, "a path") }
    return path
  }

  /// Python's `os.path.split`.
  private static func parts(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    let name = String(path[path.index(after: slash)...])
    var folder = path[...slash]
    guard folder.contains(where: { $0 != "/" }) else { return (String(folder), name) }
    while folder.last == "/" { folder.removeLast() }
    return (String(folder), name)
  }
}
