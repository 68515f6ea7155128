/// A language model's state after some words: as many words as can still matter, newest first.
///
/// A plain value of 64 bytes without references, so that a decoder may keep one in every hypothesis and copy it freely.
/// Two equal states score every continuation alike, so hypotheses that reach equal states may be joined.
public struct NGramState: Sendable {
  /// Word ids, newest first, of which `length` count; the last lane is that length.
  ///
  /// Vectors only because they are copied in few moves; nothing is computed with them.
  var words = SIMD8<UInt32>()

  /// Log10 backoff of the context that ends with the newest word and has one word, two words and so on.
  var backoffs = SIMD8<Float>()

  /// The most words a state holds.
  package static let capacity = 7

  /// The state without words.
  public init() {}

  /// How many words the state remembers, at most the model's order less one.
  public var length: Int { Int(words[Self.capacity]) }

  /// The remembered word ids, newest first.
  public var wordIndices: [WordIndex] {
    (0..<length).map { words[$0] }
  }
}

extension NGramState: Hashable {
  /// Whether the same words are remembered.
  public static func == (first: NGramState, second: NGramState) -> Bool {
    let different = first.words .!= second.words
    return !different[capacity] && (0..<first.length).allSatisfy { !different[$0] }
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(length)
    for index in 0..<length { hasher.combine(words[index]) }
  }
}

/// A language model's score for one word in its context.
public struct NGramScore: Sendable, Equatable {
  /// Log10 of the word's probability, backoffs included.
  public let log10Probability: Float

  /// How many words the longest n-gram had that was found, the scored one included.
  public let matchedLength: Int
}
