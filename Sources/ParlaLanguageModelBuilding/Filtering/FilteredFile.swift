import Foundation
import ParlaFiles
import ParlaLanguageModel

/// A file that a filter writes, which appears when it is complete.
final class FilteredFile {
  private var file: PendingFile
  private let buffer = TextBuffer()
  private var sectionCount = 0

  init(path: String) throws(LanguageModelError) {
    do { file = try PendingFile(replacing: path, isRewritten: true) } catch {
      throw LanguageModelError(error)
    }
  }

  func append(_ bytes: ArraySlice<UInt8>) throws(LanguageModelError) {
    for byte in bytes { buffer.append(byte) }
    if buffer.count > 1 << 16 { try flush() }
  }

  func appendLine(_ text: ArraySlice<UInt8>) throws(LanguageModelError) {
    try append(text)
    buffer.append(UInt8(ascii: "\n"))
    sectionCount += 1
  }

  func beginSection(_ title: String) throws(LanguageModelError) {
    sectionCount = 0
    try append(Array(title.utf8)[...])
  }

  /// Ends a section; how many lines it has.
  func endSection() throws(LanguageModelError) -> Int {
    try append([10])
    return sectionCount
  }

  /// Writes `bytes` over the first ones of the file.
  func overwrite(_ bytes: [UInt8]) throws(LanguageModelError) {
    try flush()
    do { try file.overwriteStart(Data(bytes)) } catch { throw LanguageModelError(error) }
  }

  func commit() throws(LanguageModelError) {
    try flush()
    do { try file.commit() } catch { throw LanguageModelError(error) }
  }

  func discard() { file.discard() }

  private func flush() throws(LanguageModelError) {
    do { try file.append(buffer.data) } catch { throw LanguageModelError(error) }
    buffer.clear()
  }
}

/// The header of an ARPA file as a filter copies it.
enum ARPAHeader {
  /// The counts of all orders.
  static func read(_ lines: inout LineReader) throws(LanguageModelError) -> [Int] {
    try expect("\\data\\", &lines)
    var counts: [Int] = []
    while try lines.advance() {
      if lines.current.allSatisfy({ $0 <= 32 }) { break }
      let text = String(decoding: lines.current, as: UTF8.self)
      let start = "ngram \(counts.count + 1)="
      guard text.hasPrefix(start), let count = Int(text.dropFirst(start.count)), count >= 0 else {
        throw .malformedARPA(
          path: lines.path, line: lines.lineNumber, found: lines.current.quoted,
          expected: "\"\(start)\" and a count")
      }
      counts.append(count)
    }
    return counts
  }

  /// Goes to the next line that is neither empty nor a comment; it must be `expected`.
  static func expect(
    _ expected: String, _ lines: inout LineReader
  ) throws(LanguageModelError) {
    repeat {
      guard try lines.advance() else {
        throw .malformedARPA(
          path: lines.path, line: lines.lineNumber, found: "the end of the file",
          expected: expected)
      }
    } while lines.current.allSatisfy { $0 <= 32 } || lines.current.first == UInt8(ascii: "#")
    guard lines.current.elementsEqual(expected.utf8) else {
      throw .malformedARPA(
        path: lines.path, line: lines.lineNumber, found: lines.current.quoted, expected: expected)
    }
  }

  /// The header with `counts`.
  static func text(_ counts: [Int]) -> [UInt8] {
    var text = "\n\\data\\\n"
    for (index, count) in counts.enumerated() { text += "ngram \(index + 1)=\(count)\n" }
    return Array((text + "\n").utf8)
  }
}
