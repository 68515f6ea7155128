import ParlaFiles
package import ParlaNeuralNetwork
package import ParlaPlatform

/// Named tensors with a few texts, in one file.
///
/// Format: huggingface/safetensors, README "Format": 8 bytes little-endian length of the header, the header as JSON
/// (`__metadata__`: text to text; every other key: dtype, shape, data_offsets), then the numbers. Read are F32, and I8 with
/// a scale for each row in another tensor.
package struct SafeTensors: Sendable {
  /// Texts by name.
  package var metadata: [String: String]

  /// Tensors by name, in the order of the file.
  package var tensors: [(name: String, tensor: Tensor)]

  /// The tensors that are written as signed bytes with a scale for each row.
  package var quantizedNames: Set<String> = []

  /// Joins texts and tensors.
  package init(metadata: [String: String], tensors: [(name: String, tensor: Tensor)]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// The tensor `name`, if there is one.
  package subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }

  /// The name of the tensor with the scales of the bytes `name`.
  static func scaleName(of name: String) -> String { name + "_scale" }

  /// How large the file is.
  package var byteCount: Int {
    get throws {
      let contents = self.contents()
      return 8 + (try encodedHeader(contents).count) + contents.reduce(0) { $0 + $1.byteCount }
    }
  }

  /// Writes the file whole or not at all, and returns its size in bytes.
  @discardableResult
  package func write(to path: String) throws -> Int {
    let contents = self.contents()
    let header = try encodedHeader(contents)
    try AtomicFile.write(to: path) { file in
      var length = UInt64(header.count).littleEndian
      try file.append(unsafe Data(bytes: &length, count: 8))
      try file.append(header)
      for content in contents { try content.append(to: &file) }
    }
    return 8 + header.count + contents.reduce(0) { $0 + $1.byteCount }
  }

  /// The tensors in the file: floats first, so that they are aligned, then bytes.
  private func contents() -> [Content] {
    let quantized = tensors.filter { quantizedNames.contains($0.name) }.map {
      ($0.name, WeightMatrix($0.tensor, precision: .int8))
    }
    let floats = tensors.filter { !quantizedNames.contains($0.name) }.map {
      Content(name: $0.name, shape: $0.tensor.shape, numbers: .floats($0.tensor))
    }
    let scales = quantized.map { name, weights in
      Content(
        name: Self.scaleName(of: name), shape: [weights.outputCount],
        numbers: .floats(
          Tensor(shape: [weights.outputCount], values: unsafe weights.withBytes { $1 })))
    }
    let bytes = quantized.map { name, weights in
      Content(
        name: name, shape: [weights.outputCount, weights.inputCount], numbers: .bytes(weights))
    }
    return floats + scales + bytes
  }

  /// A tensor as stored in the file.
  private struct Content {
    enum Numbers {
      case floats(Tensor)
      case bytes(WeightMatrix)
    }

    let name: String
    let shape: [Int]
    let numbers: Numbers

    var byteCount: Int { shape.reduce(1, *) * (type == .float32 ? 4 : 1) }

    var type: SafeTensorsHeader.NumberType {
      if case .floats = numbers { .float32 } else { .int8 }
    }

    /// Writes the numbers to `file`; every machine that Swift runs on here is little-endian.
    func append(to file: inout PendingFile) throws {
      switch numbers {
      case .floats(let tensor):
        // A stretch at a time, since what is appended is copied.
        for start in stride(from: 0, to: tensor.count, by: ModelBytes.stretchLength) {
          let count = min(ModelBytes.stretchLength, tensor.count - start)
          try file.append(unsafe Data(bytes: tensor.pointer + start, count: 4 * count))
        }
      case .bytes(let weights):
        try file.append(unsafe weights.withBytes { bytes, _ in unsafe Data(bytes) })
      }
    }
  }

  /// An entry of the header.
  private enum HeaderValue: Encodable {
    case texts([String: String])
    case tensor(SafeTensorsHeader.Fields)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .texts(let texts): try texts.encode(to: encoder)
      case .tensor(let fields): try fields.encode(to: encoder)
      }
    }
  }

  private func encodedHeader(_ contents: [Content]) throws -> Data {
    var entries: [String: HeaderValue] = ["__metadata__": .texts(metadata)]
    var offset = 0
    for content in contents {
      let end = offset + content.byteCount
      entries[content.name] = .tensor(
        SafeTensorsHeader.Fields(
          type: content.type.rawValue, shape: content.shape, offsets: [offset, end]))
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var header = try encoder.encode(entries)
    let readBack = try SafeTensorsHeader.metadata(in: header)
    guard readBack.count == metadata.count,
      metadata.allSatisfy({ readBack[$0]?.utf8.elementsEqual($1.utf8) == true })
    else {
      throw ModelError.damaged(path: "the new file", reason: "its texts cannot be read again")
    }
    // The format asks for numbers aligned to 8 bytes; 64 suits vectors.
    header.append(contentsOf: [UInt8](repeating: 0x20, count: (64 - (8 + header.count) % 64) % 64))
    return header
  }

  /// Reads the file at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.cutOff`, `.damaged`.
  package init(path: String) throws(ModelError) {
    try self.init(bytes: try ModelBytes(path: path))
  }

  /// Reads `data`; `path` is for messages.
  ///
  /// - Throws: `ModelError.notAModel`, `.cutOff`, `.damaged`.
  package init(data: Data, path: String) throws(ModelError) {
    try self.init(bytes: ModelBytes(data, path: path))
  }

  private init(bytes: ModelBytes) throws(ModelError) {
    let header = try SafeTensorsHeader(bytes)
    metadata = header.metadata
    let scaleNames = Set(
      header.entries.filter { $0.type == .int8 }.map { Self.scaleName(of: $0.name) })
    var read: [(name: String, tensor: Tensor)] = []
    var scales: [String: Tensor] = [:]
    for entry in header.entries.sorted(by: { $0.type == .float32 && $1.type == .int8 }) {
      let start = header.length + entry.offset
      guard entry.type == .float32 else {
        let rowScales = scales[Self.scaleName(of: entry.name)]
        read.append((entry.name, try bytes.scaledTensor(entry, at: start, scales: rowScales)))
        continue
      }
      let tensor = bytes.tensor(entry, at: start)
      if scaleNames.contains(entry.name) {
        scales[entry.name] = tensor
      } else {
        read.append((entry.name, tensor))
      }
    }
    tensors = read
  }
}

extension ModelBytes {
  /// How many numbers are copied before their pages are let go, so that a file and its copy are never in memory together.
  fileprivate static let stretchLength = 1 << 20

  /// The floats that start at `offset`.
  fileprivate func tensor(_ entry: SafeTensorsHeader.Entry, at offset: Int) -> Tensor {
    var tensor = Tensor(unwritten: entry.shape)
    let target = unsafe tensor.mutablePointer
    for start in stride(from: 0, to: tensor.count, by: Self.stretchLength) {
      let count = min(Self.stretchLength, tensor.count - start)
      let first = offset + 4 * start
      unsafe copyFloats(at: first, count: count, to: target + start)
      release(first..<first + 4 * count)
    }
    return tensor
  }

  /// The bytes that start at `offset`, each times its row's scale.
  fileprivate func scaledTensor(
    _ entry: SafeTensorsHeader.Entry, at offset: Int, scales: Tensor?
  ) throws(ModelError) -> Tensor {
    var tensor = Tensor(unwritten: entry.shape)
    guard let scales, scales.count == tensor.rowCount else {
      throw .damaged(path: path, reason: "\(entry.name) has bytes, but not a scale for each row")
    }
    let columns = tensor.columnCount
    let target = unsafe tensor.mutablePointer
    for row in 0..<tensor.rowCount {
      unsafe copyScaledBytes(
        at: offset + row * columns, count: columns, scale: scales[row],
        to: target + row * columns)
    }
    release(offset..<offset + entry.byteCount)
    return tensor
  }
}
