import Foundation
import ParlaFiles
public import ParlaLanguageModel

/// Mixes language models linearly.
///
/// p(w | h) = λ1 p1(w | h) + λ2 p2(w | h) + …
///
/// A word that a model does not know has probability 0 in it, so that the mixture sums to one over all words of all
/// models. `weights(for:)` finds the weights under which a held-out text is most probable; `write(to:weights:)` writes
/// one ARPA file of the mixture, in which every n-gram of any model has its exact mixed probability, and the remaining
/// mass goes to backoffs that make each distribution sum to one (Stolcke 2002, "SRILM", static interpolation).
public struct ModelMixture: Sendable {
  private let components: [MixtureComponent]
  private let union: NGramUnion

  /// Reads the ARPA files at `paths`, two at least.
  ///
  /// - Throws: `LanguageModelError`.
  public init(
    arpa paths: [String], options: ARPAOptions = ARPAOptions()
  ) throws(LanguageModelError) {
    guard paths.count >= 2 else {
      throw .invalidOption(
        name: "models", found: "\(paths.count)", expected: "two ARPA files or more")
    }
    var tables: [NGramTable] = []
    for path in paths { tables.append(try NGramTable(arpa: path, options: options)) }
    union = NGramUnion(tables)
    var components: [MixtureComponent] = []
    for table in tables { components.append(try MixtureComponent(table, words: union.words)) }
    self.components = components
  }

  /// The weights under which the text at `path`, a sentence a line, is most probable.
  ///
  /// Expectation maximisation (Dempster, Laird and Rubin 1977): each round, a weight becomes the average share of its
  /// model in the probability of the words; words that no model knows do not count. Ends when no weight changes by more
  /// than `tolerance`.
  ///
  /// - Throws: `LanguageModelError`.
  public func weights(
    for path: String, tolerance: Double = 1e-5, maximumRounds: Int = 200
  ) throws(LanguageModelError) -> [Double] {
    let probabilities = try heldOutProbabilities(path)
    guard !probabilities.isEmpty else {
      throw .invalidOption(
        name: "tuning text", found: "no word that a model knows", expected: "sentences")
    }
    var weights = [Double](repeating: 1 / Double(components.count), count: components.count)
    for _ in 0..<maximumRounds {
      var shares = [Double](repeating: 0, count: weights.count)
      for token in probabilities {
        let total = zip(weights, token).reduce(0) { $0 + $1.0 * $1.1 }
        guard total > 0 else { continue }
        for index in weights.indices { shares[index] += weights[index] * token[index] / total }
      }
      let sum = shares.reduce(0, +)
      guard sum > 0 else { break }
      let updated = shares.map { $0 / sum }
      let change = zip(weights, updated).map { abs($0 - $1) }.max() ?? 0
      weights = updated
      if change < tolerance { break }
    }
    return weights
  }

  /// For each token of the text that some model knows, its probability in each model.
  private func heldOutProbabilities(_ path: String) throws(LanguageModelError) -> [[Double]] {
    var lines = try LineReader(path: path)
    var probabilities: [[Double]] = []
    while try lines.advance() {
      var fields = FieldReader(lines.current)
      var states = components.map(\.model.beginSentenceState)
      var word = fields.next()
      while true {
        let token = word ?? Array("</s>".utf8)[...]
        var row: [Double] = []
        for (index, component) in components.enumerated() {
          let id = component.model.vocabulary.index(ofUTF8: token)
          let score = component.model.score(states[index], id, into: &states[index])
          row.append(id == Vocabulary.unknown ? 0 : pow(10, Double(score.log10Probability)))
        }
        if row.contains(where: { $0 > 0 }) { probabilities.append(row) }
        if word == nil { break }
        word = fields.next()
      }
    }
    return probabilities
  }

  /// Writes the mixture with `weights` as an ARPA file.
  ///
  /// - Throws: `LanguageModelError`.
  public func write(to path: String, weights: [Double]) throws(LanguageModelError) {
    guard weights.count == components.count, weights.allSatisfy({ $0 >= 0 }),
      abs(weights.reduce(0, +) - 1) < 1e-3
    else {
      throw .invalidOption(
        name: "weights", found: "\(weights)",
        expected: "\(components.count) numbers from 0 on that sum to 1")
    }
    let mixed = MixedModel(union, components, weights)
    do {
      try AtomicFile.write(to: path) { file in
        try mixed.write { data in try file.append(data) }
      }
    } catch let error as FileError {
      throw LanguageModelError(error)
    } catch { throw .unwritable(path: path, reason: systemReason(error)) }
  }
}

/// One model of a mixture.
struct MixtureComponent: Sendable {
  let model: NGramModel

  /// For each word of the mixture, its index here, or that of the unknown word.
  let indices: [WordIndex]

  init(_ table: NGramTable, words: WordList) throws(LanguageModelError) {
    model = try NGramModel(
      memory: ProbingBuilder.buildInMemory(table))
    let vocabulary = model.vocabulary
    indices = (0..<words.count).map { vocabulary.index(ofUTF8: words[$0]) }
  }
}

/// The n-grams that any of several models has.
struct NGramUnion: Sendable {
  private(set) var words = WordList()

  /// One of each order, from unigrams on; probabilities and backoffs are not filled in.
  private(set) var lists: [SortedNGrams] = []

  init(_ tables: [NGramTable]) {
    var indices: [[WordIndex]] = []
    for table in tables {
      indices.append(
        (0..<table.words.count).map { index in
          let word = table.words[index]
          return words.append(word) ?? words.index(of: word) ?? Vocabulary.unknown
        })
    }
    for order in 1...(tables.map(\.order).max() ?? 1) {
      var all: [WordIndex] = []
      for (table, indices) in zip(tables, indices) where table.order >= order {
        all += table.orders[order - 1].words.map { indices[Int($0)] }
      }
      lists.append(Self.unique(all, order: order, wordCount: words.count))
    }
  }

  private static func unique(_ all: [WordIndex], order: Int, wordCount: Int) -> SortedNGrams {
    var list = SortedNGrams(order: order)
    for index in sortedNGramOrder(all, width: order, from: 0, wordCount: wordCount) {
      let start = Int(index) * order
      let words = all[start..<(start + order)]
      if list.count > 0, list.compare(list.count - 1, words) == 0 { continue }
      list.words.append(contentsOf: words)
    }
    list.probabilities = [Float](repeating: 0, count: list.count)
    list.backoffs = list.probabilities
    return list
  }
}
