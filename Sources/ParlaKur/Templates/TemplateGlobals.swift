import Foundation
import ParlaFiles
import Synchronization

/// The functions that templates may call: Jinja2's and Kur's.
enum TemplateGlobals {
  /// All functions by name, for the Kurfile at `path`.
  static func all(
    path: String, gpuCount: @escaping @Sendable () -> Int
  ) -> [(name: String, value: PythonValue)] {
    let functions = [
      TemplateFunction("range", range), TemplateFunction("dict", dictionary),
      TemplateFunction("cycler") { arguments, _ in
        let values = arguments.rest().positional
        guard !values.isEmpty else {
          throw TemplateError.type(
            operation: "cycler", found: "no values", expected: "at least one")
        }
        return .object(Cycler(values))
      },
      TemplateFunction("joiner") { arguments, _ in
        .object(Joiner(arguments.optional("sep") ?? .string(", ")))
      },
      TemplateFunction("gpu_count") { _, _ in .int(gpuCount()) },
      TemplateFunction("load_json") { arguments, _ in
        let text = try content(&arguments, relativeTo: path)
        return try JSONText.value(of: text.content, path: text.path)
      },
      TemplateFunction("load_yaml") { arguments, _ in
        let text = try content(&arguments, relativeTo: path)
        return try YAMLReader.value(of: text.content, path: text.path)
      },
    ]
    let names = ["range", "dict", "cycler", "joiner", "gpu_count", "load_json", "load_yaml"]
    return zip(names, functions).map { ($0, .object($1)) }
  }

  private static let range: TemplateFunction.Body = { arguments, _ in
    let first = try arguments.integer("stop")
    let second = arguments.optional("stop")
    let step = try arguments.integer("step", default: 1)
    guard step != 0 else {
      throw TemplateError.value(operation: "range", found: "step 0", expected: "another step")
    }
    guard let second else { return .range(PythonRange(start: 0, stop: first, step: step)) }
    guard let stop = second.integer else {
      throw TemplateError.type(
        operation: "range", found: second.representation, expected: "an integer")
    }
    let limit = 1 << 60
    guard first.magnitude < limit, stop.magnitude < limit, step.magnitude < limit
    else {
      throw TemplateError.growth(found: "a range without end", expected: "smaller bounds")
    }
    return .range(PythonRange(start: first, stop: stop, step: step))
  }

  private static let dictionary: TemplateFunction.Body = { arguments, _ in
    let (positional, named) = arguments.rest()
    var result = PythonDictionary()
    for value in positional {
      if let dictionary = value.dictionary {
        for (key, value) in dictionary.pairs { result[key] = value }
        continue
      }
      for item in try value.items(of: "dict") {
        guard let pair = item.sequence, pair.count == 2, pair[0].isHashable else {
          throw TemplateError.type(
            operation: "dict", found: item.representation, expected: "pairs of key and value")
        }
        result[pair[0]] = pair[1]
      }
    }
    for (name, value) in named { result[name] = value }
    return .dictionary(result)
  }

  /// The text of the named file, relative to the Kurfile unless its path is absolute.
  private static func content(
    _ arguments: inout Arguments, relativeTo kurfile: String
  ) throws -> (content: String, path: String) {
    let name = KurPath.expanded(try arguments.text("filename"))
    _ = arguments.optional("use_cache")
    let folder = kurfile.folderPath
    let path = name.hasPrefix("/") || folder.isEmpty ? name : folder + "/" + name
    do {
      try FileContent.checkIsFile(path)
      return (try FileContent.text(path), path)
    } catch {
      throw TemplateError.value(
        operation: arguments.operation, found: "no readable file \(path)",
        expected: "one, relative to the Kurfile")
    }
  }
}

/// Gives its values one after the other, and again.
private final class Cycler: TemplateObject {
  let typeName = "Cycler"
  private let values: [PythonValue]
  private let position = Mutex(0)

  init(_ values: [PythonValue]) { self.values = values }

  func attribute(_ name: String) -> PythonValue? {
    switch name {
    case "current": return values[position.withLock { $0 }]
    case "next":
      return .object(
        TemplateFunction(name) { [self] _, _ in
          position.withLock { position in
            defer { position = (position + 1) % values.count }
            return values[position]
          }
        })
    case "reset":
      return .object(
        TemplateFunction(name) { [self] _, _ in
          position.withLock { $0 = 0 }
          return .none
        })
    default: return nil
    }
  }
}

/// Nothing on the first call, then the separator between items.
private final class Joiner: TemplateObject {
  let typeName = "Joiner"
  private let separator: PythonValue
  private let wasUsed = Mutex(false)

  init(_ separator: PythonValue) { self.separator = separator }

  func call(_ arguments: Arguments, _ renderer: TemplateRenderer) throws -> PythonValue {
    wasUsed.withLock { wasUsed in
      defer { wasUsed = true }
      return wasUsed ? separator : .string("")
    }
  }
}

/// Paths as people write them.
enum KurPath {
  /// `path` with `~`, `$NAME` and `${NAME}` replaced; unknown names stay.
  static func expanded(_ path: String) -> String {
    let environment = ProcessInfo.processInfo.environment
    let replaced = path.replacing(/\$(?:\{([^}]*)\}|([A-Za-z0-9_]+))/) { match in
      environment[String(match.output.1 ?? match.output.2 ?? "")] ?? String(match.output.0)
    }
    guard replaced == "~" || replaced.hasPrefix("~/"), let home = environment["HOME"] else {
      return replaced
    }
    return home + replaced.dropFirst()
  }
}
