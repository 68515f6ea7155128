/// What a language model remembers of the words so far: as many as can still matter, newest first.
///
/// A plain value of 60 bytes without references, so that a decoder may keep one in every hypothesis and copy it freely.
/// Two equal states score every continuation alike, so hypotheses that reach equal states may be joined.
public struct NGramState: Sendable {
  /// Word ids, newest first; `length` of them count.
  var words: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0, 0, 0)

  /// Log10 backoff of the context that ends with the newest word and has one word, two words and so on.
  var backoffs: (Float, Float, Float, Float, Float, Float, Float) = (0, 0, 0, 0, 0, 0, 0)

  var storedLength: UInt8 = 0

  /// The most words a state holds.
  static let capacity = 7

  /// The state that knows of no words.
  public init() {}

  /// How many words the state remembers, at most the model's order less one.
  public var length: Int { Int(storedLength) }

  /// The remembered word ids, newest first.
  public var wordIndices: [WordIndex] {
    unsafe withUnsafeBytes(of: words) { bytes in
      unsafe Array(bytes.bindMemory(to: UInt32.self).prefix(length))
    }
  }
}

extension NGramState: Hashable {
  /// Whether the same words are remembered.
  public static func == (first: NGramState, second: NGramState) -> Bool {
    guard first.storedLength == second.storedLength else { return false }
    return unsafe withUnsafeBytes(of: first.words) { first in
      unsafe withUnsafeBytes(of: second.words) { other in
        let count = 4 * second.length
        return unsafe first.prefix(count).elementsEqual(other.prefix(count))
      }
    }
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    unsafe withUnsafeBytes(of: words) { bytes in
      unsafe hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<(4 * length)]))
    }
  }
}

/// What a language model says of one word in its context.
public struct NGramScore: Sendable, Equatable {
  /// Log10 of the word's probability, backoffs included.
  public let log10Probability: Float

  /// How many words the longest n-gram had that was found, the scored one included.
  public let matchedLength: Int
}
