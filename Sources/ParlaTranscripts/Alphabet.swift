import ParlaFiles
import ParlaPlatform

/// The labels that a model can write, in the order of its outputs.
///
/// CTC's blank is the output after the last label and not listed. Text is encoded by longest match
/// over Unicode code points, so "é" in one code point and "e" with a combining accent are
/// different; see `TranscriptNormalizer`.
public struct Alphabet: Sendable, Equatable {
  /// The labels, without the blank.
  public let labels: [String]

  /// The label of the space, which divides words, if the alphabet has one.
  public let spaceLabel: Int?

  /// Whether the labels are the bytes of UTF-8 from 1 to 255, in that order, and no characters.
  public let isBytes: Bool

  private let labelOfScalars: [[Unicode.Scalar]: Int]
  private let longestLabel: Int

  /// Makes an alphabet of `labels`.
  ///
  /// - Throws: `TranscriptError.noLabels`, `.duplicateLabel`, `.unwritableLabel`.
  public init(labels: [String]) throws(TranscriptError) {
    try self.init(labels: labels, path: nil)
  }

  private init(labels: [String], path: String?) throws(TranscriptError) {
    guard !labels.isEmpty else { throw .noLabels(path: path) }
    var labelOfScalars: [[Unicode.Scalar]: Int] = [:]
    for (index, label) in labels.enumerated() {
      guard Self.fitsOnALine(label) else { throw .unwritableLabel(label: label, index: index) }
      guard labelOfScalars.updateValue(index, forKey: Array(label.unicodeScalars)) == nil else {
        throw .duplicateLabel(path: path, label: label, index: index)
      }
    }
    self.labels = labels
    self.labelOfScalars = labelOfScalars
    longestLabel = labelOfScalars.keys.lazy.map(\.count).max() ?? 0
    spaceLabel = labelOfScalars[[" "]]
    isBytes = false
  }

  /// The alphabet of the released English DeepSpeech models: space, a to z, apostrophe.
  public static let english = Alphabet(distinctCharacters: " abcdefghijklmnopqrstuvwxyz'")

  private init(distinctCharacters text: String) {
    labels = text.unicodeScalars.map(String.init)
    labelOfScalars = Dictionary(
      text.unicodeScalars.enumerated().map { ([$0.element], $0.offset) },
      uniquingKeysWith: { first, _ in first })
    longestLabel = 1
    spaceLabel = labelOfScalars[[" "]]
    isBytes = false
  }

  /// The labels of DeepSpeech's bytes output mode, which write any text: label i is the byte i + 1.
  ///
  /// (DeepSpeech 0.9.3, `native_client/alphabet.h`, `UTF8Alphabet`.) In `labels`, bytes beyond ASCII have names: `<0xE4>`.
  public static let bytes = Alphabet(
    byteNames: (1...255).map { byte in
      byte < 0x80
        ? "\(Unicode.Scalar(UInt8(byte)))" : "<0x\(String(byte, radix: 16, uppercase: true))>"
    })

  private init(byteNames: [String]) {
    labels = byteNames
    (labelOfScalars, longestLabel) = ([:], 0)
    spaceLabel = 0x20 - 1
    isBytes = true
  }

  /// The alphabet of all code points in `transcripts`: the space first, if it occurs, then by code
  /// point.
  ///
  /// - Throws: `TranscriptError.noLabels` when the transcripts are all empty; `.unwritableLabel`
  ///   when one holds a line
  ///   break.
  public static func covering(
    _ transcripts: some Sequence<String>
  ) throws(TranscriptError) -> Alphabet {
    var scalars: Set<Unicode.Scalar> = []
    for transcript in transcripts { scalars.formUnion(transcript.unicodeScalars) }
    let hasSpace = scalars.remove(" ") != nil
    return try Alphabet(labels: (hasSpace ? [" "] : []) + scalars.sorted().map(String.init))
  }
}

// MARK: - Labels and text

extension Alphabet {
  /// How many outputs a model with this alphabet has: the labels and the blank.
  public var labelCount: Int { labels.count + 1 }

  /// CTC's blank: the output after the last label.
  public var blank: Int { labels.count }

  /// The labels that spell `text`.
  ///
  /// - Throws: `TranscriptError.outsideAlphabet` with all characters that no label covers.
  public func encode(_ text: String) throws(TranscriptError) -> [Int] {
    let (encoded, unknown) = match(text)
    guard unknown.isEmpty else { throw .outsideAlphabet(text: text, characters: unknown) }
    return encoded
  }

  /// The code points of `text` that no label covers, in order, each once.
  public func unknownCharacters(in text: String) -> [String] {
    match(text).unknown
  }

  /// The text that `labels` spell; none of them may be the blank.
  ///
  /// Bytes that are no UTF-8 become U+FFFD.
  public func decode(_ labels: some Sequence<Int>) -> String {
    if isBytes {
      return String(decoding: labels.map { UInt8(truncatingIfNeeded: $0 + 1) }, as: UTF8.self)
    }
    var text = ""
    for label in labels { text += self.labels[label] }
    return text
  }

  /// Whether a label of this spelling stands for no text: a name between angle brackets, such as `<s>` in models of Hugging Face.
  package static func isSilent(_ label: String) -> Bool {
    label.utf8.count > 2 && label.utf8.first == UInt8(ascii: "<")
      && label.utf8.last == UInt8(ascii: ">")
  }

  /// The labels that stand for no text, which recognition never writes.
  package var silentLabels: [Int] {
    isBytes ? [] : labels.indices.filter { Self.isSilent(labels[$0]) }
  }

  /// The labels that spell `text`, and between them the code points that none covers, in order; without white
  /// space that none covers.
  package func segments(of text: String) -> [(text: String, isCovered: Bool)] {
    if isBytes { return text.unicodeScalars.map { ("\($0)", $0.value > 0) } }
    var segments: [(text: String, isCovered: Bool)] = []
    walk(text) { label, scalar in
      if let label {
        segments.append((labels[label], true))
      } else if !scalar.properties.isWhitespace {
        segments.append((String(scalar), false))
      }
    }
    return segments
  }

  /// The bytes that label `label` adds to a text in UTF-8.
  public func utf8(_ label: Int) -> [UInt8] {
    isBytes ? [UInt8(truncatingIfNeeded: label + 1)] : Array(labels[label].utf8)
  }

  /// The labels in a few words, for messages.
  public var shownLabels: String { isBytes ? "the 255 bytes of UTF-8" : labels.joined() }

  private func match(_ text: String) -> (labels: [Int], unknown: [String]) {
    if isBytes {
      return (text.utf8.filter { $0 > 0 }.map { Int($0) - 1 }, text.utf8.contains(0) ? ["\0"] : [])
    }
    var encoded: [Int] = []
    var unknown: [Unicode.Scalar] = []
    encoded.reserveCapacity(text.unicodeScalars.count)
    walk(text) { label, scalar in
      if let label {
        encoded.append(label)
      } else if !unknown.contains(scalar) {
        unknown.append(scalar)
      }
    }
    return (encoded, unknown.map(String.init))
  }

  /// Calls `body` with each label that spells a piece of `text`, or nil where none does, and the piece's first
  /// code point.
  private func walk(_ text: String, _ body: (Int?, Unicode.Scalar) -> Void) {
    let scalars = Array(text.unicodeScalars)
    var position = 0
    while position < scalars.count {
      let match = longestMatch(in: scalars, at: position)
      body(match?.label, scalars[position])
      position += match?.length ?? 1
    }
  }

  private func longestMatch(
    in scalars: [Unicode.Scalar], at position: Int
  ) -> (label: Int, length: Int)? {
    for length in (1...min(longestLabel, scalars.count - position)).reversed() {
      let label = labelOfScalars[Array(scalars[position..<position + length])]
      if let label { return (label, length) }
    }
    return nil
  }
}

// MARK: - Alphabet files

/// Format: one label a line, in the order of the model's outputs (DeepSpeech 0.9.3,
/// `native_client/alphabet.cc`). A line that starts with `#` is a comment, a line `\#` the label
/// `#`, a line with one space the space; empty lines are skipped.
extension Alphabet {
  /// Reads the alphabet file at `path`.
  ///
  /// - Throws: `TranscriptError.file`, `.notUTF8`, `.noLabels`, `.duplicateLabel`.
  public init(path: String) throws(TranscriptError) {
    let data: Data
    do { data = try FileContent.bytes(path) } catch { throw .file(error) }
    guard let text = String(validating: data, as: UTF8.self) else { throw .notUTF8(path: path) }
    try self.init(text: text, path: path)
  }

  /// Reads the `text` of an alphabet file; `path` is for messages.
  ///
  /// - Throws: `TranscriptError.noLabels`, `.duplicateLabel`.
  public init(text: String, path: String) throws(TranscriptError) {
    var labels: [String] = []
    // By code points: "\r\n" is one character of a Swift string.
    for line in Self.withoutByteOrderMark(text).split(separator: "\n") {
      let label = String(String.UnicodeScalarView(line.last == "\r" ? line.dropLast() : line))
      switch label.unicodeScalars.first {
      case nil: continue
      case "#": continue
      default: labels.append(label == "\\#" ? "#" : label)
      }
    }
    try self.init(labels: labels, path: path)
  }

  /// The content of an alphabet file with these labels.
  public var fileText: String {
    // Readers take a byte-order mark at the start for none of the text.
    let isMarked = labels[0].unicodeScalars.first == "\u{FEFF}"
    return (isMarked ? "\u{FEFF}" : "") + labels.map { ($0 == "#" ? "\\#" : $0) + "\n" }.joined()
  }

  /// Writes the alphabet file at `path`.
  ///
  /// - Throws: `TranscriptError.file`.
  public func write(to path: String) throws(TranscriptError) {
    do { try AtomicFile.write(Data(fileText.utf8), to: path) } catch { throw .file(error) }
  }

  package static func withoutByteOrderMark(_ text: String) -> Substring.UnicodeScalarView {
    let scalars = text.unicodeScalars[...]
    return scalars.first == "\u{FEFF}" ? scalars.dropFirst() : scalars
  }

  /// Whether `scalar` can be a label.
  package static func canHold(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar.properties.isAlphabetic || fitsOnALine(String(scalar))
  }

  /// Whether an alphabet file with `label` on a line reads back as `label`.
  private static func fitsOnALine(_ label: String) -> Bool {
    let scalars = label.unicodeScalars
    return !scalars.isEmpty && !scalars.contains("\n") && !scalars.contains("\r")
      && (scalars.first != "#" || scalars.count == 1) && label != "\\#"
  }
}
