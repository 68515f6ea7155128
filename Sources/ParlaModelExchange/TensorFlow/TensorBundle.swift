import Foundation
import ParlaAcousticModel
import SwiftProtobuf

/// The variables of a TensorFlow checkpoint of the second version: an index, and numbers in one or more data files.
///
/// Format: TensorFlow 1.15, `tensorflow/core/util/tensor_bundle/tensor_bundle.h`.
struct TensorBundle: Sendable {
  /// The checkpoint's path without `.index`.
  let path: String

  private let entries: [String: Tensorflow_BundleEntryProto]
  private let shards: [ModelBytes]
  private let checksum = CRC32C()

  /// Reads the index of the checkpoint `path`, and maps its data.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.cutOff`, `.damaged`.
  init(path: String) throws(ModelError) {
    let index = try ModelBytes(path: path + ".index")
    try self.init(path: path, index: index) { (name) throws(ModelError) in
      try ModelBytes(path: path + name)
    }
  }

  /// Reads `index`; `shard` gives the data file that ends in a name such as `.data-00000-of-00001`.
  init(
    path: String, index: ModelBytes, shard: (String) throws(ModelError) -> ModelBytes
  ) throws(ModelError) {
    self.path = path
    var entries: [String: Tensorflow_BundleEntryProto] = [:]
    var header: Tensorflow_BundleHeaderProto?
    for (key, value) in try SortedTable(index, checksum: checksum).entries {
      do {
        if key.isEmpty {
          header = try Tensorflow_BundleHeaderProto(serializedBytes: value)
        } else {
          entries[key] = try Tensorflow_BundleEntryProto(serializedBytes: value)
        }
      } catch {
        throw .damaged(path: index.path, reason: "the entry \"\(key)\" cannot be understood")
      }
    }
    guard let header, (1...10_000).contains(header.numShards) else {
      throw .damaged(path: index.path, reason: "it has no header")
    }
    guard header.endianness == .little else {
      throw .foreignModel(
        path: index.path, found: "numbers of a big-endian machine", expected: "little-endian ones")
    }
    self.entries = entries
    var shards: [ModelBytes] = []
    for number in 0..<Int(header.numShards) {
      shards.append(try shard(String(format: ".data-%05d-of-%05d", number, Int(header.numShards))))
    }
    self.shards = shards
  }

  /// The names of all variables, sorted.
  var names: [String] { entries.keys.sorted() }

  /// Length of each axis of the variable `name`, and what its numbers are; nil if there is no such variable.
  func summary(_ name: String) -> (shape: [Int], type: String)? {
    entries[name].map { (shape($0), "\($0.dtype)".uppercased()) }
  }

  /// The variable `name`, its checksum tested.
  ///
  /// - Throws: `ModelError.damaged`, `.cutOff`, `.foreignModel` for numbers that are no float32.
  func tensor(_ name: String) throws(ModelError) -> ForeignTensor {
    let (entry, bytes, range) = try place(name)
    guard entry.dtype == .dtFloat else {
      throw .foreignModel(path: path, found: "\(name) of type \(entry.dtype)", expected: "float32")
    }
    let tensor = try ForeignTensor(
      name: name, shape: shape(entry), numbers: .float32(offset: range.lowerBound), bytes: bytes)
    guard 4 * tensor.count == range.count else {
      throw damaged(name, "has \(range.count) bytes for shape \(tensor.shape)")
    }
    return tensor
  }

  /// The one whole number that the variable `name` holds; nil if there is no such variable.
  func integer(_ name: String) throws(ModelError) -> Int? {
    guard entries[name] != nil else { return nil }
    let (entry, bytes, range) = try place(name)
    switch (entry.dtype, range.count) {
    case (.dtInt64, 8): return Int(try bytes.integer(Int64.self, at: range.lowerBound))
    case (.dtInt32, 4): return Int(try bytes.integer(Int32.self, at: range.lowerBound))
    default: throw damaged(name, "is no whole number")
    }
  }

  /// The one float that the variable `name` holds; nil if there is no such variable.
  func float(_ name: String) throws(ModelError) -> Float? {
    guard entries[name] != nil else { return nil }
    let tensor = try tensor(name)
    guard tensor.count == 1 else { throw damaged(name, "is not one number") }
    return tensor.values()[0]
  }

  private func shape(_ entry: Tensorflow_BundleEntryProto) -> [Int] {
    entry.shape.dim.map { Int($0.size) }
  }

  private func place(
    _ name: String
  ) throws(ModelError) -> (Tensorflow_BundleEntryProto, ModelBytes, Range<Int>) {
    guard let entry = entries[name] else {
      throw .damaged(path: path, reason: "\(name) is missing")
    }
    guard entry.slices.isEmpty else {
      throw .foreignModel(
        path: path, found: "\(name) cut into \(entry.slices.count) slices",
        expected: "whole variables")
    }
    guard shards.indices.contains(Int(entry.shardID)), entry.offset >= 0, entry.size >= 0,
      entry.offset < 1 << 48, entry.size < 1 << 48
    else { throw damaged(name, "is in data file \(entry.shardID) at \(entry.offset)") }
    let bytes = shards[Int(entry.shardID)]
    let range = Int(entry.offset)..<Int(entry.offset + entry.size)
    try check(entry, bytes, range, name)
    return (entry, bytes, range)
  }

  private func check(
    _ entry: Tensorflow_BundleEntryProto, _ bytes: ModelBytes, _ range: Range<Int>, _ name: String
  ) throws(ModelError) {
    try bytes.check(range)
    // In stretches, so that the file's pages do not accumulate in addition to the result.
    var found: UInt32 = 0
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 22) {
      let stretch = start..<min(start + 1 << 22, range.upperBound)
      found = try unsafe bytes.withBytes(stretch) { unsafe checksum.update(found, $0) }
      bytes.release(stretch)
    }
    guard CRC32C.masked(found) == entry.crc32C else {
      throw damaged(name, "has not the checksum that was recorded")
    }
  }

  private func damaged(_ name: String, _ reason: String) -> ModelError {
    .damaged(path: path, reason: "\(name) \(reason)")
  }
}
