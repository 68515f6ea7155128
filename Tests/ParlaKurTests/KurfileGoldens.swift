import Foundation
import ParlaTestSupport

@testable import ParlaKur

/// Kurfiles with what Kur 0.7 dumps of them, before and after it evaluates their templates.
struct KurfileGolden: Sendable {
  let name: String
  let kurfile: String
  let files: [(path: String, text: String)]
  /// JSON in one line; nil where Kur fails.
  let dump: String?
  let dumpBefore: String?
  /// The containers of the model, by Kur's own names.
  let containers: String?

  static func all() throws -> [KurfileGolden] {
    let path = Fixture.path("kur/templates-kur-0.7.json")
    let cases = try JSONText.value(of: String(contentsOfFile: path, encoding: .utf8), path: path)
    return try (cases.dictionary?.pairs ?? []).map { name, value in
      let entry = value.dictionary ?? PythonDictionary()
      func json(_ key: String) throws -> String? {
        guard let value = entry[key], value != PythonValue.none else { return nil }
        return try PythonJSON().text(of: value)
      }
      return KurfileGolden(
        name: name.text, kurfile: entry["kurfile"]?.text ?? "",
        files: (entry["files"]?.dictionary?.pairs ?? []).map { ($0.key.text, $0.value.text) },
        dump: try json("dump"), dumpBefore: try json("dumpBefore"),
        containers: try json("containers"))
    }
  }

  /// Runs `body` with the path of the Kurfile, all files next to it.
  func withFiles<Result>(_ body: (String) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      for (path, text) in files {
        let url = URL(fileURLWithPath: folder + "/" + path)
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
      }
      return try body(folder + "/" + kurfile)
    }
  }
}

extension KurContainer {
  /// The container as Kur lists its objects.
  var listing: PythonValue {
    let names = ["type": "attr_type", "shape": "_shape"]
    var fields = PythonDictionary(
      parameters.pairs.map { (.string(names[$0.key.text] ?? $0.key.text), $0.value) })
    if kind == "debug" { fields["message"] = PythonValue.none }
    fields["type"] = .string(kind)
    fields["name"] = .string(name)
    fields["tags"] = .list(tags)
    fields["oldest"] = .list(oldest)
    fields["inputs"] = .list(inputs)
    fields["sink"] = .bool(isSink)
    fields["freeze"] = isFrozen.map { .bool($0) } ?? PythonValue.none
    fields["when"] = .bool(isActive)
    fields["children"] = .list(children.map(\.listing))
    return .dictionary(fields)
  }
}
