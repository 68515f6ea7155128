import Foundation

/// A Kurfile: what a person writes to describe a model, its data and its training.
package struct Kurfile {
  /// Where it was read from.
  package let path: String

  /// The sections as written in the file and its includes, or with their templates evaluated.
  package private(set) var data: PythonDictionary

  /// The model, once the Kurfile is evaluated.
  package private(set) var containers: [KurContainer] = []

  /// What the writer should know, though it is no error.
  package private(set) var notes: [String]

  /// Each section with the names that it may have; the first is the one that counts.
  private static let sections: [[String]] = [
    ["settings"], ["train", "training"], ["validate", "validation"], ["test", "testing"],
    ["evaluate", "evaluation"], ["templates"], ["model"], ["loss"],
  ]

  /// All names of the section that has `name` as one.
  static func sectionNames(_ name: String) -> [String] {
    sections.first { $0.contains(name) } ?? [name]
  }

  /// Reads the file at `path`, in which `~` and `$NAME` are replaced, with its includes.
  ///
  /// - Throws: `KurError`.
  package init(path: String) throws {
    let path = KurPath.expanded(path)
    self.path = path
    var reader = KurfileReader { includes, path in
      _ = try KurEngine(path: path).evaluate(includes, isDeep: true, place: "include")
    }
    data = try reader.read(path)
    notes = reader.notes
  }

  /// Evaluates the sections, each with those before it in scope, and makes the containers of the model.
  ///
  /// In `data`, model and templates stay as they are, since what they mean depends on where they are used.
  ///
  /// - Throws: `KurError`.
  package mutating func evaluate(_ engine: KurEngine) throws {
    defer { notes += engine.notes }
    do { try evaluateSections(engine) } catch let error as KurError { throw error.located }
  }

  private mutating func evaluateSections(_ engine: KurEngine) throws {
    let first: [(PythonValue, PythonValue)] = [
      (.string("filename"), .string(path)), (.string("raw"), .dictionary(data)),
      (.string("host"), .string(ProcessInfo.processInfo.hostName)),
    ]
    var scopes = [PythonDictionary(first)]
    for names in Self.sections {
      switch names[0] {
      case "templates": try checkTemplates()
      case "model":
        containers = try engine.with(scopes + [parsed], place: "model") {
          let parser = try ContainerParser(self, engine)
          defer { notes += parser.notes }
          return try parser.containers(model(), place: "model")
        }
      default: try evaluateSection(names, &scopes, engine)
      }
    }
    noteUnread()
  }

  /// Names sections, and settings of sections that test a model, that nothing reads; Kur leaves them out without a word.
  private mutating func noteUnread() {
    let names = Self.sections.flatMap(\.self)
    // `include` is gone by now; what came of it is in the sections.
    for key in data.keys where !names.contains(key.text) {
      let suggestion = nearest(key.text, names + ["include"]).map { " Did you mean \($0)?" } ?? ""
      notes.append("\(path): \(key.text) is no section of a Kurfile, and is left out.\(suggestion)")
    }
    let common = ["data", "provider", "weights", "hooks"]
    for (section, known) in [
      ("validate", common), ("test", common), ("evaluate", common + ["destination"]),
    ] {
      for key in self.section(section)?.dictionary?.keys ?? [] where !known.contains(key.text) {
        let suggestion = nearest(key.text, known).map { "; did you mean \($0)?" } ?? ""
        let problem = KurError.section(
          path: path, place: section,
          found: "the setting \(key.text), which nothing reads\(suggestion)",
          expected: known.joined(separator: ", "))
        notes.append(problem.located.description)
      }
    }
  }

  private mutating func evaluateSection(
    _ names: [String], _ scopes: inout [PythonDictionary], _ engine: KurEngine
  ) throws {
    guard let name = names.first(where: { data[$0] != nil }), let section = data[name] else {
      return
    }
    let isSettings = name == "settings"
    var inner = scopes + [parsed]
    inner.append(PythonDictionary([(.string(name), section)]))
    if isSettings, let dictionary = section.dictionary { inner.append(dictionary) }
    let evaluated = try engine.with(inner, place: name) {
      try engine.evaluate(section, isDeep: true, place: name)
    }
    if isSettings {
      switch evaluated {
      case .none: break
      case .dictionary(let settings): scopes.append(settings)
      default:
        throw KurError.section(
          path: path, place: name, found: "a \(evaluated.typeName)",
          expected: "a mapping of names and values")
      }
    }
    scopes.append(PythonDictionary([(.string(name), evaluated)]))
    for name in names { data[name] = evaluated }
  }

  /// The sections as far as they are evaluated, for templates.
  private var parsed: PythonDictionary {
    PythonDictionary([(.string("parsed"), .dictionary(data))])
  }

  private func checkTemplates() throws(KurError) {
    guard let templates = data["templates"], templates.isTrue else { return }
    guard templates.dictionary != nil else {
      throw .section(
        path: path, place: "templates", found: "a \(templates.typeName)",
        expected: "a mapping of names and lists of layers")
    }
  }

  private func model() throws(KurError) -> [PythonValue] {
    guard let model = data["model"] else {
      throw .section(path: path, place: "model", found: "nothing", expected: "a list of layers")
    }
    guard let layers = model.sequence else {
      throw .section(
        path: path, place: "model", found: "a \(model.typeName)", expected: "a list of layers")
    }
    return layers
  }
}
