import Foundation
import ParlaFiles

/// Writes what came out, or what the hook before made of it, to a file: `output`, and the setting `destination`.
///
/// Formats: `pkl` as Kur has it, `csv` (the first number or row of each output), `npz`, `json`.
package struct OutputHook: KurHook {
  package static let kind = "output"
  package static let settingOrder = ["path", "format"]

  private enum Format: String, CaseIterable {
    case pkl, pickle, csv, npz, json
  }

  private let path: String
  private let format: Format
  private let services: KurServices

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: ["path", "format"])
    guard let path = try settings.file("path") else {
      throw settings.problem("path", "nothing", "the path of a file")
    }
    let name = try settings.text("format") ?? "pkl"
    guard let format = Format(rawValue: name) else {
      throw settings.problem(
        "format", name, Format.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.path = path
    self.format = format
    self.services = services
  }

  /// Where an evaluation with `settings` goes; nil for nowhere.
  ///
  /// - Throws: `KurError.section`.
  static func destination(_ settings: KurSettings, _ services: KurServices) throws -> OutputHook? {
    guard let value = settings["destination"] else { return nil }
    return try OutputHook(
      KurSettings(
        KurSuppliers.named(value, settingOrder), path: settings.path,
        place: "\(settings.place).destination"), services)
  }

  package func apply(
    _ current: HookData, original: HookData, _ vocabulary: (_ source: String) -> SpeechVocabulary?
  ) throws -> HookData {
    let name = format == .pickle ? "pkl" : format.rawValue
    services.console.tell(
      1, "Saving model output as \(name == "pkl" ? "pickle" : name): \(path)")
    switch format {
    case .pkl, .pickle: try AtomicFile.write(pickle(current), to: path)
    case .csv: try AtomicFile.write(Data(table(current).utf8), to: path)
    case .json: try AtomicFile.write(Data(json(current).utf8), to: path)
    case .npz: try archive(current).write(to: path)
    }
    return current
  }

  private func pickle(_ data: HookData) -> Data {
    var writer = PickleWriter()
    writer.beginMapping()
    writer.text("result")
    switch data.content {
    case .text(let text): writer.text(text)
    case .texts(let texts):
      writer.beginMapping()
      for (name, text) in texts {
        writer.text(name)
        writer.text(text)
      }
      writer.endMapping()
    case .outputs(let outputs): writer.columns(outputs)
    }
    if let truth = data.truthText {
      writer.text("truth")
      writer.text(truth)
    } else if let truth = data.truth {
      writer.text("truth")
      writer.columns(truth)
    }
    writer.endMapping()
    return writer.finished()
  }

  /// A line for each sample with entry [0] of each output, as Kur writes it.
  private func table(_ data: HookData) -> String {
    guard case .outputs(let outputs) = data.content else {
      if case .text(let text) = data.content { return "result\r\n\(Self.cell(text))\r\n" }
      return ""
    }
    let columns = outputs.sorted { $0.key < $1.key }
    let truth = columns.compactMap { name, _ in data.truth?[name].map { (name, $0) } }
    let names = columns.map(\.key) + truth.map { "\($0.0) expected" }
    var lines = [names.map(Self.cell).joined(separator: ",")]
    for index in 0..<(columns.first?.value.count ?? 0) {
      let cells =
        columns.map { _, column in
          let entry = column.entry(index)
          return entry.count > 0 ? NumPyText.text(of: entry[0]) : ""
        } + truth.map { _, column in NumPyText.text(of: column.entry(index)) }
      lines.append(cells.map(Self.cell).joined(separator: ","))
    }
    return lines.map { $0 + "\r\n" }.joined()
  }

  private static func cell(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  private func json(_ data: HookData) throws(KurError) -> String {
    var result = PythonDictionary()
    switch data.content {
    case .text(let text): result["result"] = .string(text)
    case .texts(let texts):
      result["result"] = .dictionary(
        PythonDictionary(texts.map { (.string($0.name), .string($0.text)) }))
    case .outputs(let outputs): result["result"] = Self.nested(outputs)
    }
    if let truth = data.truthText {
      result["truth"] = .string(truth)
    } else if let truth = data.truth {
      result["truth"] = Self.nested(truth)
    }
    return try PythonJSON(indentation: 1).text(of: .dictionary(result)) + "\n"
  }

  private static func nested(_ columns: [String: KurColumn]) -> PythonValue {
    .dictionary(
      PythonDictionary(
        columns.map { name, column in
          if case .texts(let texts) = column {
            return (.string(name), .list(texts.map { .string($0) }))
          }
          return (.string(name), .list((0..<column.count).map { column.entry($0).nested }))
        }))
  }

  private func archive(_ data: HookData) -> NumPyArchive {
    guard case .outputs(let outputs) = data.content else { return NumPyArchive([]) }
    func array(_ array: KurArray) -> NumPyArray {
      NumPyArray(shape: array.shape, values: array.values.map { Float($0) })
    }
    return NumPyArchive(
      outputs.sorted { $0.key < $1.key }.flatMap { name, column in
        if case .array(let whole) = column {
          return [NumPyArchive.Member(name: name, array: array(whole))]
        }
        return (0..<column.count).map {
          NumPyArchive.Member(name: "\(name)_\($0)", array: array(column.entry($0)))
        }
      })
  }
}

extension KurArray {
  /// The numbers in lists of lists.
  var nested: PythonValue {
    guard !shape.isEmpty else { return isWhole ? .int(Int(values[0])) : .float(values[0]) }
    return .list((0..<count).map { self[$0].nested })
  }
}

/// Writes pickles of protocol 3 with texts, mappings and NumPy arrays of 32-bit floating-point numbers.
struct PickleWriter {
  private var data = Data([0x80, 3])

  mutating func text(_ text: String) {
    data.append(UInt8(ascii: "X"))
    append(UInt32(text.utf8.count))
    data.append(contentsOf: text.utf8)
  }

  mutating func beginMapping() { data.append(contentsOf: [UInt8(ascii: "}"), UInt8(ascii: "(")]) }
  mutating func endMapping() { data.append(UInt8(ascii: "u")) }

  /// A mapping of names to columns.
  mutating func columns(_ columns: [String: KurColumn]) {
    beginMapping()
    for (name, column) in columns.sorted(by: { $0.key < $1.key }) {
      text(name)
      self.column(column)
    }
    endMapping()
  }

  /// One array, where entries are of one shape; otherwise a list of them.
  private mutating func column(_ column: KurColumn) {
    if case .array(let whole) = column { return array(whole) }
    data.append(contentsOf: [UInt8(ascii: "]"), UInt8(ascii: "(")])
    for index in 0..<column.count {
      if case .texts(let texts) = column {
        text(texts[index])
      } else {
        array(column.entry(index))
      }
    }
    data.append(UInt8(ascii: "e"))
  }

  /// What `numpy.ndarray.__reduce__` returns: a call that makes an empty array, and its state.
  private mutating func array(_ array: KurArray) {
    name("numpy.core.multiarray", "_reconstruct")
    name("numpy", "ndarray")
    tuple([0])
    bytes(Data([UInt8(ascii: "b")]))
    data.append(contentsOf: [0x87, UInt8(ascii: "R"), UInt8(ascii: "("), UInt8(ascii: "K"), 1])
    tuple(array.shape)
    name("numpy", "dtype")
    text("f4")
    integer(0)
    integer(1)
    data.append(contentsOf: [0x87, UInt8(ascii: "R"), UInt8(ascii: "("), UInt8(ascii: "K"), 3])
    text("<")
    data.append(contentsOf: [UInt8](repeating: UInt8(ascii: "N"), count: 3))
    integer(-1)
    integer(-1)
    integer(0)
    data.append(contentsOf: [UInt8(ascii: "t"), UInt8(ascii: "b"), 0x89])
    var numbers = Data(capacity: 4 * array.values.count)
    for value in array.values {
      let bits = Float(value).bitPattern
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        numbers.append(UInt8(truncatingIfNeeded: bits >> shift))
      }
    }
    bytes(numbers)
    data.append(contentsOf: [UInt8(ascii: "t"), UInt8(ascii: "b")])
  }

  private mutating func name(_ module: String, _ name: String) {
    data.append(contentsOf: Data("c\(module)\n\(name)\n".utf8))
  }

  private mutating func integer(_ value: Int) {
    data.append(UInt8(ascii: "J"))
    append(UInt32(bitPattern: Int32(value)))
  }

  private mutating func tuple(_ values: [Int]) {
    data.append(UInt8(ascii: "("))
    for value in values { integer(value) }
    data.append(UInt8(ascii: "t"))
  }

  private mutating func bytes(_ bytes: Data) {
    data.append(UInt8(ascii: "B"))
    append(UInt32(bytes.count))
    data.append(bytes)
  }

  private mutating func append(_ number: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      data.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  func finished() -> Data { data + [UInt8(ascii: ".")] }
}
