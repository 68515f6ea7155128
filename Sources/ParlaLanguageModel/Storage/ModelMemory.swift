import ParlaFiles
import ParlaPlatform

/// The bytes that a model lives in: a file mapped into memory, or memory that a model was built in.
///
/// A mapped file must be replaced, never written into or cut short, while a model uses it (see `FixedMemory`).
@safe package struct ModelMemory: @unchecked Sendable {
  /// Where the bytes came from, for messages.
  package let path: String

  /// All bytes.
  package let bytes: UnsafeRawBufferPointer

  private let memory: FixedMemory

  /// Maps the file at `path`.
  ///
  /// - Throws: `LanguageModelError.unreadable`.
  package init(mapping path: String) throws(LanguageModelError) {
    self.path = path
    do { memory = try FixedMemory(mapping: path) } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    unsafe bytes = memory.bytes
  }

  /// Makes `count` zero bytes, for `fill` to write a model into.
  package init(
    count: Int, path: String,
    fill: (UnsafeMutableRawBufferPointer) throws(LanguageModelError) -> Void
  ) throws(LanguageModelError) {
    self.path = path
    guard let memory = try unsafe FixedMemory(count: count, fill: fill) else {
      throw .unreadable(path: path, reason: "a model of \(count) bytes does not fit into memory")
    }
    self.memory = memory
    unsafe bytes = memory.bytes
  }
}
