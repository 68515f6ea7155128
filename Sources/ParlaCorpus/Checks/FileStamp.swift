import Foundation
import ParlaAudio

/// Detects whether a file has changed.
package struct FileStamp: Sendable, Hashable, Codable {
  package let byteCount: Int

  /// When the content last changed, in seconds since 1970.
  package let modified: Double

  /// The stamp of the file at `path`, or of the selected part of one; nil if there is none.
  package init?(path: String) {
    let address = SoundAddress(path)
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: address.path),
      let byteCount = attributes[.size] as? NSNumber,
      let modified = attributes[.modificationDate] as? Date
    else { return nil }
    let part = address.bytes?.clamped(to: 0..<byteCount.intValue)
    self.byteCount = part?.count ?? byteCount.intValue
    self.modified = modified.timeIntervalSince1970
  }
}
