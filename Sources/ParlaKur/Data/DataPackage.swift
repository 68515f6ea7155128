import Foundation
import ParlaFiles

/// Where a supplier's data is: on this machine, or behind a URL from which it is fetched once.
///
/// Settings: `url`, `path` (the data, or where downloads go), `checksum` (SHA-256 in hexadecimal digits).
struct DataPackage {
  /// The file or folder.
  let path: String

  /// Whether it is a folder.
  let isFolder: Bool

  static let settingNames = ["url", "path", "checksum"]

  private init(path: String, isFolder: Bool) {
    (self.path, self.isFolder) = (path, isFolder)
  }

  /// Finds the data that `settings` name, and fetches it if it is not there.
  ///
  /// - Throws: `KurError.section` for wrong settings and checksums, what befalls a download.
  static func find(_ settings: KurSettings, _ services: KurServices) throws -> DataPackage {
    let checksum = try settings.text("checksum")?.lowercased()
    if let checksum, checksum.count != 64 || !checksum.allSatisfy(\.isHexDigit) {
      throw settings.problem("checksum", checksum, "a SHA-256: 64 hexadecimal digits")
    }
    guard let url = try settings.text("url") else {
      return try local(settings, checksum: checksum)
    }
    guard let source = URL(string: url), ["http", "https", "file"].contains(source.scheme),
      !["", "/"].contains(source.lastPathComponent),
      source.isFileURL || source.host?.isEmpty == false
    else {
      throw settings.problem("url", url, "an address such as https://host/corpus.tar.gz")
    }
    var target = try settings.file("path") ?? NSTemporaryDirectory()
    if Self.isFolder(target) != false {
      target = target.appendingName(source.lastPathComponent)
    }
    if FileManager.default.fileExists(atPath: target) {
      guard let checksum, try SHA256.digest(ofFile: target) != checksum else {
        return DataPackage(path: target, isFolder: false)
      }
      services.note("\(target): its checksum is another one; it is fetched again.")
      try replace(target, from: source, checksum, settings, services)
      return DataPackage(path: target, isFolder: false)
    }
    try Download(source, to: target, note: services.note).run()
    if let checksum { try Self.check(target, checksum, settings) }
    return DataPackage(path: target, isFolder: false)
  }

  /// Fetches another file for the one at `target`, which stays unless the other one is whole and right.
  private static func replace(
    _ target: String, from source: URL, _ checksum: String, _ settings: KurSettings,
    _ services: KurServices
  ) throws {
    let other = target + ".new"
    try? FileManager.default.removeItem(atPath: other)
    try Download(source, to: other, note: services.note).run()
    do { try check(other, checksum, settings) } catch {
      try? FileManager.default.removeItem(atPath: other)
      throw error
    }
    guard unsafe rename(other, target) == 0 else {
      throw KurError.file(.unwritable(path: target, reason: systemReason(errno)))
    }
  }

  private static func local(_ settings: KurSettings, checksum: String?) throws -> DataPackage {
    guard let path = try settings.file("path") else {
      throw settings.problem("", "neither url nor path", "one of them")
    }
    guard let isFolder = Self.isFolder(path) else {
      throw settings.problem(
        "path", "\(path), which is not there", "a file or folder; or give a url to fetch it from")
    }
    if let checksum, !isFolder { try Self.check(path, checksum, settings) }
    return DataPackage(path: path, isFolder: isFolder)
  }

  private static func check(
    _ path: String, _ checksum: String, _ settings: KurSettings
  ) throws {
    let found = try SHA256.digest(ofFile: path)
    guard found == checksum else {
      throw settings.problem(
        "checksum", "\(found) for \(path)", "\(checksum); fetch the file again, or correct it")
    }
  }

  /// Whether a folder is at `path`; nil if nothing is.
  private static func isFolder(_ path: String) -> Bool? {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return nil
    }
    return isFolder.boolValue
  }
}
