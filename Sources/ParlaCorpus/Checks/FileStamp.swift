import Foundation

/// Tells whether a file is still the one that was seen before.
package struct FileStamp: Sendable, Hashable, Codable {
  package let byteCount: Int

  /// When the content last changed, in seconds since 1970.
  package let modified: Double

  /// The stamp of the file at `path`; nil if there is none.
  package init?(path: String) {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
      let byteCount = attributes[.size] as? NSNumber,
      let modified = attributes[.modificationDate] as? Date
    else { return nil }
    self.byteCount = byteCount.intValue
    self.modified = modified.timeIntervalSince1970
  }
}
