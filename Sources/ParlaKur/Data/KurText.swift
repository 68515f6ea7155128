import Foundation
import ParlaFiles

/// Reads text files.
enum KurText {
  /// The text of the file at `path`.
  ///
  /// - Throws: `KurError.file`, `.malformed`.
  static func read(_ path: String) throws(KurError) -> String {
    let data: Data
    do { data = try FileContent.ofFile(path) } catch { throw .file(error) }
    guard let text = String(data: data, encoding: .utf8) else {
      throw .malformed(path: path, line: 1, column: 1, problem: "found other bytes, expected UTF-8")
    }
    return text
  }

  /// The lines of the file at `path` with their numbers, from 1; empty ones are left out.
  static func lines(_ path: String) throws(KurError) -> [(number: Int, text: String)] {
    try read(path).split(separator: /\r?\n/, omittingEmptySubsequences: false).enumerated()
      .compactMap { index, line in
        line.allSatisfy(\.isWhitespace) ? nil : (index + 1, String(line))
      }
  }
}
