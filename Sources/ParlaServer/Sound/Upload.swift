import Foundation
import ParlaFiles

/// A sound file that was sent: kept in a file without a name, of which nothing is left however the server ends.
final class Upload: Sendable {
  private let file: TemporaryFile
  /// How many bytes it has.
  let byteCount: Int

  init(_ file: TemporaryFile, byteCount: Int) {
    self.file = file
    self.byteCount = byteCount
  }

  /// Where this process finds it.
  var path: String { file.path }

  /// Says in the header of a WAV that was cut that its length is open, so that it is recognised to where it ends; false for other files.
  func opensEnd() -> Bool {
    let handle = FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: false)
    guard (try? handle.seek(toOffset: 0)) != nil,
      let start = try? handle.read(upToCount: 1 << 16), start.starts(with: Array("RIFF".utf8))
    else { return false }
    var place = 12
    while place + 8 <= start.count {
      let length = start[place + 4..<place + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      if start[place..<place + 4].elementsEqual("data".utf8) {
        do {
          try handle.seek(toOffset: UInt64(place + 4))
          try handle.write(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF])
        } catch { return false }
        return true
      }
      place += 8 + length + length % 2
    }
    return false
  }

  /// Takes a file piece by piece.
  struct Writer: ~Copyable {
    private let file: TemporaryFile
    private var pending = Data()
    private var byteCount = 0

    /// - Throws: `FileError.unwritable`.
    init() throws(FileError) {
      file = try TemporaryFile(in: NSTemporaryDirectory())
    }

    /// - Throws: `FileError.unwritable`.
    mutating func append(_ bytes: [UInt8]) throws(FileError) {
      byteCount += bytes.count
      pending.append(contentsOf: bytes)
      if pending.count >= 1 << 18 { try flush() }
    }

    /// - Throws: `FileError.unwritable`.
    mutating func finish() throws(FileError) -> Upload {
      try flush()
      return Upload(file, byteCount: byteCount)
    }

    private mutating func flush() throws(FileError) {
      try file.append(pending)
      pending.removeAll(keepingCapacity: true)
    }
  }

  /// The whole of a body.
  ///
  /// - Throws: `RequestFailure`, `FileError`.
  static func reading(_ body: RequestBody) async throws -> Upload {
    var writer = try Writer()
    while let bytes = try await body.next() { try writer.append(bytes) }
    return try writer.finish()
  }
}

/// A form with a sound file and other fields, as OpenAI's clients send it.
struct UploadForm: Sendable {
  /// The values of each field, in order.
  private(set) var fields: [String: [String]] = [:]
  private(set) var file: Upload?

  /// A field longer than this is refused.
  private static let longestField = 1 << 20

  /// Reads the form of `head` from `body`, in whatever order its parts come.
  ///
  /// - Throws: `RequestFailure`, `FileError`.
  init(_ head: RequestHead, _ body: RequestBody) async throws {
    guard var reader = MultipartReader(contentType: head.header("content-type")) else {
      throw RequestFailure.bad(
        "Expected a form (Content-Type: multipart/form-data; boundary=…) with a part called \"file\"."
      )
    }
    var part: MultipartReader.Part?
    var field: [UInt8] = []
    var writer: Upload.Writer?
    while let bytes = try await body.next() {
      for event in try reader.feed(bytes) {
        switch event {
        case .part(let begun):
          part = begun
          field = []
          if begun.name == "file", begun.isFile { writer = try Upload.Writer() }
        case .content(let content):
          if part?.name == "file", part?.isFile == true {
            try writer?.append(content)
          } else {
            field += content
            guard field.count <= Self.longestField else {
              throw RequestFailure.bad(
                "A field of the form has more than \(Self.longestField) bytes.")
            }
          }
        case .partEnd:
          if var ended = writer.take() {
            file = try ended.finish()
          } else if let part {
            guard let text = String(validating: field, as: UTF8.self) else {
              throw RequestFailure.bad(
                "The field \"\(part.name.prefix(40))\" is no UTF-8.", param: part.name)
            }
            fields[part.name, default: []].append(text)
          }
          part = nil
        }
      }
    }
    guard reader.isComplete else {
      throw RequestFailure.bad("The form ends before its closing boundary. Send it whole.")
    }
  }

  /// The last value of a field; nil where it is absent or empty.
  func value(_ name: String) -> String? {
    fields[name]?.last.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// All values of the fields called `names`, apart at commas.
  func list(_ names: String...) -> [String] {
    names.flatMap { fields[$0] ?? [] }.flatMap { $0.split(separator: ",") }
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
