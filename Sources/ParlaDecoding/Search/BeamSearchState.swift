public import ParlaTranscripts

/// A beam search between two frames: feed it probabilities as they arrive, ask for candidates at
/// any time.
///
/// The cost of a frame depends on the beam width and the number of labels, not on how many frames
/// came before. So does memory, but for the tokens of the best candidate.
public struct BeamSearchState: Sendable {
  let decoder: BeamSearchDecoder
  let labelCount: Int
  var labels: FrameLabels

  var tree = PrefixTree()
  var histories = TokenHistory()
  /// The prefixes in the beam, in no order.
  var beam: [Int32]

  var frame: Int32 = 0
  private var hasStarted = false

  /// How the scorer weighs words, if there is one.
  let scoring: UnitScoring?
  /// The phrases to prefer, if there are any.
  let phrases: PhraseAutomaton?
  /// The position in the grammar, if there is one.
  let grammar: GrammarAutomaton?
  /// At most how much a label can raise a score by them.
  let phraseGain: Float
  /// With a scorer, the score below which this frame no prefix is extended or stays on its label.
  var lowestScore = -Float.infinity
  /// What was taken off all scores to keep them near zero, where a `Float` is precise.
  var scoreOffset = 0.0

  // Kept between frames for their storage only, the contenders until the end of a step.
  var contenders: [SearchCandidate] = []
  var oldBeam: [Int32] = []
  var parentOfLabel: [Int32]
  /// At most how much each label can raise a score at this frame.
  var largestGains: [Float]

  init(decoder: BeamSearchDecoder, labelCount: Int) {
    precondition(labelCount >= 1, "there is at least the blank")
    precondition(
      labelCount == decoder.scorer?.units.labelCount ?? labelCount, "the scorer's labels")
    self.decoder = decoder
    self.labelCount = labelCount
    labels = FrameLabels(settings: decoder, labelCount: labelCount)
    scoring = decoder.scorer.map {
      UnitScoring(
        $0, hotWords: decoder.hotWords, unknownWordPenalty: decoder.unknownWordPenalty)
    }
    phrases = decoder.hotPhrases?.automaton(labelCount: labelCount)
    phraseGain = phrases?.largestGain ?? 0
    beam = [PrefixTree.empty]
    tree[PrefixTree.empty].blank = 0
    tree[PrefixTree.empty].score = 0
    largestGains = Array(repeating: 0, count: labelCount)
    parentOfLabel = Array(repeating: PrefixTree.none, count: labelCount)
    tree[PrefixTree.empty].phraseState = phrases?.start ?? 0
    grammar = decoder.grammar?.automaton
    if let grammar { tree[PrefixTree.empty].grammarState = grammar.start }
    if let scoring {
      tree[PrefixTree.empty].lexiconState = scoring.lexicon.start
      tree[PrefixTree.empty].context = tree.contexts.add(scoring.firstContext)
    }
  }

  /// How many frames were fed.
  public var frameCount: Int { Int(frame) }

  /// Advances by the frames of `probabilities`, which must have the search's number of labels.
  public mutating func step(_ probabilities: LabelProbabilities) {
    precondition(probabilities.labelCount == labelCount, "[frames, \(labelCount)] probabilities")
    for index in 0..<probabilities.frameCount {
      labels.load(frame: index, of: probabilities)
      // The original waits for the first frame that is not all blank, so that no label is dated to
      // the silence before it.
      let blank = probabilities.values[(index + 1) * labelCount - 1]
      if !(blank >= 0.999) { hasStarted = true }
      if hasStarted { advance() }
      frame += 1
      settle()
    }
    // They are many where a frame says little, and a server holds the searches of many streams.
    contenders = []
  }

  /// The best `count` label sequences so far, or fewer if fewer were found, best first.
  ///
  /// The search can continue afterwards.
  public func candidates(_ count: Int = 1) -> [Candidate] {
    precondition(count >= 1, "count is at least 1")
    let ranked = rankedPrefixes()
    return ranked.isEmpty ? [emptyCandidate] : ranked.prefix(count).map(candidate)
  }

  /// The result while no sentence of the grammar is complete.
  var emptyCandidate: Candidate {
    let best = beam.reduce(-Float.infinity) { max($0, tree[$1].score) }
    return Candidate(tokens: [], naturalLogProbability: Double(best) + scoreOffset)
  }

  /// A prefix of the beam with its score as if the recording ended here.
  struct RankedPrefix {
    let node: Int32
    let score: Float
  }

  /// The prefixes of the beam that may be the whole text, best first.
  func rankedPrefixes() -> [RankedPrefix] {
    let ranked = beam.filter(mayEnd).map { index in
      SearchCandidate(
        node: index, label: tree[index].label, score: tree[index].score + finalGain(of: index))
    }.sorted { $0.key > $1.key }
    return ranked.compactMap { candidate in
      candidate.node.map { RankedPrefix(node: $0, score: candidate.score) }
    }
  }

  /// Whether the prefix of node `index` is a sentence of the grammar, or nothing.
  private func mayEnd(_ index: Int32) -> Bool {
    guard let grammar, tree[index].label != PrefixTree.noLabel else { return true }
    return grammar.accepts(tree[index].grammarState)
  }

  func candidate(_ prefix: RankedPrefix) -> Candidate {
    Candidate(
      tokens: histories.tokens(
        tree[prefix.node].history, lastFrame: tree[prefix.node].lastLabelFrame),
      naturalLogProbability: Double(prefix.score) + scoreOffset)
  }
}

// MARK: - Settling

extension BeamSearchState {
  /// How often the search looks back, in frames.
  private static let settlingInterval: Int32 = 256

  /// Drops the prefixes that differ from the best one in tokens older than the decoder's
  /// `settlingFrameCount`.
  ///
  /// New sound no longer changes their order, and without this the beam of an
  /// endless stream would fill with variants of every ambiguous passage.
  private mutating func settle() {
    guard let window = decoder.settlingFrameCount, frame % Self.settlingInterval == 0,
      Int(frame) > max(window, decoder.exactFrameCount),
      let best = beam.max(by: { tree[$0].score < tree[$1].score })
    else { return }
    let history = tree[best].history
    let unsettled = histories.tokenCount(history, after: frame - Int32(window))
    let settled = histories.labels(history) { _ in false }.reversed().dropLast(unsettled)
    let places = histories.places(history)
    for index in beam {
      let (shared, rest) = histories.divergence(tree[index].history, from: places)
      // Tokens of other frames may have the same labels.
      if !rest.lazy.map({ Int32($0.label) }).starts(with: settled.dropFirst(shared)) { drop(index) }
    }
    beam.removeAll { !tree[$0].isLive }
  }

  /// Takes the prefix of node `index` out of the beam.
  mutating func drop(_ index: Int32) {
    histories.release(tree[index].history)
    tree[index].history = TokenHistory.none
    tree.kill(index)
  }
}
