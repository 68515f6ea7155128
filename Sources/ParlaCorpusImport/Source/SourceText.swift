import Foundation
import ParlaFiles

/// The text of a file of a corpus, in any recognisable encoding.
package struct SourceText {
  /// The text; undecodable bytes become U+FFFD.
  package let text: String

  /// What the encoding was found to be, where it is not UTF-8.
  package let encodingName: String?

  /// Reads the file at `path` as `encoding`, or else as its bytes suggest.
  ///
  /// - Throws: `ImportError.file`; `.notText`, if some bytes are no characters.
  package init(file path: String, encoding: TextEncoding? = nil) throws(ImportError) {
    let data: Data
    do { data = try FileContent.bytes(path) } catch { throw .file(error) }
    self.init(data, encoding: encoding)
    guard !text.unicodeScalars.contains(where: { $0 == "\u{FFFD}" || $0 == "\0" }) else {
      throw .notText(path: path, encoding: encoding?.name ?? encodingName ?? "utf-8")
    }
  }

  /// Reads `data` by its byte order mark, as UTF-8, as UTF-16, or in the one encoding that its bytes suggest; or as `encoding`.
  init(_ data: Data, encoding: TextEncoding? = nil) {
    let told = encoding ?? TextEncoding(markOf: data)
    let plain = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
    let found =
      told ?? (String(validating: plain, as: UTF8.self) == nil ? TextEncoding(guessing: data) : nil)
    if let found, let text = String(data: data, encoding: found.encoding) {
      self.text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
      encodingName = found.name == "utf-8" ? nil : found.name
    } else {
      text = String(decoding: plain, as: UTF8.self)
      encodingName = nil
    }
  }

  /// The lines, without their ends.
  var lines: [Substring] {
    text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
  }
}

/// An encoding of texts.
package struct TextEncoding: Sendable, Equatable {
  /// Its name, as in IANA's list.
  package let name: String
  let encoding: String.Encoding

  /// The encodings that can be named.
  package static let all: [TextEncoding] = [
    .init("utf-8", .utf8), .init("utf-16", .utf16), .init("utf-16le", .utf16LittleEndian),
    .init("utf-16be", .utf16BigEndian), .init("utf-32", .utf32), .init("iso-8859-1", .isoLatin1),
    .init("iso-8859-2", .isoLatin2), .init("windows-1250", .windowsCP1250),
    .init("windows-1251", .windowsCP1251), .init("windows-1252", .windowsCP1252),
    .init("windows-1253", .windowsCP1253), .init("windows-1254", .windowsCP1254),
    .init("macintosh", .macOSRoman), .init("shift_jis", .shiftJIS), .init("euc-jp", .japaneseEUC),
  ]

  private init(_ name: String, _ encoding: String.Encoding) {
    self.name = name
    self.encoding = encoding
  }

  /// The encoding called `name`.
  ///
  /// - Throws: `ImportError.unknownEncoding`.
  package init(named name: String) throws(ImportError) {
    let plain = name.lowercased().replacing("latin1", with: "iso-8859-1").replacing(
      "cp125", with: "windows-125")
    guard let known = Self.all.first(where: { $0.name == plain }) else {
      throw .unknownEncoding(name: name, known: Self.all.map(\.name))
    }
    self = known
  }

  /// UTF-16 or UTF-32, by the byte order mark of `data` or by the zeros that plain letters have in it.
  init?(markOf data: Data) {
    let start = Array(data.prefix(4096))
    if start.starts(with: [0xFF, 0xFE, 0, 0]) || start.starts(with: [0, 0, 0xFE, 0xFF]) {
      self.init("utf-32", .utf32)
    } else if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      self.init("utf-16", .utf16)
    } else {
      let zeros = start.indices.filter { start[$0] == 0 }
      guard start.count >= 8, zeros.count > start.count / 4 else { return nil }
      let odd = zeros.count { $0 % 2 == 1 }
      if 2 * odd > zeros.count {
        self.init("utf-16le", .utf16LittleEndian)
      } else {
        self.init("utf-16be", .utf16BigEndian)
      }
    }
  }

  /// What bytes that are not UTF-8 most likely are: a table saved on Windows.
  ///
  /// Nil when there are whole characters of UTF-8 among them: then single lines are broken.
  init?(guessing data: Data) {
    var letters = 0
    var high = 0
    var index = data.startIndex
    while index < data.endIndex {
      let byte = data[index]
      if byte >= 0xC2, byte < 0xF5, index + 1 < data.endIndex, data[index + 1] & 0xC0 == 0x80 {
        return nil
      }
      if byte >= 0xC0 { high += 1 }
      if (0x41...0x5A).contains(byte & 0xDF) { letters += 1 }
      index += 1
    }
    // In Cyrillic most letters are above 0xC0, in western languages few.
    let isCyrillic = high > letters
    self.init(
      isCyrillic ? "windows-1251" : "windows-1252", isCyrillic ? .windowsCP1251 : .windowsCP1252)
  }
}
