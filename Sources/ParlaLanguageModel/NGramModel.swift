/// An n-gram language model: what a word's probability is after those before it.
///
/// A model is used as start, score, finish: begin with `beginSentenceState`, score word after word, each time from the
/// state that the word before left, and end with `</s>`.
///
/// ```swift
/// let model = try NGramModel(path: "english.binary")
/// var state = model.beginSentenceState
/// for word in ["good", "morning"] {
///   let score = model.score(state, model.vocabulary.index(of: word), into: &state)
///   print(word, score.log10Probability)
/// }
/// let end = model.finish(state)
/// ```
///
/// log10 p(w | h) = log10 p of the longest n-gram found that ends with w, plus the backoffs of all longer contexts (Katz
/// 1987, as in `lm/model.cc`). A model never changes, so any number of threads may share it.
@safe public final class NGramModel: @unchecked Sendable {
  /// The length of the longest n-grams.
  public let order: Int

  /// The number of n-grams of each order, from unigrams on; in tries including placeholders for pruned ones.
  public let counts: [Int]

  /// How the n-grams are stored.
  public let kind: ModelKind

  /// The words of the model.
  public let vocabulary: Vocabulary

  /// Where the n-gram part ends in the file; what follows it is the words' strings or, in a scorer package, the rest.
  package let endOfModel: Int

  private let memory: ModelMemory
  private let search: ModelSearch
  private let wordCount: UInt32

  /// The state before the first word of a sentence, after `<s>`.
  public private(set) var beginSentenceState: NGramState

  /// The state without any preceding words.
  public var nullContextState: NGramState { NGramState() }

  /// Opens the model at `path`: a KenLM binary of any kind, which is mapped, or an ARPA file, which is read.
  ///
  /// - Throws: `LanguageModelError`.
  public convenience init(
    path: String, arpa options: ARPAOptions = ARPAOptions()
  ) throws(LanguageModelError) {
    let memory = try ModelMemory(mapping: path)
    if unsafe KenLMHeader.starts(memory.bytes) {
      try self.init(memory: memory)
    } else {
      let table = try NGramTable(arpa: path, options: options)
      try self.init(memory: ProbingBuilder.buildInMemory(table))
    }
  }

  /// Uses the KenLM binary that begins at byte `start` of `memory` and may be followed by other content.
  ///
  /// - Throws: `LanguageModelError`.
  package init(memory: ModelMemory, start: Int = 0) throws(LanguageModelError) {
    guard unsafe start <= memory.bytes.count else {
      throw .malformedBinary(
        path: memory.path, found: "no bytes from \(start) on", expected: "a KenLM binary")
    }
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory.bytes[start...])
    let header = try unsafe KenLMHeader(bytes, path: memory.path)
    let opened = try unsafe ModelSearch.open(header, bytes, start: start, memory)
    self.memory = memory
    order = header.order
    counts = header.counts
    kind = header.kind
    vocabulary = opened.vocabulary
    endOfModel = start + opened.end
    search = opened.search
    wordCount = UInt32(vocabulary.count)
    beginSentenceState = NGramState()
    let begin = vocabulary.beginSentence
    _ = score(beginSentenceState, begin, into: &beginSentenceState)
    // KenLM keeps <s> in the state even when its backoff says that nothing follows it.
    beginSentenceState.words[0] = begin
    beginSentenceState.words[NGramState.capacity] = order > 1 ? 1 : 0
  }

  deinit { search.deallocate() }

  /// Scores `word` after `state` and stores the state after it in `next`.
  ///
  /// Takes no memory and no lock. An index outside of the vocabulary is scored as the unknown word.
  public func score(
    _ state: NGramState, _ word: WordIndex, into next: inout NGramState
  ) -> NGramScore {
    var state = state
    return score(reading: &state, word, into: &next)
  }

  /// Scores `word` after `state` without copying or changing `state`.
  ///
  /// Copying a state right after it was created costs more than scoring: the processor must wait until its parts are written
  /// before it can read it as a whole. Inner loops that continue from a newly created state should use this.
  public func score(
    reading state: inout NGramState, _ word: WordIndex, into next: inout NGramState
  ) -> NGramScore {
    unsafe withUnsafeMutablePointer(to: &state) { state in
      unsafe withUnsafeMutablePointer(to: &next) { next in
        unsafe score(UnsafePointer(state), word, into: next)
      }
    }
  }

  /// Scores `word` after the state at `state` and leaves at `next`, another place, the state after it.
  @inline(__always)
  package func score(
    _ state: UnsafePointer<NGramState>, _ word: WordIndex,
    into next: UnsafeMutablePointer<NGramState>
  ) -> NGramScore {
    let word = word < wordCount ? word : Vocabulary.unknown
    let history = unsafe UnsafeRawPointer(state).assumingMemoryBound(to: UInt32.self)
    let backoffs = unsafe (UnsafeRawPointer(state) + NGramState.backoffOffset)
      .assumingMemoryBound(to: Float.self)
    let length = unsafe Int(history[NGramState.capacity])
    let writer = unsafe StateWriter(next)
    var (probability, matched) = unsafe search.score(history, length, word, writer)
    unsafe writer.finish(history)
    var context = matched &- 1
    while context < length {
      unsafe probability += backoffs[context]
      context &+= 1
    }
    return NGramScore(log10Probability: probability, matchedLength: matched)
  }

  /// Scores the end of the sentence after `state`.
  public func finish(_ state: NGramState) -> NGramScore {
    var ignored = NGramState()
    return score(state, vocabulary.endSentence, into: &ignored)
  }
}
