package import Foundation

extension FileHandle {
  /// Writes all of `data` where the file ends, or nothing of it: a full disk leaves no half of a line or record behind.
  package func appendWhole(_ data: Data) throws {
    let end = try offset()
    do { try write(contentsOf: data) } catch {
      try? truncate(atOffset: end)
      throw error
    }
  }
}
