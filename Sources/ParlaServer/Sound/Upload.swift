import Foundation
import ParlaAudio
import ParlaFiles
import Synchronization

/// A sound file that is sent: kept in a file without a name, of which nothing is left however the server ends.
final class Upload: Sendable {
  /// The file as its concurrent readers see it.
  let file: ArrivingFile

  private let storage: TemporaryFile
  private let pending = Mutex((bytes: Data(), count: 0))

  /// The number of bytes written at once.
  private static let blockLength = 1 << 16

  /// Waits for bytes.
  ///
  /// - Throws: `FileError.unwritable`.
  init() throws(FileError) {
    storage = try TemporaryFile(in: NSTemporaryDirectory())
    file = ArrivingFile(path: storage.path)
  }

  /// What somebody else has written to `storage`, as a whole.
  init(_ storage: TemporaryFile) {
    self.storage = storage
    file = ArrivingFile(path: storage.path)
    file.grow(to: Self.size(storage))
    file.finish()
  }

  /// Where this process finds it.
  var path: String { file.path }

  /// Takes the next bytes.
  ///
  /// - Throws: `FileError.unwritable`.
  func append(_ bytes: [UInt8]) throws {
    try pending.withLock { pending in
      pending.bytes.append(contentsOf: bytes)
      if pending.bytes.count >= Self.blockLength { try flush(&pending) }
    }
  }

  /// Says that nothing more comes.
  ///
  /// - Throws: `FileError.unwritable`.
  func finish() throws {
    try pending.withLock { pending in try flush(&pending) }
    file.finish()
  }

  private func flush(_ pending: inout (bytes: Data, count: Int)) throws {
    try storage.append(pending.bytes)
    pending.count += pending.bytes.count
    pending.bytes.removeAll(keepingCapacity: true)
    file.grow(to: pending.count)
  }

  private static func size(_ file: TemporaryFile) -> Int {
    let handle = FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: false)
    return Int((try? handle.seekToEnd()) ?? 0)
  }

  /// Says in the header of a WAV that was cut that its length is open, so that it is recognised to where it ends; false for other files.
  func opensEnd() -> Bool {
    let handle = FileHandle(fileDescriptor: storage.descriptor, closeOnDealloc: false)
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

  /// The whole of a body after `header`; `begin` is called before its first byte.
  ///
  /// - Throws: `RequestFailure`, `FileError`.
  static func reading(
    _ body: RequestBody, after header: [UInt8] = [], _ begin: (Upload) -> Void = { _ in }
  ) async throws -> Upload {
    let upload = try Upload()
    try upload.append(header)
    begin(upload)
    while let bytes = try await body.next() { try upload.append(bytes) }
    try upload.finish()
    return upload
  }
}

/// A form with a sound file and other fields, as OpenAI's clients send it.
struct UploadForm: Sendable {
  /// The values of each field, in order.
  private(set) var fields: [String: [String]] = [:]
  private(set) var file: Upload?
  /// The part that is being read, and its content if it is no file.
  private var part: MultipartReader.Part?
  private var field: [UInt8] = []

  private var fieldBytes = 0

  /// A field longer than this is refused, and as many as are longer together than twice this.
  private static let longestField = 1 << 20

  /// Reads the form of `head` from `body`, in whatever order its parts come; `onFile` gets what came before the file and the file,
  /// of which nothing is there yet.
  ///
  /// - Throws: `RequestFailure`, `FileError`.
  static func reading(
    _ head: RequestHead, _ body: RequestBody, onFile: (UploadForm) -> Void = { _ in }
  ) async throws -> UploadForm {
    guard var reader = MultipartReader(contentType: head.header("content-type")) else {
      throw RequestFailure.bad(
        "Expected a form (Content-Type: multipart/form-data; boundary=…) with a part called \"file\"."
      )
    }
    var form = UploadForm()
    while let bytes = try await body.next() {
      for event in try reader.feed(bytes) { try form.take(event, onFile) }
    }
    guard reader.isComplete else {
      throw RequestFailure.bad("The form ends before its closing boundary. Send it whole.")
    }
    return form
  }

  private mutating func take(
    _ event: MultipartReader.Event, _ onFile: (UploadForm) -> Void
  ) throws {
    switch event {
    case .part(let begun):
      part = begun
      field = []
      guard begun.name == "file", begun.isFile else { return }
      file = try Upload()
      onFile(self)
    case .content(let content) where part?.name == "file" && part?.isFile == true:
      try file?.append(content)
    case .content(let content):
      field += content
      fieldBytes += content.count
      guard field.count <= Self.longestField else {
        throw RequestFailure.bad("A field of the form has more than \(Self.longestField) bytes.")
      }
      guard fieldBytes <= 2 * Self.longestField else {
        throw RequestFailure.bad(
          "The fields of the form have more than \(2 * Self.longestField) bytes together.")
      }
    case .partEnd:
      defer { part = nil }
      guard let part else { return }
      guard part.name != "file" || !part.isFile else {
        try file?.finish()
        return
      }
      guard let text = String(validating: field, as: UTF8.self) else {
        throw RequestFailure.bad(
          "The field \"\(part.name.prefix(40))\" is no UTF-8.", param: part.name)
      }
      fields[part.name, default: []].append(text)
    }
  }

  /// The last value of a field; nil where it is absent or empty.
  func value(_ name: String) -> String? {
    fields[name]?.last.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// All values of the fields called `names`, apart at commas; of long ones only what comes first.
  func list(_ names: String...) -> [String] {
    names.flatMap { fields[$0] ?? [] }.flatMap { $0.start.split(separator: ",") }
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
