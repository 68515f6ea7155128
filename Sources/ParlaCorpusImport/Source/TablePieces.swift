import Foundation
import ParlaFiles

extension SourceTree {
  /// Hands over the rows of the table at `path` one after the other; one in UTF-8 is read piece by piece, and is never held whole.
  ///
  /// - Throws: `ImportError.file`, `.textTooLarge`, or what `take` throws.
  func eachRow(
    of path: String, encoding: TextEncoding?, separator: TableReader.Separator,
    quoting: TableReader.Quoting, _ take: ([String]) throws(ImportError) -> Void
  ) throws(ImportError) {
    guard encoding?.name ?? "utf-8" == "utf-8", try isUTF8(path) else {
      let text = SourceText(try contents(path), encoding: encoding).text
      var reader = TableReader(text, separator: separator, quoting: quoting)
      while let row = reader.next() { try take(row) }
      return
    }
    var reader = TableReader(separator: separator, quoting: quoting)
    try eachPiece(of: path) { piece, isFirst throws(ImportError) in
      let hasMark = isFirst && piece.starts(with: Self.mark)
      reader.append(hasMark ? piece.dropFirst(Self.mark.count) : piece)
      while let row = reader.next(mayGrow: true) { try take(row) }
      return max(reader.waitingCount, Self.pieceLength)
    }
    while let row = reader.next() { try take(row) }
  }

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let pieceLength = 1 << 18

  /// Whether the text at `path` is in UTF-8.
  private func isUTF8(_ path: String) throws(ImportError) -> Bool {
    var isValid = true
    var rest = Data()
    try eachPiece(of: path) { piece, isFirst in
      guard isValid else { return Self.pieceLength }
      if isFirst, TextEncoding(markOf: piece) != nil { isValid = false }
      rest += piece
      // No character is divided after a sign of ASCII.
      let end = rest.lastIndex { $0 < 0x80 }.map { $0 + 1 } ?? rest.startIndex
      isValid = isValid && String(validating: rest[..<end], as: UTF8.self) != nil
      rest = Data(rest[end...])
      return max(rest.count, Self.pieceLength)
    }
    return isValid && String(validating: rest, as: UTF8.self) != nil
  }

  /// Hands over the bytes of the text at `path`; `take` says how many it wants next.
  private func eachPiece(
    of path: String, _ take: (Data, _ isFirst: Bool) throws(ImportError) -> Int
  ) throws(ImportError) {
    guard let plainPath = file(path)?.plainPath else {
      var rest = try contents(path)[...]
      var count = Self.pieceLength
      var isFirst = true
      while !rest.isEmpty {
        let piece = rest.prefix(count)
        rest = rest.dropFirst(piece.count)
        count = try take(piece, isFirst)
        isFirst = false
      }
      return
    }
    do { try FileContent.checkIsFile(plainPath) } catch { throw .file(error) }
    func unreadable(_ failure: SystemFailure) -> ImportError {
      .file(.unreadable(path: plainPath, reason: systemReason(failure.code)))
    }
    let file: OpenFile
    do { file = try OpenFile(path: plainPath) } catch { throw unreadable(error) }
    var count = Self.pieceLength
    var isFirst = true
    while true {
      let piece: Data
      do { piece = try file.read(upTo: count) } catch { throw unreadable(error) }
      if piece.isEmpty { return }
      count = try take(piece, isFirst)
      isFirst = false
    }
  }
}
