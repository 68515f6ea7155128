import Foundation
import ParlaAcousticModel
import ParlaFiles
import ParlaModelExchange

/// A file of events that TensorBoard shows.
///
/// Format: records of `tensorflow/core/lib/io/record_writer.h` (length, its masked CRC-32C, content, its masked CRC-32C),
/// each an `Event` of `tensorboard/compat/proto/event.proto` in Protocol Buffers.
struct TensorBoardEvents {
  private let file: AppendedFile

  /// Starts a new file in `folder`, for the steps from `firstStep` on.
  ///
  /// TensorBoard discards entries of earlier files in the folder for `firstStep` and later, which a training that resumes from
  /// a checkpoint repeats.
  ///
  /// - Throws: `FileError.unwritable`.
  init(folder: String, firstStep: Int, time: Date = Date()) throws(FileError) {
    let host = ProcessInfo.processInfo.hostName
    let process = ProcessInfo.processInfo.processIdentifier
    let path = "\(folder)/events.out.tfevents.\(Int(time.timeIntervalSince1970)).\(host).\(process)"
    try makeFolder(folder)
    file = try AppendedFile(path: path)
    try append(Event(time: time, step: 0, content: .fileVersion))
    try append(Event(time: time, step: firstStep, content: .start))
  }

  /// Adds the numbers `scalars`, by name, of `step`.
  ///
  /// - Throws: `FileError.unwritable`.
  func add(_ scalars: [(tag: String, value: Double)], step: Int, time: Date = Date())
    throws(FileError)
  {
    guard !scalars.isEmpty else { return }
    try append(Event(time: time, step: step, content: .scalars(scalars)))
  }

  private func append(_ event: Event) throws(FileError) {
    try file.append(Self.record(event.encoded))
  }

  /// `content` with its length and checksums.
  static func record(_ content: Data) -> Data {
    let length = Data(littleEndian: UInt64(content.count))
    return length + maskedChecksum(length) + content + maskedChecksum(content)
  }

  private static func maskedChecksum(_ data: Data) -> Data {
    Data(littleEndian: CRC32C.masked(unsafe data.withUnsafeBytes { unsafe checksum($0) }))
  }

  private static let checksum = CRC32C()
}

/// The message `Event`, with the numbers of its fields.
private struct Event {
  let time: Date
  let step: Int
  let content: Content

  enum Content {
    case fileVersion
    case start
    case scalars([(tag: String, value: Double)])
  }

  var encoded: Data {
    var message = ProtocolBuffer()
    message.add(1, time.timeIntervalSince1970)
    message.add(2, step)
    switch content {
    case .fileVersion: message.add(3, Data("brain.Event:2".utf8))
    case .start:
      // SessionLog, whose status (field 1) is START (1).
      var log = ProtocolBuffer()
      log.add(1, 1)
      message.add(7, log.data)
    case .scalars(let scalars):
      var summary = ProtocolBuffer()
      for (tag, value) in scalars {
        var entry = ProtocolBuffer()
        entry.add(1, Data(tag.utf8))
        entry.add(2, Float(value))
        summary.add(1, entry.data)
      }
      message.add(5, summary.data)
    }
    return message.data
  }
}

/// Fields of a message, in the wire format of Protocol Buffers.
private struct ProtocolBuffer {
  private(set) var data = Data()

  mutating func add(_ field: Int, _ value: Int) {
    key(field, wireType: 0)
    variableLength(UInt64(value))
  }

  mutating func add(_ field: Int, _ value: Double) {
    key(field, wireType: 1)
    data += Data(littleEndian: value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: Data) {
    key(field, wireType: 2)
    variableLength(UInt64(value.count))
    data += value
  }

  mutating func add(_ field: Int, _ value: Float) {
    key(field, wireType: 5)
    data += Data(littleEndian: value.bitPattern)
  }

  private mutating func key(_ field: Int, wireType: Int) {
    variableLength(UInt64(field << 3 | wireType))
  }

  private mutating func variableLength(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      data.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    data.append(UInt8(value))
  }
}

extension Data {
  fileprivate init(littleEndian value: some FixedWidthInteger) {
    self.init((0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
  }
}
