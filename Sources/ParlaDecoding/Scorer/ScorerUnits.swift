import ParlaTranscripts

/// The kind of unit of a scorer's language model.
public enum ScorerUnitKind: String, Sendable, Codable, CustomStringConvertible {
  /// Words that a space divides.
  case words
  /// The labels of an alphabet.
  case characters
  /// Characters, spelled with the bytes of their UTF-8.
  case bytes

  /// The kind in a few words.
  public var description: String {
    switch self {
    case .words: "words"
    case .characters: "characters of the alphabet"
    case .bytes: "characters in bytes"
    }
  }
}

extension Scorer.Units {
  /// The kind of these units.
  public var kind: ScorerUnitKind {
    switch self {
    case .words: .words
    case .characters: .characters
    case .bytes: .bytes
    }
  }

  /// The text that `labels` spell; bytes that are no UTF-8 become U+FFFD.
  public func text(_ labels: [Int]) -> String {
    switch self {
    case .words(let alphabet), .characters(let alphabet): alphabet.decode(labels)
    case .bytes: Alphabet.bytes.decode(labels)
    }
  }

  /// Whether the language model can count `text` as one unit, so that a hot word is looked up there.
  package func isUnit(_ text: String) -> Bool {
    switch self {
    case .words: !text.contains(" ")
    case .bytes: text.unicodeScalars.count == 1
    case .characters: labels(of: text) != nil
    }
  }

  /// How a language model of characters writes the space, which divides its tokens: U+2581, as SentencePiece does.
  package static let visibleSpace = "\u{2581}"

  /// The labels on the path of `unit` through the lexicon, a word's closing space included; nil if it cannot be
  /// written, or is no unit.
  package func labels(of unit: String) -> [Int32]? {
    switch self {
    case .words(let alphabet):
      guard let space = alphabet.spaceLabel, let labels = try? alphabet.encode(unit),
        !labels.isEmpty, !labels.contains(space)
      else { return nil }
      return labels.map(Int32.init) + [Int32(space)]
    case .characters(let alphabet):
      if unit == Self.visibleSpace, let space = alphabet.spaceLabel { return [Int32(space)] }
      guard let labels = try? alphabet.encode(unit), labels.count == 1 else { return nil }
      return labels.map(Int32.init)
    case .bytes:
      return unit.utf8.contains(0) ? nil : unit.utf8.map { Int32($0) - 1 }
    }
  }

  /// The UTF-8 of each label as the language model has it.
  var labelBytes: [[UInt8]] {
    switch self {
    case .words(let alphabet): alphabet.labels.map { Array($0.utf8) }
    case .characters(let alphabet):
      alphabet.labels.map { Array(($0 == " " ? Self.visibleSpace : $0).utf8) }
    case .bytes: (1...255).map { [$0] }
    }
  }

  func unknownCharacters(in text: String) -> [String] {
    switch self {
    case .words(let alphabet), .characters(let alphabet): alphabet.unknownCharacters(in: text)
    case .bytes: []
    }
  }
}
