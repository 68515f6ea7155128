import Foundation
import ParlaAcousticModel

/// A table of a FlatBuffer, every access checked against the file's size.
///
/// Format: google/flatbuffers, "FlatBuffer Internals": a table starts with the distance back to its vtable, which says
/// the position of each field; strings, vectors and other tables are distances forwards.
struct FlatBufferTable {
  let bytes: ModelBytes
  private let position: Int
  private let vtable: Int
  private let vtableLength: Int

  /// The root table of the FlatBuffer that fills `bytes`.
  ///
  /// - Throws: `ModelError.cutOff`, `.damaged`.
  static func root(of bytes: ModelBytes) throws(ModelError) -> FlatBufferTable {
    try FlatBufferTable(bytes, at: Int(try bytes.integer(UInt32.self, at: 0)))
  }

  private init(_ bytes: ModelBytes, at position: Int) throws(ModelError) {
    self.bytes = bytes
    self.position = position
    vtable = position - Int(try bytes.integer(Int32.self, at: position))
    vtableLength = Int(try bytes.integer(UInt16.self, at: vtable))
    guard vtableLength >= 4 else {
      throw .damaged(
        path: bytes.path, reason: "the table at byte \(position) has no fields' places")
    }
  }

  private static let mostElements = 1 << 16

  /// Where field `index` is, or nil when it has its default.
  private func place(_ index: Int) throws(ModelError) -> Int? {
    guard 4 + 2 * index + 2 <= vtableLength else { return nil }
    let offset = Int(try bytes.integer(UInt16.self, at: vtable + 4 + 2 * index))
    return offset == 0 ? nil : position + offset
  }

  /// The number in field `index`.
  func integer<Integer: FixedWidthInteger>(
    _ index: Int, default value: Integer = 0
  ) throws(ModelError) -> Integer {
    guard let place = try place(index) else { return value }
    return try bytes.integer(Integer.self, at: place)
  }

  /// The table in field `index`.
  func table(_ index: Int) throws(ModelError) -> FlatBufferTable? {
    guard let place = try place(index) else { return nil }
    return try FlatBufferTable(bytes, at: try target(place))
  }

  /// Where the elements of the vector in field `index` are; nothing when there is none.
  func vector(_ index: Int, elementSize: Int) throws(ModelError) -> (start: Int, count: Int) {
    guard let place = try place(index) else { return (0, 0) }
    let start = try target(place)
    let count = Int(try bytes.integer(UInt32.self, at: start))
    try bytes.check(start + 4..<start + 4 + count * elementSize)
    return (start + 4, count)
  }

  /// The text in field `index`.
  func string(_ index: Int) throws(ModelError) -> String {
    let (start, count) = try vector(index, elementSize: 1)
    guard count < Self.mostElements else { throw tooMany(count) }
    return String(decoding: try bytes.data(start..<start + count), as: UTF8.self)
  }

  /// The numbers in field `index`.
  func integers(_ index: Int) throws(ModelError) -> [Int] {
    let (start, count) = try vector(index, elementSize: 4)
    guard count < Self.mostElements else { throw tooMany(count) }
    return try (0..<count).map { (element) throws(ModelError) in
      Int(try bytes.integer(Int32.self, at: start + 4 * element))
    }
  }

  /// The tables in field `index`.
  func tables(_ index: Int) throws(ModelError) -> [FlatBufferTable] {
    let (start, count) = try vector(index, elementSize: 4)
    guard count < Self.mostElements else { throw tooMany(count) }
    return try (0..<count).map { (element) throws(ModelError) in
      try FlatBufferTable(bytes, at: try target(start + 4 * element))
    }
  }

  private func target(_ place: Int) throws(ModelError) -> Int {
    place + Int(try bytes.integer(UInt32.self, at: place))
  }

  private func tooMany(_ count: Int) -> ModelError {
    .damaged(path: bytes.path, reason: "a vector of \(count) elements")
  }
}
