import Foundation
import ParlaAcousticModel
import SwiftProtobuf

@testable import ParlaModelExchange

/// Writes checkpoints as TensorFlow does, small and with any variable names, so that a test can spoil them.
struct TinyCheckpoint {
  /// Variables by name.
  var variables: [String: (shape: [Int], values: [Float])] = [:]

  /// A network of `units` units for `labels` outputs whose numbers count up, with the names of a release.
  init(units: Int = 2, labels: Int = 3, kernel: String = "lstm_fused_cell") {
    add("layer_1/weights", [494, units])
    add("layer_2/weights", [units, units])
    add("layer_3/weights", [units, units])
    add("\(kernel)/kernel", [2 * units, 4 * units])
    add("layer_5/weights", [units, units])
    add("layer_6/weights", [units, labels])
    for number in [1, 2, 3, 5] { add("layer_\(number)/bias", [units]) }
    add("layer_6/bias", [labels])
    add("\(kernel)/bias", [4 * units])
  }

  /// Adds a variable whose numbers count up.
  mutating func add(_ name: String, _ shape: [Int]) {
    let count = shape.reduce(1, *)
    variables[name] = (shape, (0..<count).map { Float($0) / Float(count) })
  }

  /// The data file, and the index with its entries.
  var files: (index: Data, data: Data) {
    let checksum = CRC32C()
    var data = Data()
    var header = Tensorflow_BundleHeaderProto()
    header.numShards = 1
    var entries: [(String, Data)] = [("", serialized(header))]
    for (name, variable) in variables.sorted(by: { $0.key < $1.key }) {
      let bytes = unsafe variable.values.withUnsafeBytes { unsafe Data($0) }
      var entry = Tensorflow_BundleEntryProto()
      entry.dtype = .dtFloat
      entry.shape.dim = variable.shape.map { size in
        Tensorflow_TensorShapeProto.Dim.with { $0.size = Int64(size) }
      }
      entry.offset = Int64(data.count)
      entry.size = Int64(bytes.count)
      entry.crc32C = CRC32C.masked(unsafe bytes.withUnsafeBytes { unsafe checksum($0) })
      entries.append((name, serialized(entry)))
      data += bytes
    }
    return (table(entries), data)
  }

  /// Writes the two files and the text that names them into `folder`.
  func write(to folder: String, name: String = "train-7") throws {
    let (index, data) = files
    try index.write(to: URL(fileURLWithPath: "\(folder)/\(name).index"))
    try data.write(to: URL(fileURLWithPath: "\(folder)/\(name).data-00000-of-00001"))
    try Data("model_checkpoint_path: \"/elsewhere/\(name)\"\n".utf8).write(
      to: URL(fileURLWithPath: "\(folder)/checkpoint"))
  }

  private func serialized(_ message: some Message) -> Data {
    (try? message.serializedData()) ?? Data()
  }

  /// One block of entries, an empty one for the filters, an index of one entry, and the footer.
  private func table(_ entries: [(String, Data)]) -> Data {
    var table = Data()
    let place = append(block(entries), to: &table)
    let filters = append(block([]), to: &table)
    let index = append(block([("~", place)]), to: &table)
    var footer = filters + index
    footer.append(Data(count: 40 - footer.count))
    table += footer
    table += unsafe withUnsafeBytes(of: UInt64(0xdb47_7524_8b80_fb57).littleEndian) {
      unsafe Data($0)
    }
    return table
  }

  private func block(_ entries: [(String, Data)]) -> Data {
    var block = Data()
    for (key, value) in entries {
      block += varint(0) + varint(key.utf8.count) + varint(value.count) + Data(key.utf8) + value
    }
    return block + Data([0, 0, 0, 0, 1, 0, 0, 0])
  }

  private func append(_ block: Data, to table: inout Data) -> Data {
    let place = varint(table.count) + varint(block.count)
    let content = block + [0]
    let checksum = CRC32C.masked(unsafe content.withUnsafeBytes { unsafe CRC32C()($0) })
    table += content
    table += unsafe withUnsafeBytes(of: checksum.littleEndian) { unsafe Data($0) }
    return place
  }

  private func varint(_ value: Int) -> Data {
    var (bytes, rest) = (Data(), value)
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f | 0x80))
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
