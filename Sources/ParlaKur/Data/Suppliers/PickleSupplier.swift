import Foundation
import ParlaFiles

/// A mapping from names to arrays in a pickle: `pickle`.
package struct PickleSupplier: KurSupplier {
  package static let kind = "pickle"
  package static let settingOrder = ["source"]
  private let sources: StoredSources

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    let path = try KurDataFile.path(settings)
    let item = try PickleReader.read(KurDataFile.content(path), path: path)
    sources = try PickledSources.sources(item, path: path)
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
      let item = try PickleReader.read(content, path: path, from: start)
      sources = try PickledSources.sources(item, path: path)
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
  static func sources(_ item: PickleReader.Item, path: String) throws(KurError) -> StoredSources {
    var item = item
    // An array of one object, as numpy.save makes of a mapping.
    if case .array(let box) = item, let objects = box.content.objects, objects.count == 1 {
      item = objects[0]
    }
    guard case .dictionary(let box) = item else {
      throw .badFile(
        path: path, found: "something else", expected: "a mapping from names to arrays")
    }
    var sources = StoredSources()
    for (key, value) in box.content {
      guard let name = PickleReader.text(key) else {
        throw .badFile(path: path, found: "a name that is no text", expected: "texts as names")
      }
      try sources.add(name, try column(value, name, path), path: path)
    }
    return sources
  }

  /// The entries of `item`: an array, or a list of numbers, texts, or lists of numbers.
  static func column(
    _ item: PickleReader.Item, _ name: String, _ path: String
  ) throws(KurError) -> KurColumn {
    switch item {
    case .array(let box): return try column(box.content, name, path)
    case .list(let box): return try column(box.content, name, path)
    case .tuple(let items): return try column(items, name, path)
    default: throw unusable(name, path)
    }
  }

  private static func unusable(_ name: String, _ path: String) -> KurError {
    .badFile(
      path: path, found: "\(name), which is no array of numbers or texts",
      expected: "arrays with an entry for each sample")
  }

  private static func column(
    _ array: PickledArray, _ name: String, _ path: String
  ) throws(KurError) -> KurColumn {
    if let objects = array.objects { return try column(objects, name, path) }
    guard let element = array.element, element.size > 0, let count = array.elementCount,
      !array.shape.isEmpty, array.bytes.count == count * element.size
    else { throw unusable(name, path) }
    let pieces = (0..<count).map { array.bytes[$0 * element.size..<($0 + 1) * element.size] }
    if element.isText {
      guard array.shape.count == 1 else { throw unusable(name, path) }
      return .texts(pieces.map(element.text))
    }
    let values = pieces.compactMap(element.number)
    guard values.count == count else { throw unusable(name, path) }
    return .array(
      KurArray(
        shape: array.shape, values: array.isFortranOrder ? inCOrder(values, array.shape) : values,
        isWhole: element.isWhole))
  }

  private static func inCOrder(_ values: [Double], _ shape: [Int]) -> [Double] {
    let strides = shape.indices.map { shape[..<$0].reduce(1, *) }
    return values.indices.map { place in
      var rest = place
      var source = 0
      for axis in shape.indices.reversed() {
        source += rest % shape[axis] * strides[axis]
        rest /= shape[axis]
      }
      return values[source]
    }
  }

  private static func column(
    _ items: [PickleReader.Item], _ name: String, _ path: String
  ) throws(KurError) -> KurColumn {
    let texts = items.compactMap(PickleReader.text)
    if texts.count == items.count, !texts.isEmpty { return .texts(texts) }
    var arrays: [KurArray] = []
    for item in items { arrays.append(try array(item, name, path)) }
    guard let first = arrays.first else { throw unusable(name, path) }
    return arrays.allSatisfy { $0.shape == first.shape }
      ? .array(.stacked(arrays)) : .ragged(arrays)
  }

  private static func array(
    _ item: PickleReader.Item, _ name: String, _ path: String
  ) throws(KurError) -> KurArray {
    switch item {
    case .value(let value):
      guard let number = value.number else { throw unusable(name, path) }
      return KurArray(number.double, isWhole: value.integer != nil)
    case .list(let box): return try stack(box.content, name, path)
    case .tuple(let items): return try stack(items, name, path)
    case .array(let box):
      guard case .array(let array) = try column(box.content, name, path) else {
        throw unusable(name, path)
      }
      return array
    default: throw unusable(name, path)
    }
  }

  private static func stack(
    _ items: [PickleReader.Item], _ name: String, _ path: String
  ) throws(KurError) -> KurArray {
    var arrays: [KurArray] = []
    for item in items { arrays.append(try array(item, name, path)) }
    guard arrays.allSatisfy({ $0.shape == arrays[0].shape }) else { throw unusable(name, path) }
    return .stacked(arrays)
  }
}
