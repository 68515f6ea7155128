import ParlaPlatform
public import ParlaTranscripts

/// Finds the words of a text in a recording of several hours, in constant memory.
///
/// CTC forced alignment by token passing (Graves et al. 2006, section 4, with the best path instead of all; Young,
/// Russell and Thornton 1989, "Token passing"). Between two words there may be silence, sound that is not in the text, at a
/// cost per recognised label, and words missing from the sound, at a cost per word:
///
///     … word ──► silence ──► word …        each state keeps its best token: its score and its history
///           └──► other sound ──┘           other sound: the likeliest label of each frame, at a cost
///           └──► skipped words ──► …       no frame: a cost for each word
///
/// Scores are logarithms of probabilities relative to the likeliest label of each frame. Tokens that are worse than the best by
/// `beam` are dropped, so only words near the right position are examined.
public struct TextAligner: Sendable {
  /// The costs of alternative explanations.
  public struct Prices: Sendable, Equatable {
    /// Of a label that is recognised and belongs to no word of the text.
    public var otherSound = 2.0
    /// Of leaving words out, however many.
    public var gap = 4.0
    /// For each skipped word.
    public var missingWord = 1.5
    /// The cost of skipping many words, once nothing was found for some seconds: a chapter that was not read.
    public var longGap = 70.0
    /// Of each of these.
    public var missingWordOfMany = 0.05
    /// By how much the best token may be better.
    public var beam = 300.0

    /// The usual prices.
    public init() {}
  }

  /// A word of the text that was found.
  public struct Found: Sendable, Equatable {
    /// Which word.
    public let word: Int
    /// The frame of its first label, and the one after its last.
    public let frames: Range<Int>
    /// The logarithm of its probability in relation to the likeliest labels of the same frames, at most 0.
    public let score: Double
    /// The cost of the gap to the previous word found, at most 0: silence, other sound, skipped words.
    public let gapScore: Double

    /// Makes a word that was found.
    public init(word: Int, frames: Range<Int>, score: Double, gapScore: Double) {
      self.word = word
      self.frames = frames
      self.score = score
      self.gapScore = gapScore
    }
  }

  private let text: AlignmentText
  private let prices: Prices
  private let blank: Int
  private let space: Int?

  /// Where the states of each word begin: silence, other sound, then its labels with a blank between two.
  private let starts: [Int]
  private let symbols: [Int]

  private var tokens: [Token]
  private var skips: [Token]
  /// The words whose states may have tokens.
  private var active: Range<Int>
  private var links = LinkPool()
  private var settled: [Found] = []
  private var frameCount = 0
  private var best = Token(score: 0)

  /// Begins with the first word of `text`; `blank` and `space` are labels of the model.
  public init(_ text: AlignmentText, blank: Int, space: Int?, prices: Prices = Prices()) {
    self.text = text
    self.prices = prices
    self.blank = blank
    self.space = space
    var starts: [Int] = []
    var symbols: [Int] = []
    for word in text.words {
      starts.append(symbols.count)
      symbols += [Self.silence, Self.other]
      for (index, label) in word.labels.enumerated() {
        if index > 0 { symbols.append(blank) }
        symbols.append(label)
      }
    }
    // After the last word there is silence and other sound too.
    starts.append(symbols.count)
    symbols += [Self.silence, Self.other]
    self.starts = starts
    self.symbols = symbols
    tokens = [Token](repeating: .none, count: symbols.count)
    skips = [Token](repeating: .none, count: starts.count)
    active = 0..<1
    tokens[0] = Token(score: 0)
  }

  private static let silence = -1
  private static let other = -2

  /// A way to a state.
  private struct Token: Sendable {
    var score: Float
    /// The words found before.
    var link: Int32 = -1
    /// Of the word that is being said, or was said last and has no link yet: its number, frames, and the score before it.
    var word: Int32 = -1
    var start: Int32 = 0
    var end: Int32 = 0
    /// The scores before its first label and at its last.
    var entry: Float = 0
    var said: Float = 0
    /// The cost of the gap before it.
    var gap: Float = 0

    static let none = Token(score: -.infinity)

    func costing(_ price: Float) -> Token {
      var token = self
      token.score -= price
      return token
    }

    /// The better one; the first, where they are alike.
    static func better(_ a: Token, _ b: Token) -> Token { b.score > a.score ? b : a }
  }

  /// Takes the probabilities of the next frames, the first of which is the recording's frame `start`.
  public mutating func feed(_ probabilities: LabelProbabilities, startFrame start: Int) {
    let labelCount = probabilities.labelCount
    precondition(labelCount > blank, "a probability for each label")
    for frame in 0..<probabilities.frameCount {
      let row = probabilities.values[frame * labelCount..<(frame + 1) * labelCount]
      step(FrameScores(row, blank: blank, space: space, price: prices.otherSound), start + frame)
    }
    if links.count > Self.linkLimit { compactLinks() }
  }

  /// The logarithms of one frame's probabilities in relation to the highest.
  private struct FrameScores {
    let labels: [Float]
    let silence: Float
    let other: Float

    init(_ row: ArraySlice<Float>, blank: Int, space: Int?, price: Double) {
      let floor = Float(1e-8)
      let highest = max(row.max() ?? 1, floor)
      let blankShare = row[row.startIndex + blank]
      let quiet = blankShare + (space.map { row[row.startIndex + $0] } ?? 0)
      labels = row.map { log(max($0, floor) / highest) }
      silence = min(0, log(max(quiet, floor) / highest))
      other = -Float(price) * max(0, 1 - quiet)
    }
  }

  // MARK: One frame

  private mutating func step(_ scores: FrameScores, _ frame: Int) {
    frameCount = frame + 1
    let limit = best.score - Float(prices.beam)
    let end = skipWords(limit)
    best = .none
    // From the last word to the first: the entries before it still belong to the previous frame.
    for word in (active.lowerBound..<end).reversed() { advance(word, scores, frame, limit) }
    active = narrowed(active.lowerBound..<end)
  }

  /// After this many frames without a word, many words may be skipped; and how many.
  private static let lostFrameCount = 500
  private static let longestGap = 5000

  /// Passes tokens over words that are left out, and returns the end of the words that have one then.
  private mutating func skipWords(_ limit: Float) -> Int {
    let near = (gap: Float(prices.gap), word: Float(prices.missingWord))
    let far = (gap: Float(prices.longGap), word: Float(prices.missingWordOfMany))
    let isLost = frameCount - Int(best.end) > Self.lostFrameCount
    let horizon = isLost ? active.upperBound + Self.longestGap : 0
    var (carried, carriedFar) = (Token.none, Token.none)
    var word = active.lowerBound
    while word < starts.count {
      carried.score -= near.word
      carriedFar.score -= far.word
      skips[word] = Token.better(carried, carriedFar)
      if word <= active.upperBound {
        let exit = exit(before: word)
        carried = Token.better(carried, exit.costing(near.gap))
        if isLost { carriedFar = Token.better(carriedFar, exit.costing(far.gap)) }
      } else if carried.score < limit, word >= horizon || carriedFar.score < limit {
        break
      }
      word += 1
    }
    return min(word + 1, starts.count)
  }

  /// The best token that has said the words before `word` and not yet this one.
  private func exit(before word: Int) -> Token {
    let start = starts[word]
    let best = Token.better(tokens[start], tokens[start + 1])
    return word > 0 ? Token.better(best, tokens[start - 1]) : best
  }

  /// Moves the tokens of the states of `word` by a frame.
  private mutating func advance(
    _ word: Int, _ scores: FrameScores, _ frame: Int, _ limit: Float
  ) {
    let start = starts[word]
    let end = word + 1 < starts.count ? starts[word + 1] : symbols.count
    let before = word > 0 ? tokens[start - 1] : .none
    let (silence, other, skipped) = (tokens[start], tokens[start + 1], skips[word])
    // Labels, from the last to the second.
    for state in stride(from: end - 1, to: start + 2, by: -1) {
      let symbol = symbols[state]
      var token = Token.better(tokens[state], tokens[state - 1])
      if symbol != blank, state >= start + 4, symbols[state - 2] != symbol {
        token = Token.better(token, tokens[state - 2])
      }
      keep(token, in: state, scores.labels[symbol], limit, frame: symbol == blank ? nil : frame)
    }
    if end > start + 2 {
      // Two labels that are the same need something between.
      let isDirect = word > 0 && symbols[start - 1] != symbols[start + 2]
      let source = Token.better(
        Token.better(silence, other), isDirect ? Token.better(skipped, before) : skipped)
      let token = entered(word, frame, from: source)
      keep(token, in: start + 2, scores.labels[symbols[start + 2]], limit, frame: frame)
    }
    keep(Token.better(silence, before), in: start, scores.silence, limit, frame: nil)
    keep(
      Token.better(Token.better(other, silence), Token.better(before, skipped)), in: start + 1,
      scores.other, limit, frame: nil)
  }

  /// Puts `token` into a state that takes `score`, unless it is too bad; a label of a word is said at `frame`.
  private mutating func keep(
    _ token: Token, in state: Int, _ score: Float, _ limit: Float, frame: Int?
  ) {
    var token = token
    token.score += score
    guard token.score >= limit else {
      tokens[state] = .none
      return
    }
    if let frame {
      token.end = Int32(frame + 1)
      token.said = token.score
    }
    if token.score > best.score { best = token }
    tokens[state] = token
  }

  /// The token in the first label of `word`: the one that is there, or `source`, which comes from before.
  private mutating func entered(_ word: Int, _ frame: Int, from source: Token) -> Token {
    let stayed = tokens[starts[word] + 2]
    guard source.score > stayed.score else { return stayed }
    var token = Token(score: source.score, link: linked(source), word: Int32(word))
    token.start = Int32(frame)
    token.entry = source.score
    token.gap = source.word >= 0 ? source.score - source.said : 0
    return token
  }

  /// The link of what `token` has said, its last word included.
  private mutating func linked(_ token: Token) -> Int32 {
    guard token.word >= 0 else { return token.link }
    return links.add(
      LinkPool.Link(
        previous: token.link, word: token.word, start: token.start, end: token.end,
        score: token.said - token.entry, gap: token.gap))
  }

  /// The words of `range` without those at its ends that have no tokens.
  private func narrowed(_ range: Range<Int>) -> Range<Int> {
    func isDead(_ word: Int) -> Bool {
      let end = word + 1 < starts.count ? starts[word + 1] : symbols.count
      return (starts[word]..<end).allSatisfy { tokens[$0].score == -.infinity }
    }
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high - 1, isDead(low) { low += 1 }
    while high > low + 1, isDead(high - 1) { high -= 1 }
    return low..<high
  }

  // MARK: What was found

  /// Links that are kept before those that no token needs are dropped.
  private static let linkLimit = 1 << 18

  private mutating func compactLinks() {
    var states: [Int] = []
    let end =
      active.upperBound < starts.count ? starts[active.upperBound] : symbols.count
    for state in starts[active.lowerBound]..<end where tokens[state].score > -.infinity {
      states.append(state)
    }
    let (agreed, kept) = links.compact(states.map { tokens[$0].link })
    settled += agreed.map(Self.found)
    for (state, link) in zip(states, kept) { tokens[state].link = link }
    // They are made of tokens again at the next frame.
    for word in skips.indices { skips[word] = .none }
  }

  private static func found(_ link: LinkPool.Link) -> Found {
    Found(
      word: Int(link.word), frames: Int(link.start)..<Int(link.end), score: Double(link.score),
      gapScore: Double(link.gap))
  }

  /// Ends the recording, and returns the words that were found, in order.
  public mutating func finish() -> [Found] {
    var best = Token.none
    for word in active.lowerBound...min(active.upperBound, starts.count - 1) {
      let left = Float(text.words.count - word)
      let price = left > 0 ? Float(prices.gap) + left * Float(prices.missingWord) : 0
      best = Token.better(best, exit(before: word).costing(price))
    }
    var link = linked(best)
    var found: [Found] = []
    while link >= 0 {
      let entry = links[link]
      found.append(Self.found(entry))
      link = entry.previous
    }
    return settled + found.reversed()
  }
}
