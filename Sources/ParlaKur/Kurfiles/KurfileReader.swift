import Foundation
import ParlaFiles

/// Reads a Kurfile with all files that it includes, before anything is evaluated.
struct KurfileReader {
  /// What the writer of the Kurfile should know, though it is no error.
  private(set) var notes: [String] = []
  private var readFiles: Set<FileIdentity> = []
  private let check: (_ includes: PythonValue, _ path: String) throws -> Void

  /// Makes a reader; `check` evaluates the list of includes, whose result does not count but whose errors do.
  init(check: @escaping (_ includes: PythonValue, _ path: String) throws -> Void) {
    self.check = check
  }

  /// How a file is joined with those that it includes.
  private enum Method: String, CaseIterable {
    case blend, merge, concat
  }

  private struct FileIdentity: Hashable {
    let device: UInt64
    let number: UInt64
  }

  /// The content of the file at `path`, YAML or JSON.
  static func content(of path: String) throws(KurError) -> PythonValue {
    let data: Data
    do { data = try FileContent.ofFile(path) } catch { throw .file(error) }
    guard let text = String(data: data, encoding: .utf8) else {
      throw .malformed(path: path, line: 1, column: 1, problem: "found other bytes, expected UTF-8")
    }
    switch path.fileExtension.lowercased() {
    case "yml", "yaml": return try YAMLReader.value(of: text, path: path)
    case "json": return try JSONText.value(of: text, path: path)
    default: throw .unknownFormat(path: path)
    }
  }

  /// The mapping of the file at `path`, joined with its includes by `method`, the name of one.
  ///
  /// - Throws: `KurError`.
  mutating func read(_ path: String, method name: PythonValue? = nil) throws -> PythonDictionary {
    guard try isNew(path) else {
      notes.append(
        "\(path) is included twice or includes itself; it is read once. Results may depend on the order."
      )
      return PythonDictionary()
    }
    let content = try Self.content(of: path)
    guard case .dictionary(var data) = content else {
      throw KurError.section(
        path: path, place: "the file", found: "a \(content.typeName)",
        expected: "a mapping with sections such as settings and model")
    }
    let method = try method(name, path)
    guard let includes = data["include"] else { return data }
    data["include"] = nil
    try check(includes, path)
    for include in try list(includes, path) {
      for (source, methodThere) in try sources(of: include, path) {
        data = Self.joined(try read(source, method: methodThere), data, method: method)
      }
    }
    return data
  }

  private mutating func isNew(_ path: String) throws(KurError) -> Bool {
    let attributes: [FileAttributeKey: Any]
    do {
      attributes = try FileManager.default.attributesOfItem(
        atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    } catch {
      throw .file(.unreadable(path: path, reason: systemReason(error)))
    }
    let number = (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
    let device = (attributes[.systemNumber] as? NSNumber)?.uint64Value ?? 0
    return readFiles.insert(FileIdentity(device: device, number: number)).inserted
  }
}

// MARK: - The include section

extension KurfileReader {
  private func method(_ name: PythonValue?, _ path: String) throws(KurError) -> Method {
    guard let name, name.isTrue else { return .blend }
    guard let method = name.string.flatMap(Method.init) else {
      throw .section(
        path: path, place: "include.method", found: name.text,
        expected: Method.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return method
  }

  private func list(_ includes: PythonValue, _ path: String) throws(KurError) -> [PythonValue] {
    if case .string = includes { return [includes] }
    guard let list = includes.sequence else {
      throw .section(
        path: path, place: "include", found: "a \(includes.typeName)",
        expected: "a path, or a list of paths and of mappings with source and method")
    }
    return list
  }

  /// The files that an entry names, each with the method for its own includes.
  private mutating func sources(
    of include: PythonValue, _ path: String
  ) throws(KurError) -> [(path: String, method: PythonValue?)] {
    if let pattern = include.string { return paths(pattern, path).map { ($0, nil) } }
    guard let entry = include.dictionary, let source = entry["source"] else {
      throw .section(
        path: path, place: "include", found: include.representation,
        expected: "a path, or a mapping with source")
    }
    for key in entry.keys where !["source", "method"].contains(key.text) {
      notes.append("\(path): include: the key \(key.text) has no meaning and is left out.")
    }
    var found: [(path: String, method: PythonValue?)] = []
    for pattern in source.sequence ?? [source] {
      found += paths(pattern.text, path).map { ($0, entry["method"]) }
    }
    return found
  }

  /// The files that match `pattern`, relative to the file at `path`.
  private mutating func paths(_ pattern: String, _ path: String) -> [String] {
    let folder = path.folderPath
    let isAbsolute = pattern.hasPrefix("/")
    let paths = PathPattern(isAbsolute || folder.isEmpty ? pattern : folder + "/" + pattern).paths()
    if paths.isEmpty {
      notes.append("\(path): include: no file matches \(pattern), so nothing is included.")
    }
    return paths
  }

  // MARK: - Joining

  /// `included` under `own`, which wins.
  private static func joined(
    _ included: PythonDictionary, _ own: PythonDictionary, method: Method
  ) -> PythonDictionary {
    var result = included
    for (key, value) in own.pairs {
      result[key] = included[key].map { joined($0, value, method: method) } ?? value
    }
    return result
  }

  private static func joined(
    _ included: PythonValue, _ own: PythonValue, method: Method
  ) -> PythonValue {
    if let included = included.dictionary, let own = own.dictionary {
      return .dictionary(joined(included, own, method: method))
    }
    guard let included = included.sequence, let own = own.sequence else { return own }
    switch method {
    case .merge: return .list(own)
    case .concat: return .list(included + own)
    case .blend:
      let both = zip(included, own).map { joined($0, $1, method: method) }
      return .list(both + (included.count > own.count ? included : own).dropFirst(both.count))
    }
  }
}
