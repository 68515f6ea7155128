/// Fills a state while a word is looked up, n-gram by n-gram.
@safe struct StateWriter {
  let words: UnsafeMutablePointer<UInt32>
  let backoffs: UnsafeMutablePointer<Float>

  /// A backoff of -0.0 says that no n-gram continues this one to the right (`lm/blank.hh`).
  static let noExtension: UInt32 = 0x8000_0000

  /// The newest word, and the backoff of its unigram.
  @inline(__always)
  func start(_ word: UInt32, backoff: Float) {
    unsafe words[0] = word
    unsafe backoffs[0] = backoff
    unsafe words[NGramState.capacity] = backoff.bitPattern == Self.noExtension ? 0 : 1
  }

  /// The n-gram of `matched` words that was found, and its backoff.
  @inline(__always)
  func extend(_ matched: Int, backoff: Float) {
    unsafe backoffs[matched &- 1] = backoff
    if backoff.bitPattern != Self.noExtension {
      unsafe words[NGramState.capacity] = UInt32(truncatingIfNeeded: matched)
    }
  }

  /// Copies as many words from `history` as the state remembers.
  @inline(__always)
  func finish(_ history: UnsafePointer<UInt32>) {
    var index = 1
    let count = unsafe Int(words[NGramState.capacity])
    while index < count {
      unsafe words[index] = unsafe history[index &- 1]
      index &+= 1
    }
  }
}

extension NGramState {
  /// The position of the backoffs in a state.
  static let backoffOffset = 4 * (capacity + 1)
}

extension StateWriter {
  @inline(__always)
  init(_ state: UnsafeMutablePointer<NGramState>) {
    let start = UnsafeMutableRawPointer(state)
    unsafe words = start.assumingMemoryBound(to: UInt32.self)
    unsafe backoffs = (start + NGramState.backoffOffset).assumingMemoryBound(to: Float.self)
  }
}
