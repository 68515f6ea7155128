import Foundation
import ParlaFiles

/// The folder of a file that is to be written: it is made where it is not there, and goes again where nothing came into it.
final class TargetFolder {
  /// The folders that were made, the innermost first.
  private let made: [String]

  /// Makes the folder of `file`, and makes sure that the file can be written.
  ///
  /// - Throws: `CorpusError.file`.
  init(of file: String) throws(CorpusError) {
    var missing: [String] = []
    var place = file.folderPath
    while !place.isEmpty, FileKind(place) == nil {
      missing.append(place)
      place = place.folderPath
    }
    made = missing
    do { try AtomicFile.prepare(file) } catch { throw .file(error) }
  }

  deinit {
    // Only empty folders are removed.
    for place in made { unsafe rmdir(place) }
  }
}
