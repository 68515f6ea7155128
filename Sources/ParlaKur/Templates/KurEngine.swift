import Foundation

/// Evaluates the strings of a Kurfile: each is rendered until nothing changes, and what spells a Python value becomes it.
///
/// Kur 0.7, `kur/engine/engine.py` and `jinja_engine.py`. A string that grows with each rendering is an error.
package final class KurEngine {
  /// Where the Kurfile is, for messages and for the paths of `load_json`.
  let path: String
  private let globals = TemplateScope()
  private let layers = TemplateScope()
  private var scopes: [TemplateScope]

  /// What templates used that is undefined, and so became an empty text.
  private(set) var notes: [String] = []

  /// Makes an engine for the Kurfile at `path`; `gpuCount` is what `gpu_count()` says.
  package init(path: String, gpuCount: @escaping @Sendable () -> Int = { 0 }) {
    self.path = path
    let state = TemplateScope(in: globals)
    scopes = [state]
    for (name, value) in TemplateGlobals.all(path: path, gpuCount: gpuCount) {
      globals.set(name, to: value)
    }
    state.set("tags", to: .dictionary(PythonDictionary()))
    state.set("oldest", to: .dictionary(PythonDictionary()))
    state.set("layers", to: .list([]))
  }

  /// Runs `body` while the names of `dictionaries` hold, the last before all others.
  package func with<Result>(
    _ dictionaries: [PythonDictionary], place: String, _ body: () throws -> Result
  ) throws -> Result {
    let count = scopes.count
    defer { scopes.removeLast(scopes.count - count) }
    for dictionary in dictionaries {
      let scope = TemplateScope(in: scopes.last)
      for (key, value) in dictionary.pairs {
        guard let name = key.string else {
          throw KurError.section(
            path: path, place: place, found: "the key \(key.representation)",
            expected: "a text, since templates use the keys as names")
        }
        scope.set(name, to: value)
      }
      scopes.append(scope)
    }
    return try body()
  }

  /// `value` with its strings evaluated; those inside of lists and mappings too, if `isDeep` says so.
  ///
  /// `place` is the way through the Kurfile, for messages.
  ///
  /// - Throws: `KurError.template`.
  package func evaluate(
    _ value: PythonValue, isDeep: Bool = false, place: String
  ) throws(KurError) -> PythonValue {
    var depth = 0
    return try evaluate(value, isDeep: isDeep, place: place, &depth)
  }

  private func evaluate(
    _ value: PythonValue, isDeep: Bool, place: String, _ depth: inout Int
  ) throws(KurError) -> PythonValue {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateLimits.largestDepth else {
      throw .template(
        path: path, place: place, text: value.text,
        .growth(found: "values in values", expected: "at most \(TemplateLimits.largestDepth)"))
    }
    if case .string(let text) = value {
      let result: PythonValue
      do { result = try settled(text, place: place) } catch let error as TemplateError {
        throw .template(path: path, place: place, text: text, error)
      } catch {
        throw error as? KurError
          ?? .template(path: path, place: place, text: text, .undefined("\(error)"))
      }
      if case .string = result { return result }
      return isDeep ? try evaluate(result, isDeep: true, place: place, &depth) : result
    }
    guard isDeep else { return value }
    switch value {
    case .dictionary(let dictionary):
      var evaluated = PythonDictionary()
      for (key, value) in dictionary.pairs {
        evaluated[key] = try evaluate(value, isDeep: true, place: "\(place).\(key.text)", &depth)
      }
      return .dictionary(evaluated)
    case .list(let items): return .list(try evaluate(items, place, &depth))
    case .tuple(let items): return .tuple(try evaluate(items, place, &depth))
    default: return value
    }
  }

  private func evaluate(
    _ items: [PythonValue], _ place: String, _ depth: inout Int
  ) throws(KurError) -> [PythonValue] {
    var evaluated: [PythonValue] = []
    for (index, item) in items.enumerated() {
      evaluated.append(try evaluate(item, isDeep: true, place: "\(place)[\(index)]", &depth))
    }
    return evaluated
  }

  /// What `text` is when rendering it does not change it any more.
  private func settled(_ text: String, place: String) throws -> PythonValue {
    var text = text
    for _ in 0..<TemplateLimits.largestRenderingCount {
      let renderer = TemplateRenderer()
      let rendered = try renderer.render(text, in: scopes[scopes.count - 1])
      for problem in renderer.undefined { note(problem, place: place) }
      let value = try PythonLiteral.value(of: rendered) ?? .string(rendered)
      guard case .string(let next) = value else {
        if case .other("bytes", let spelled) = value {
          throw TemplateError.type(
            operation: "template", found: "the bytes \(spelled)", expected: "a text")
        }
        return value
      }
      if PythonValue.string(next) == .string(text) { return value }
      text = next
    }
    throw TemplateError.growth(
      found:
        "a text that is another one after each of \(TemplateLimits.largestRenderingCount) renderings",
      expected: "one that settles")
  }
}

extension KurEngine {
  /// Notes what is undefined at `place`, once: templates are evaluated again and again.
  private func note(_ problem: String, place: String) {
    let note = KurError.section(
      path: path, place: place, found: problem,
      expected: "a name that is defined; it stands for nothing"
    ).located.description
    if !notes.contains(note) { notes.append(note) }
  }
}

// MARK: - What templates know of the model

extension KurEngine {
  /// Makes a layer known by its name and tags.
  package func register(name: String, tags: [PythonValue]) {
    let state = scopes[0]
    var layers = state.value(of: "layers")?.sequence ?? []
    layers.append(.string(name))
    state.set("layers", to: .list(layers))
    var known = state.value(of: "tags")?.dictionary ?? PythonDictionary()
    for tag in tags where tag.isHashable { known[tag] = .string(name) }
    state.set("tags", to: .dictionary(known))
  }

  /// The name of the layer that was made known last.
  package var lastLayer: PythonValue? { scopes[0].value(of: "layers")?.sequence?.last }
}
