import Foundation
import ParlaFiles
import ParlaWeb

/// Fetches a file, and continues where an earlier try stopped.
struct Download {
  private let source: URL
  private let target: String
  private let note: @Sendable (String) -> Void

  /// Downloads `source` to the file `target`; `note` receives the progress.
  init(_ source: URL, to target: String, note: @escaping @Sendable (String) -> Void) {
    self.source = source
    self.target = target
    self.note = note
  }

  /// Where the file grows until it is whole.
  private var partPath: String { target + ".part" }

  /// - Throws: `KurError.download`, `.file`.
  func run() throws(KurError) {
    let folder = target.folderPath
    if !folder.isEmpty {
      do { try makeFolder(folder) } catch { throw .file(error) }
    }
    if source.isFileURL {
      let path = source.path(percentEncoded: false)
      do {
        if FileManager.default.fileExists(atPath: partPath) {
          try FileManager.default.removeItem(atPath: partPath)
        }
        try FileManager.default.copyItem(atPath: path, toPath: partPath)
      } catch { throw .file(.unreadable(path: path, reason: systemReason(error))) }
    } else {
      try fetch()
    }
    do { try FileManager.default.moveItem(atPath: partPath, toPath: target) } catch {
      throw .file(.unwritable(path: target, reason: systemReason(error)))
    }
  }

  /// So often a connection that breaks off is made again, as long as something arrives each time.
  private static let mostTries = 5

  /// Continues a part that is there; a server that cannot do so is asked for the whole.
  private func fetch() throws(KurError) {
    note("\(source.lastPathComponent): fetching")
    var problem = ""
    for _ in 0..<Self.mostTries {
      let before = partSize
      var answer = WebProgram.get(source, to: partPath)
      if answer.cannotContinue {
        try? FileManager.default.removeItem(atPath: partPath)
        answer = WebProgram.get(source, to: partPath)
      }
      guard let found = answer.problem else { return }
      problem = found
      guard partSize > before else { break }
    }
    throw .download(url: source.absoluteString, problem: problem)
  }

  private var partSize: Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: partPath)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }
}
