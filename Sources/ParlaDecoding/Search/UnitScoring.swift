import ParlaLanguageModel
import ParlaTranscripts

/// How units of a scorer are separated and scored in a search; shared by all its copies.
final class UnitScoring: Sendable {
  let lexicon: LexiconTrie
  let beta: Double

  /// The label that ends a unit without belonging to it: the space, or nil where characters are units.
  let dividingLabel: Int32?

  /// At most how much a unit can raise a score, and a label other than the dividing one.
  let largestGain: Float
  var gainOfLetters: Float { dividingLabel == nil ? largestGain : 0 }

  private let languageModel: NGramModel
  private let alpha: Double
  private let labelBytes: [[UInt8]]
  private let isBytes: Bool
  private let boosts: [[UInt8]: Float]
  /// The words that were added to the scorer, with those that they are weighed as.
  private let addedWords: [[UInt8]: WordIndex]
  private let unknownWordPenalty: Double?

  init(_ scorer: Scorer, hotWords: HotWords?, unknownWordPenalty: Double?) {
    precondition(
      scorer.alpha.isFinite && scorer.beta.isFinite, "alpha and beta are finite numbers")
    self.unknownWordPenalty = unknownWordPenalty
    lexicon = scorer.lexicon
    languageModel = scorer.languageModel
    alpha = scorer.alpha
    beta = scorer.beta
    boosts = hotWords?.boostOfBytes ?? [:]
    addedWords = (scorer.package.additions.addedWords ?? [:]).reduce(into: [:]) {
      $0[Array($1.key.utf8)] = scorer.languageModel.vocabulary.index(of: $1.value)
    }
    switch scorer.units {
    case .words(let alphabet): dividingLabel = alphabet.spaceLabel.map(Int32.init)
    case .characters, .bytes: dividingLabel = nil
    }
    labelBytes = scorer.units.labelBytes
    isBytes = scorer.units == .bytes
    let largestBoost = max(0, boosts.values.max() ?? 0) * Float(languageModel.order)
    // A little more than the sum, for the rounding of scores up to 1024.
    largestGain =
      alpha >= 0 ? Float(max(0, alpha * Double(largestBoost) + beta)) + 0.001 : .infinity
  }

  /// The context before the first unit of an utterance.
  var firstContext: UnitContext {
    UnitContext(state: languageModel.beginSentenceState, knownCount: languageModel.order)
  }

  /// Weighs the unit that `labels`, newest first, spell after `context`.
  ///
  /// The original asks for the units of a window as long as the model's order; the state of the
  /// units before says the same. When one of them is unknown, it gives -1000.
  ///
  /// With a penalty for unknown words they are scored as `<unk>`; `isPaid` says that the prefix has
  /// paid it.
  func evaluate(
    _ labels: [Int32], after context: UnitContext, isPaid: Bool = false
  ) -> UnitScore {
    var bytes: [UInt8] = []
    for label in labels.reversed() { bytes += labelBytes[Int(label)] }
    var word = languageModel.vocabulary.index(ofUTF8: bytes)
    let addedWord = word == Vocabulary.unknown && !addedWords.isEmpty ? addedWords[bytes] : nil
    if let addedWord { word = addedWord }
    let isKnown = word != Vocabulary.unknown || addedWord != nil
    var ignored = context.state
    let log10Probability = Double(
      languageModel.score(context.state, word, into: &ignored).log10Probability)
    let ownBoost = boosts.isEmpty ? 0 : boosts[bytes] ?? 0
    let ownPenalty = !isKnown && !isPaid ? unknownWordPenalty ?? 0 : 0
    let isWeighed =
      unknownWordPenalty != nil || isKnown && context.knownCount + 1 >= languageModel.order
    return UnitScore(
      word: word, isKnown: isKnown,
      naturalLogProbability: isWeighed ? log10Probability / Self.log10OfE : Self.unknownUnit,
      ownBoost: ownBoost, boost: earlierBoost(context) + ownBoost, penalty: ownPenalty)
  }

  /// What a unit adds to a prefix's score.
  func gain(_ unit: UnitScore) -> Float {
    Float((unit.naturalLogProbability + Double(unit.boost)) * alpha - unit.penalty)
  }

  /// What the last unit adds at the end, where the original leaves hot words out.
  func finalGain(_ unit: UnitScore) -> Float {
    Float(Double(Float(unit.naturalLogProbability * alpha - unit.penalty)) + beta)
  }

  /// The context after `unit`.
  func context(after unit: UnitScore, _ context: UnitContext) -> UnitContext {
    var next = context
    _ = languageModel.score(context.state, unit.word, into: &next.state)
    next.knownCount = unit.isKnown ? min(context.knownCount + 1, languageModel.order) : 0
    for lane in (1..<next.boosts.scalarCount).reversed() {
      next.boosts[lane] = context.boosts[lane - 1]
    }
    next.boosts[0] = unit.ownBoost
    return next
  }

  /// The boosts of the units before, as far back as the language model looks, oldest first.
  private func earlierBoost(_ context: UnitContext) -> Float {
    guard !boosts.isEmpty else { return 0 }
    return (0..<languageModel.order - 1).reversed().reduce(0) { $0 + context.boosts[$1] }
  }

  /// The information of a letter after the two before it, in nats: Shannon 1951, "Prediction and entropy of
  /// printed English", gives 3.3 bits.
  private static let informationOfLetter = 2.3

  /// ln x = log10 x / log10 e, with the constant as the original has it.
  private static let log10OfE = Double(Float(0.434_294_481_9))

  /// The original's score of a window with an unknown unit.
  private static let unknownUnit = -1000.0
}

// MARK: - Words that may be written

extension UnitScoring {
  /// Whether `label` may follow `prefix`: the lexicon has it, or any word may be spelled.
  @inline(__always)
  func allows(_ label: Int32, after prefix: PrefixTree.Node) -> Bool {
    if lexicon.state(after: label, in: prefix.lexiconState) != LexiconTrie.none { return true }
    guard unknownWordPenalty != nil, dividingLabel != nil else { return false }
    return label != dividingLabel
      || prefix.label != dividingLabel && prefix.label != PrefixTree.noLabel
  }

  /// The labels below `count` that may follow `prefix`, a bit each.
  func labels(after prefix: PrefixTree.Node, count: Int) -> UInt64 {
    var bits: UInt64 = 0
    if unknownWordPenalty != nil, dividingLabel != nil {
      for label in 0..<Int32(count) where allows(label, after: prefix) {
        bits |= 1 << UInt64(label)
      }
    } else if prefix.lexiconState != LexiconTrie.none {
      for arc in lexicon.arcRange(of: prefix.lexiconState) {
        bits |= 1 << UInt64(lexicon.label(ofArc: arc))
      }
    }
    return bits
  }

  /// All arcs that may follow in `state`, if they are so few that looking at each is the shortest way.
  @inline(__always)
  func fewArcs(after state: Int32) -> Range<Int>? {
    guard unknownWordPenalty == nil, state != LexiconTrie.none else { return nil }
    let arcs = lexicon.arcRange(of: state)
    return arcs.count <= 8 ? arcs : nil
  }

  /// The cost of `label` after `prefix` if it leaves the lexicon, or if the prefix is already outside it.
  ///
  /// A word of the lexicon pays for its letters with its probability; one that is spelled freely pays
  /// by the letter, or else one long unknown word would be cheaper than several known ones.
  func price(of label: Int32, after prefix: PrefixTree.Node) -> Float {
    guard let unknownWordPenalty, label != dividingLabel else { return 0 }
    let letter = Float(alpha * Self.informationOfLetter)
    if prefix.lexiconState == LexiconTrie.none { return letter }
    guard lexicon.state(after: label, in: prefix.lexiconState) == LexiconTrie.none else { return 0 }
    return Float(unknownWordPenalty) + letter
  }

  /// The state of the lexicon after `prefix` and `label`; none within a word that it lacks.
  func lexiconState(after label: Int32, _ prefix: PrefixTree.Node) -> Int32 {
    label == dividingLabel
      ? lexicon.start : lexicon.state(after: label, in: prefix.lexiconState)
  }
}

// MARK: - Characters

extension UnitScoring {
  /// How many bytes of the character are missing after `label`, when `missing` were before; 0 completes it, as
  /// every label does that is a character of its own.
  func missingBytes(after label: Int32, _ missing: Int8) -> Int8 {
    guard isBytes else { return 0 }
    return switch UInt8(truncatingIfNeeded: label + 1) {
    case 0x80..<0xC0: max(missing - 1, -1)
    case ..<0x80: 0
    case 0xC0..<0xE0: 1
    case 0xE0..<0xF0: 2
    case 0xF0..<0xF8: 3
    default: -1  // no first byte of UTF-8; never complete
    }
  }

  /// Whether `label` begins a character.
  func beginsCharacter(_ label: Int32) -> Bool {
    !isBytes || UInt8(truncatingIfNeeded: label + 1) & 0xC0 != 0x80
  }
}
