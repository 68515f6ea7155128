import Foundation
import ParlaLanguageModel

/// The mixture of models as one model with backoffs.
struct MixedModel {
  private let words: WordList
  private var lists: [SortedNGrams]
  private let beginSentence: WordIndex

  /// Log10 of a probability of zero, as ARPA files write it.
  private static let zero: Float = -99

  /// Gives all n-grams of `union` their mixed probabilities, and their contexts the backoffs that go with them.
  init(_ union: NGramUnion, _ components: [MixtureComponent], _ weights: [Double]) {
    words = union.words
    lists = union.lists
    beginSentence = words.index(ofHash: murmurHash64A("<s>")) ?? Vocabulary.unknown
    // From the shortest order up, since a backoff rests on the probabilities of the order below.
    for order in 1...lists.count { mix(order, components, weights) }
  }

  private mutating func mix(
    _ order: Int, _ components: [MixtureComponent], _ weights: [Double]
  ) {
    let list = lists[order - 1]
    let byContext = sortedNGramOrder(
      list.words, width: order, from: 1, wordCount: words.count
    ).map(Int.init)
    var start = 0
    while start < byContext.count {
      let context = list.words[(byContext[start] * order + 1)..<((byContext[start] + 1) * order)]
      var end = start + 1
      while end < byContext.count,
        list.words[(byContext[end] * order + 1)..<((byContext[end] + 1) * order)] == context
      { end += 1 }
      mix(byContext[start..<end], context, components, weights)
      start = end
    }
  }

  /// Mixes the n-grams at `places`, all those that follow `context`, whose newest word comes first.
  private mutating func mix(
    _ places: ArraySlice<Int>, _ context: ArraySlice<WordIndex>, _ components: [MixtureComponent],
    _ weights: [Double]
  ) {
    let order = context.count + 1
    let states = components.map { component in
      var state = component.model.nullContextState
      for word in context.reversed() {
        _ = component.model.score(state, component.indices[Int(word)], into: &state)
      }
      return state
    }
    var (mass, lowerMass) = (0.0, 0.0)
    for place in places {
      let word = lists[order - 1].words[place * order]
      // The sentence start is never predicted.
      if word == beginSentence {
        lists[order - 1].probabilities[place] = Self.zero
        continue
      }
      var probability = 0.0
      for (index, component) in components.enumerated() {
        let id = component.indices[Int(word)]
        if id == Vocabulary.unknown, word != Vocabulary.unknown { continue }
        var next = NGramState()
        let score = component.model.score(states[index], id, into: &next)
        probability += weights[index] * pow(10, Double(score.log10Probability))
      }
      lists[order - 1].probabilities[place] =
        probability > 0 ? min(0, Float(log10(probability))) : Self.zero
      mass += probability
      if order > 1 { lowerMass += self.probability(word, after: context.dropLast()) }
    }
    if order > 1, let place = lists[order - 2].place(of: context) {
      let left = max(1 - mass, 0)
      let lowerLeft = 1 - lowerMass
      lists[order - 2].backoffs[place] =
        lowerLeft < 1e-9 ? 0 : left < 1e-12 ? Self.zero : Float(log10(left / lowerLeft))
    }
  }

  /// The probability of `word` after `context`, newest word first, backing off where the mixture has no such n-gram.
  private func probability(_ word: WordIndex, after context: ArraySlice<WordIndex>) -> Double {
    var context = context
    var log10Probability: Float = 0
    while true {
      let ngram = ([word] + context)[...]
      if let place = lists[context.count].place(of: ngram) {
        return pow(10, Double(log10Probability + lists[context.count].probabilities[place]))
      }
      guard !context.isEmpty else { return 0 }
      if let place = lists[context.count - 1].place(of: context) {
        log10Probability += lists[context.count - 1].backoffs[place]
      }
      context = context.dropLast()
    }
  }

  /// Hands the ARPA file to `sink`, piece by piece.
  func write(to sink: (Data) throws -> Void) throws {
    try sink(ARPAWriter.header(counts: lists.map(\.count)))
    let buffer = TextBuffer()
    for list in lists {
      try sink(ARPAWriter.sectionStart(order: list.order))
      for index in 0..<list.count {
        buffer.append(list.probabilities[index])
        var separator = UInt8(ascii: "\t")
        for word in list.words[(index * list.order)..<((index + 1) * list.order)].reversed() {
          buffer.append(separator)
          for byte in words[Int(word)] { buffer.append(byte) }
          separator = UInt8(ascii: " ")
        }
        if list.order < lists.count {
          buffer.append(UInt8(ascii: "\t"))
          buffer.append(list.backoffs[index])
        }
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count > 1 << 20 {
          try sink(buffer.data)
          buffer.clear()
        }
      }
      try sink(buffer.data)
      buffer.clear()
      try sink(ARPAWriter.sectionEnd)
    }
    try sink(ARPAWriter.end)
  }
}
