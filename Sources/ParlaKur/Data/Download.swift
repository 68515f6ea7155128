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

  /// - Throws: `KurError.download`, `.file`.
  func run() throws(KurError) {
    let folder = target.folderPath
    if !folder.isEmpty {
      do { try makeFolder(folder) } catch { throw .file(error) }
    }
    if source.isFileURL {
      let (path, partPath) = (source.path(percentEncoded: false), WebDownload.part(of: target))
      do {
        if FileManager.default.fileExists(atPath: partPath) {
          try FileManager.default.removeItem(atPath: partPath)
        }
        try FileManager.default.copyItem(atPath: path, toPath: partPath)
      } catch { throw .file(.unreadable(path: path, reason: systemReason(error))) }
    } else {
      note("\(source.lastPathComponent): fetching")
      if let problem = WebDownload().parts([.init(source, to: target)])[0] {
        throw .download(url: source.absoluteString, problem: problem)
      }
    }
    do { try WebDownload.keep(target) } catch { throw .file(error) }
  }
}
