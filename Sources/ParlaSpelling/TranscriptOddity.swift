import Foundation
import ParlaFiles
import ParlaTranscripts

/// Something in a transcript that is invisible or misread by people, and becomes a separate label.
public struct TranscriptOddity: Sendable, Hashable, CustomStringConvertible {
  /// The kinds of oddities.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// Nothing is seen of it: soft hyphens, zero-width spaces, direction marks, control characters.
    case invisible
    /// It looks like a space and is another character: no-break spaces, tabs, line separators.
    case otherSpace
    /// A letter and a mark, which one code point spells as well.
    case decomposed
    /// It looks like another character: a Cyrillic а in a Latin word, a ligature, a curved apostrophe.
    case lookAlike
    /// A capital letter.
    case capital
    /// A digit.
    case digit
    /// A punctuation mark or sign.
    case punctuation
  }

  /// The kind of oddity.
  public let kind: Kind

  /// The characters.
  public let text: String

  /// The characters that they look like, or are another spelling of, if known.
  public let meant: String?

  /// The characters with their code points, and what they are mistaken for.
  public var description: String {
    let meant = meant.map {
      kind == .decomposed ? ", also written \(named($0))" : ", which looks like \(named($0))"
    }
    return named(text) + (meant ?? "")
  }

  private init(_ kind: Kind, _ text: String, meant: String? = nil) {
    self.kind = kind
    self.text = text
    self.meant = meant
  }

  /// All that is odd in `text`, each once, in the order in which it occurs.
  public static func all(in text: String) -> [TranscriptOddity] {
    guard !text.utf8.allSatisfy({ isPlain($0) }) else { return [] }
    var found: [TranscriptOddity] = []
    func add(_ oddity: TranscriptOddity) {
      if !found.contains(oddity) { found.append(oddity) }
    }
    let scalars = Array(text.unicodeScalars)
    for index in scalars.indices {
      if let oddity = oddity(scalars, index) { add(oddity) }
    }
    for character in text where character.unicodeScalars.count > 1 {
      let composed = String(character).precomposedStringWithCanonicalMapping
      if composed.unicodeScalars.count < character.unicodeScalars.count {
        add(TranscriptOddity(.decomposed, String(character), meant: composed))
      }
    }
    let composed = text.precomposedStringWithCanonicalMapping.unicodeScalars
    let script = LookAlikes.script(of: composed)
    for word in composed.split(whereSeparator: { !$0.properties.isAlphabetic }) {
      for (letter, meant) in LookAlikes.strangers(in: word, ofTextIn: script) {
        add(TranscriptOddity(.lookAlike, String(letter), meant: String(meant)))
      }
    }
    return found
  }

  /// What most transcripts consist of.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "'")
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  /// What is odd about a code point by itself.
  private static func oddity(
    _ scalars: [Unicode.Scalar], _ index: Int
  ) -> TranscriptOddity? {
    let scalar = scalars[index]
    let text = String(scalar)
    if scalar == " " || scalar == "'" { return nil }
    if scalar.properties.isWhitespace { return TranscriptOddity(.otherSpace, text) }
    if scalar.isInvisible {
      let isNeeded = scalar.joinsLetters(after: index > 0 ? scalars[index - 1] : nil)
      return isNeeded ? nil : TranscriptOddity(.invisible, text)
    }
    if PlainSpelling.apostrophes.contains(scalar) {
      return TranscriptOddity(.lookAlike, text, meant: "'")
    }
    if let plain = scalar.plainLetters { return TranscriptOddity(.lookAlike, text, meant: plain) }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .titlecaseLetter: return TranscriptOddity(.capital, text)
    case .decimalNumber, .letterNumber, .otherNumber: return TranscriptOddity(.digit, text)
    case .lowercaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark,
      .enclosingMark:
      return nil
    default: return TranscriptOddity(.punctuation, text)
    }
  }
}

extension Unicode.Scalar {
  /// Whether it is a joiner or selector after a letter or mark of a script whose letters it shapes, such as those of Persian,
  /// Hindi and Mongolian.
  func joinsLetters(after previous: Unicode.Scalar?) -> Bool {
    guard [0x200C, 0x200D, 0x180B, 0x180C, 0x180D, 0x180F].contains(value), let previous else {
      return false
    }
    return !previous.isASCII && !previous.properties.isWhitespace
      && EuropeanScript(previous) == nil
  }

  /// The letters that this ligature or full-width letter is another form of; nil if it is none.
  var plainLetters: String? {
    guard
      [.lowercaseLetter, .uppercaseLetter, .titlecaseLetter].contains(properties.generalCategory),
      value >= 0x132
    else { return nil }
    let text = String(self)
    let plain = text.precomposedStringWithCompatibilityMapping
    return plain.unicodeScalars.elementsEqual(
      text.precomposedStringWithCanonicalMapping.unicodeScalars) ? nil : plain
  }
}
