/// Makes containers of the entries of a model, in their order: each may refer to those before it.
///
/// Kur 0.7, `kur/containers/`: arguments are evaluated where they are used, in the innermost scope.
package final class ContainerParser {
  let engine: KurEngine
  private let templates: PythonDictionary
  private var unnamedCounts: [String: Int] = [:]
  private var depth = 0
  private var containerCount = 0

  /// What should be known of the entries, though it is no error.
  package private(set) var notes: [String] = []

  /// Makes a parser for the model of `kurfile`, which was evaluated by `engine`.
  ///
  /// - Throws: `KurError.section` when a template has the name of a layer.
  package init(_ kurfile: Kurfile, _ engine: KurEngine) throws(KurError) {
    self.engine = engine
    templates = kurfile.data["templates"]?.dictionary ?? PythonDictionary()
    for name in templates.keys where KurContainer.kinds.contains(name.text.lowercased()) {
      throw .section(
        path: engine.path, place: "templates", found: "the name \(name.text)",
        expected: "one that no layer has")
    }
  }

  /// The containers of `entries`, a list at `place`.
  package func containers(
    _ entries: [PythonValue], place: String
  ) throws(KurError) -> [KurContainer] {
    var containers: [KurContainer] = []
    for (index, entry) in entries.enumerated() {
      let place = "\(place)[\(index)]"
      containers.append(try container(engine.evaluate(entry, place: place), place: place))
    }
    return containers
  }

  func failure(_ place: String, _ found: String, _ expected: String) -> KurError {
    .section(path: engine.path, place: place, found: found, expected: expected)
  }

  private func container(
    _ entry: PythonValue, place: String
  ) throws(KurError) -> KurContainer {
    depth += 1
    containerCount += 1
    defer { depth -= 1 }
    guard depth <= TemplateLimits.largestDepth else {
      throw failure(place, "containers in containers without end", "a template that ends")
    }
    guard containerCount <= Self.mostContainers else {
      throw failure(
        place, "more than \(Self.mostContainers) layers and loops", "a model of fewer")
    }
    let (kind, fields, key) = try identified(entry, place: place)
    let place = "\(place).\(key)"
    var container = KurContainer(kind: kind, name: try name(fields, kind, place), place: place)
    try readTags(fields, place, into: &container)
    let argument = try engine.evaluate(fields[key] ?? .none, place: place)
    noteUnread(fields, kind, key, argument, place)
    try readState(fields, place, into: &container)
    try parse(&container, argument, template: key, place)
    engine.register(name: container.name, tags: container.tags)
    return container
  }

  /// What `entry` is: a mapping with the name of a layer or a template; a bare text is one without arguments.
  private func identified(
    _ entry: PythonValue, place: String
  ) throws(KurError) -> (kind: String, fields: PythonDictionary, key: String) {
    switch entry {
    case .string(let text):
      if templates[text] != nil {
        throw failure(
          place, "the template \(text) without arguments", "a mapping, such as \(text): {}")
      }
      guard KurContainer.kinds.contains(text) else {
        let suggestion = nearest(text, KurContainer.kinds).map { "; did you mean \($0)?" } ?? ""
        throw failure(
          place, "\(text), which is no layer\(suggestion)",
          "the name of a layer without arguments, or a mapping such as activation: relu")
      }
      return (text, PythonDictionary([(entry, .none)]), text)
    case .dictionary(let fields):
      if let kind = KurContainer.kinds.first(where: { fields[$0] != nil }) {
        return (kind, fields, kind)
      }
      let names = fields.keys.filter { templates[$0] != nil }
      guard names.count <= 1 else {
        throw failure(
          place, "the templates \(names.map(\.text).joined(separator: " and "))", "one of them")
      }
      guard let name = names.first?.text else {
        let known = KurContainer.kinds + templates.keys.map(\.text)
        let suggestion = fields.keys.lazy.compactMap { nearest($0.text, known) }.first
        throw failure(
          place, entry.representation + (suggestion.map { "; did you mean \($0)?" } ?? ""),
          "a layer or a template")
      }
      return ("meta", fields, name)
    default: throw failure(place, "a \(entry.typeName)", "a layer: a mapping with its name")
    }
  }

  // MARK: - What all containers have

  private func name(
    _ fields: PythonDictionary, _ kind: String, _ place: String
  ) throws(KurError) -> String {
    if let name = fields["name"] { return try engine.evaluate(name, place: place + ".name").text }
    if kind == "input" || kind == "output", let argument = fields[kind],
      case .string(let name) = try engine.evaluate(argument, place: place)
    {
      return name
    }
    let number = unnamedCounts[kind, default: 0]
    unnamedCounts[kind] = number + 1
    return "..\(kind).\(number)"
  }

  private func list(
    _ value: PythonValue?, _ place: String
  ) throws(KurError) -> [PythonValue] {
    guard let value else { return [] }
    let evaluated = try engine.evaluate(value, isDeep: true, place: place)
    return evaluated.sequence ?? [evaluated]
  }

  private func readTags(
    _ fields: PythonDictionary, _ place: String, into container: inout KurContainer
  ) throws(KurError) {
    container.tags = try list(fields["tag"], place + ".tag")
    container.oldest = try list(fields["oldest"], place + ".oldest")
  }

  private func readState(
    _ fields: PythonDictionary, _ place: String, into container: inout KurContainer
  ) throws(KurError) {
    container.inputs = try list(fields["inputs"], place + ".inputs")
    container.isSink = container.kind == "output"
    if let freeze = fields["freeze"] {
      switch try engine.evaluate(freeze, isDeep: true, place: place + ".freeze") {
      case .bool(let value): container.isFrozen = value
      case .none: container.isFrozen = nil
      case let value: throw failure(place + ".freeze", value.representation, "yes or no")
      }
    }
    if let sink = fields["sink"] {
      let value = try engine.evaluate(sink, place: place + ".sink")
      switch (value, value.string?.lowercased()) {
      case _ where container.kind == "output": break
      case (.bool(let isSink), _): container.isSink = isSink
      case (_, "yes"?), (_, "true"?), (_, "on"?): container.isSink = true
      case (_, "no"?), (_, "false"?), (_, "off"?): container.isSink = false
      default: throw failure(place + ".sink", value.representation, "yes or no")
      }
    }
    if let when = fields["when"] {
      container.isActive = try engine.evaluate(when, isDeep: true, place: place + ".when").isTrue
    }
  }

  /// Names settings that nothing reads; Kur leaves them out without a word.
  private func noteUnread(
    _ fields: PythonDictionary, _ kind: String, _ key: String, _ argument: PythonValue,
    _ place: String
  ) {
    func note(_ names: [PythonValue], _ known: [String]) {
      for name in names where !known.contains(name.text) {
        let suggestion = nearest(name.text, known).map { "; did you mean \($0)?" } ?? ""
        self.note(
          failure(
            place, "the setting \(name.text), which nothing reads" + suggestion,
            known.joined(separator: ", ")))
      }
    }
    note(fields.keys, KurContainer.settings + [key])
    if let known = LayerParameters.settings[kind], let settings = argument.dictionary {
      note(settings.keys, known)
    }
  }

  /// Notes `problem` once: a loop reads its layers again and again.
  private func note(_ problem: KurError) {
    let text = problem.located.description
    if !notes.contains(text) { notes.append(text) }
  }

  // MARK: - What each kind has

  private func parse(
    _ container: inout KurContainer, _ argument: PythonValue, template: String, _ place: String
  ) throws(KurError) {
    switch container.kind {
    case "meta": try expand(template, argument, place, into: &container)
    case "for": try loop(argument, place, into: &container)
    case "for_each": try loopOverItems(argument, place, into: &container)
    case "parallel":
      let target = try required(argument, "apply", place)
      container.children = try containers(try sequence(target, place + ".apply"), place: place)
    case "assert":
      let condition = try engine.evaluate(argument, isDeep: true, place: place)
      guard condition.isTrue else {
        throw failure(place, condition.representation, "a condition that holds")
      }
      container.parameters["condition"] = condition
    case "debug": container.parameters["message"] = argument
    default:
      container.parameters = try LayerParameters(
        kind: container.kind, argument, place, parser: self
      ).checked()
    }
  }

  func required(
    _ argument: PythonValue, _ name: String, _ place: String
  ) throws(KurError) -> PythonValue {
    guard let value = argument.dictionary?[name] else {
      throw failure(place, "no \(name)", "a mapping with \(name)")
    }
    return try engine.evaluate(value, place: "\(place).\(name)")
  }

  private func sequence(
    _ value: PythonValue, _ place: String
  ) throws(KurError) -> [PythonValue] {
    guard let items = value.sequence else {
      throw failure(place, "a \(value.typeName)", "a list")
    }
    return items
  }

  /// Runs `body` with a name in scope, and gives a child's failure its own error.
  private func children(
    _ entries: [PythonValue], _ scopes: [PythonDictionary], _ place: String
  ) throws(KurError) -> [KurContainer] {
    do {
      return try engine.with(scopes, place: place) { try containers(entries, place: place) }
    } catch let error as KurError {
      throw error
    } catch {
      throw failure(place, "\(error)", "a list of containers")
    }
  }

  /// The containers of the template `name`, with its arguments and inputs in scope.
  private func expand(
    _ name: String, _ argument: PythonValue, _ place: String, into container: inout KurContainer
  ) throws(KurError) {
    guard let arguments = argument.dictionary else {
      throw failure(
        place, "a \(argument.typeName)", "a mapping of arguments, such as \(name): {}")
    }
    let template = templates[name] ?? .none
    let inputs =
      container.inputs.isEmpty ? engine.lastLayer.map { [$0] } ?? [] : container.inputs
    let outer = PythonDictionary([(.string("args"), argument), (.string("inputs"), .list(inputs))])
    container.children = try children(
      template.sequence ?? [template], [outer, arguments], place)
  }

  /// No network with more layers fits into memory.
  private static let mostRounds = 10_000

  /// What loops in loops and templates in templates may make together.
  private static let mostContainers = 2 * mostRounds

  private func loop(
    _ argument: PythonValue, _ place: String, into container: inout KurContainer
  ) throws(KurError) {
    let range = try required(argument, "range", place)
    guard let limit = integer(range) else {
      throw failure(place + ".range", range.representation, "an integer")
    }
    guard limit <= Self.mostRounds else {
      throw failure(place + ".range", "\(limit)", "at most \(Self.mostRounds)")
    }
    let index =
      try argument.dictionary?["with_index"].map { value throws(KurError) in
        try engine.evaluate(value, place: place + ".with_index").text
      } ?? "index"
    let entries = try sequence(try required(argument, "iterate", place), place + ".iterate")
    if limit < 0 { note(failure(place + ".range", "\(limit), which makes no layer", "0 or more")) }
    container.parameters["limit"] = .int(limit)
    container.parameters["index"] = .string(index)
    for number in 0..<max(0, limit) {
      let scope = PythonDictionary([(.string(index), .int(number))])
      container.children += try children(entries, [scope], place)
    }
  }

  private func loopOverItems(
    _ argument: PythonValue, _ place: String, into container: inout KurContainer
  ) throws(KurError) {
    let items = try required(argument, "items", place)
    let name =
      try argument.dictionary?["loop_var"].map { value throws(KurError) in
        try engine.evaluate(value, place: place + ".loop_var").text
      } ?? "item"
    let entries = try sequence(try required(argument, "iterate", place), place + ".iterate")
    container.parameters["items"] = items
    container.parameters["loop_var"] = .string(name)
    let found: [PythonValue]
    do { found = try items.items(of: "for_each") } catch {
      throw failure(place + ".items", "a \(items.typeName)", "a list")
    }
    for item in found {
      let item = try engine.evaluate(item, isDeep: true, place: place + ".items")
      container.children += try children(
        entries, [PythonDictionary([(.string(name), item)])], place)
    }
  }

  /// Python's `int`: of a number, or of a text that spells one.
  func integer(_ value: PythonValue) -> Int? {
    switch value {
    case .string(let text): PythonNumberText.integer(text, base: 10)
    case .float(let number): Int(exactly: number.rounded(.towardZero))
    default: value.integer
    }
  }
}
