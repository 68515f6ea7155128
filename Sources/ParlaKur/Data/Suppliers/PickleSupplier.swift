import Foundation
import ParlaFiles

/// A mapping from names to arrays in a pickle: `pickle`.
package struct PickleSupplier: KurSupplier {
  package static let kind = "pickle"
  package static let settingOrder = ["source"]
  private let sources: StoredSources

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try self.init(path: KurDataFile.path(settings))
  }

  /// The arrays in the file at `path`.
  package init(path: String) throws {
    sources = try PickledSources.sources(KurDataFile.content(path), path: path)
  }

  package var sourceNames: [String] { sources.names }
  package var count: Int { sources.count }
  package func batch(_ indices: [Int]) -> (columns: KurBatch, kept: [Int]) {
    sources.batch(indices)
  }
}

/// Arrays by name that NumPy has saved, as `.npz` or as a mapping in an `.npy` file: `numpy_dict`.
package struct NumPyDictionarySupplier: KurSupplier {
  package static let kind = "numpy_dict"
  package static let settingOrder = ["source"]
  private let sources: StoredSources

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    let path = try KurDataFile.path(settings)
    let content = try KurDataFile.content(path)
    if content.starts(with: [UInt8(ascii: "P"), UInt8(ascii: "K")]) {
      var sources = StoredSources()
      for member in try NumPyArchive(data: content, path: path).arrays {
        let array = member.array
        try sources.add(
          member.name,
          .array(KurArray(shape: array.shape, values: array.values.map(Double.init))), path: path)
      }
      self.sources = sources
    } else {
      let start = try Self.pickleStart(content, path: path)
      sources = try PickledSources.sources(content, path: path, from: start)
    }
  }

  /// Where the pickle of an array of objects begins: after the header (NumPy Enhancement Proposal 1).
  private static func pickleStart(_ content: Data, path: String) throws(KurError) -> Int {
    let bytes = [UInt8](content.prefix(12))
    guard bytes.count == 12, bytes.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]) else {
      throw .badFile(path: path, found: "other content", expected: "a mapping that NumPy has saved")
    }
    let isFirst = bytes[6] == 1
    let length =
      Int(bytes[8]) | Int(bytes[9]) << 8
      | (isFirst ? 0 : Int(bytes[10]) << 16 | Int(bytes[11]) << 24)
    let start = (isFirst ? 10 : 12) + length
    let header = String(decoding: content.prefix(start), as: UTF8.self)
    guard start < content.count, header.contains("'|O'"), header.contains("'shape': ()") else {
      throw .badFile(
        path: path, found: "a plain array",
        expected:
          "a mapping: numpy.save(FILE, {'name': array, ...}), or numpy.savez(FILE, name=array)")
    }
    return start
  }

  package var sourceNames: [String] { sources.names }
  package var count: Int { sources.count }
  package func batch(_ indices: [Int]) -> (columns: KurBatch, kept: [Int]) {
    sources.batch(indices)
  }
}

/// The file of suppliers that have one.
enum KurDataFile {
  /// The path given as the setting's only value, or under `source`.
  static func path(_ settings: KurSettings) throws(KurError) -> String {
    try settings.allow(only: ["source"])
    guard let path = try settings.file("source") else {
      throw settings.problem("source", "nothing", "the path of a file")
    }
    return path
  }

  static func content(_ path: String) throws(KurError) -> Data {
    do { return try FileContent.ofFile(path) } catch { throw .file(error) }
  }
}

/// What a pickle holds, as sources.
enum PickledSources {
  /// The sources in the pickle that `data` holds from `start` on; of a mapping with other things too, those of `names`.
  ///
  /// - Throws: `KurError.data`, `.badFile`.
  static func sources(
    _ data: Data, path: String, from start: Int = 0, names: Set<String>? = nil
  ) throws(KurError) -> StoredSources {
    try sources(in: try value(data, path: path, from: start), path: path, names: names)
  }

  static func sources(
    in value: PickleValue, path: String, names: Set<String>? = nil
  ) throws(KurError) -> StoredSources {
    guard case .dictionary(var pairs) = mapping(value) else {
      throw .badFile(
        path: path, found: "something else", expected: "a mapping from names to arrays")
    }
    if let names { pairs = pairs.filter { $0.key.written.map(names.contains) == true } }
    var sources = StoredSources()
    for (key, value) in pairs {
      guard let name = key.written else {
        throw .badFile(path: path, found: "a name that is no text", expected: "texts as names")
      }
      try sources.add(name, try column(value, name, path), path: path)
    }
    return sources
  }

  /// What the pickle that `data` holds from `start` on describes.
  static func value(
    _ data: Data, path: String, from start: Int = 0
  ) throws(KurError) -> PickleValue {
    do throws(PickleFault) {
      return try PickleReader.value(
        in: [UInt8](data), from: start, makers: PickledArray.makers)
    } catch {
      switch error {
      case .damaged(let byte, let problem):
        throw .data(path: path, problem: "byte \(byte): \(problem)")
      case .call(let byte, let name):
        throw .data(
          path: path,
          problem:
            "byte \(byte): \(name) would be called, expected data alone: a pickle with code is "
            + "not opened here. Save the arrays with numpy.savez()")
      }
    }
  }

  /// The mapping in an array of one object, as numpy.save makes of a mapping; anything else as it is.
  private static func mapping(_ value: PickleValue) -> PickleValue {
    guard case .object(let object) = value,
      case .objects(let objects)? = PickledArray(object)?.content, objects.count == 1
    else { return value }
    return objects[0]
  }

  /// The entries of `value`: an array, or a list of numbers, texts, or lists of numbers.
  private static func column(
    _ value: PickleValue, _ name: String, _ path: String
  ) throws(KurError) -> KurColumn {
    switch value {
    case .list(let values), .tuple(let values): return try column(values, name, path)
    case .object(let object):
      guard let array = PickledArray(object), !array.shape.isEmpty else {
        throw unusable(name, path)
      }
      switch array.content {
      case .numbers(let numbers, let isWhole):
        return .array(KurArray(shape: array.shape, values: numbers, isWhole: isWhole))
      case .texts(let texts) where array.shape.count == 1: return .texts(texts)
      case .objects(let objects) where array.shape.count == 1:
        return try column(objects, name, path)
      default: throw unusable(name, path)
      }
    default: throw unusable(name, path)
    }
  }

  private static func unusable(_ name: String, _ path: String) -> KurError {
    .badFile(
      path: path, found: "\(name), which is no array of numbers or texts",
      expected: "arrays with an entry for each sample")
  }

  private static func column(
    _ values: [PickleValue], _ name: String, _ path: String
  ) throws(KurError) -> KurColumn {
    let texts = values.compactMap(text)
    if texts.count == values.count, !texts.isEmpty { return .texts(texts) }
    if let numbers = numbers(values) { return .array(numbers) }
    var arrays: [KurArray] = []
    for value in values { arrays.append(try array(value, name, path)) }
    guard let first = arrays.first else { throw unusable(name, path) }
    return arrays.allSatisfy { $0.shape == first.shape }
      ? .array(.stacked(arrays)) : .ragged(arrays)
  }

  private static func array(
    _ value: PickleValue, _ name: String, _ path: String
  ) throws(KurError) -> KurArray {
    if let (number, isWhole) = number(value) { return KurArray(number, isWhole: isWhole) }
    switch value {
    case .list(let values), .tuple(let values): return try stack(values, name, path)
    case .object:
      guard case .array(let array) = try column(value, name, path) else {
        throw unusable(name, path)
      }
      return array
    default: throw unusable(name, path)
    }
  }

  private static func stack(
    _ values: [PickleValue], _ name: String, _ path: String
  ) throws(KurError) -> KurArray {
    if let numbers = numbers(values) { return numbers }
    var arrays: [KurArray] = []
    for value in values { arrays.append(try array(value, name, path)) }
    guard arrays.allSatisfy({ $0.shape == arrays[0].shape }) else { throw unusable(name, path) }
    return .stacked(arrays)
  }

  /// The array of `values`, if all are numbers.
  private static func numbers(_ values: [PickleValue]) -> KurArray? {
    var numbers: [Double] = []
    var isWhole = true
    for value in values {
      guard let number = number(value) else { return nil }
      numbers.append(number.value)
      isWhole = isWhole && number.isWhole
    }
    return numbers.isEmpty
      ? nil : KurArray(shape: [numbers.count], values: numbers, isWhole: isWhole)
  }

  private static func number(_ value: PickleValue) -> (value: Double, isWhole: Bool)? {
    switch value {
    case .bool(let truth): return (truth ? 1 : 0, true)
    case .int(let number): return (Double(number), true)
    case .float(let number): return (number, false)
    case .object(let object):
      guard case .numbers(let numbers, let isWhole)? = PickledArray.scalar(object)?.content
      else { return nil }
      return (numbers[0], isWhole)
    default: return nil
    }
  }

  private static func text(_ value: PickleValue) -> String? {
    guard case .object(let object) = value else { return value.written }
    guard case .texts(let texts)? = PickledArray.scalar(object)?.content else { return nil }
    return texts[0]
  }
}
