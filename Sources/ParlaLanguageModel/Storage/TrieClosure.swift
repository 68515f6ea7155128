/// Sorts a model's n-grams as a trie needs them, and fills the gaps (`lm/search_trie.cc`, `lm/trie_sort.cc`).
///
/// Words are numbered by the order of their hashes. Every list is sorted by the newest word, then the one before, and so
/// on. An n-gram that was pruned although a longer one ends with it is put back, with the probability that backing off
/// gives it, so that a search meets no gap.
package struct TrieClosure {
  /// One of each order, from unigrams on; the last one's backoffs are empty.
  package private(set) var lists: [SortedNGrams]

  /// For each word in the order of its new index, the index it had in the table.
  package let oldIndices: [Int]

  private let table: NGramTable

  /// - Throws: `LanguageModelError.duplicateNGram`, `missingContext`.
  package init(_ table: NGramTable) throws(LanguageModelError) {
    self.table = table
    let hashes = table.words.hashes
    oldIndices = [0] + (1..<table.words.count).sorted { hashes[$0] < hashes[$1] }
    var newIndices = [WordIndex](repeating: 0, count: oldIndices.count)
    for (new, old) in oldIndices.enumerated() { newIndices[old] = WordIndex(new) }
    lists = []
    for list in table.orders { lists.append(try Self.sorted(list, newIndices, table)) }
    let blanks = insertBlanks()
    try markContexts()
    fill(blanks)
  }

  private static func sorted(
    _ list: NGramList, _ newIndices: [WordIndex], _ table: NGramTable
  ) throws(LanguageModelError) -> SortedNGrams {
    let words = list.words.map { newIndices[Int($0)] }
    let permutation = sortedNGramOrder(
      words, width: list.order, from: 0, wordCount: newIndices.count)
    var sorted = SortedNGrams(order: list.order)
    sorted.words.reserveCapacity(words.count)
    for (place, index) in permutation.enumerated() {
      let index = Int(index)
      for column in 0..<list.order { sorted.words.append(words[index * list.order + column]) }
      if place > 0, sorted.compare(place - 1, sorted, place, length: list.order) == 0 {
        throw .duplicateNGram(
          path: table.path, line: list.line(of: max(index, Int(permutation[place - 1]))),
          words: table.text(order: list.order, index))
      }
    }
    sorted.probabilities = permutation.map { list.probabilities[Int($0)] }
    if !list.backoffs.isEmpty { sorted.backoffs = permutation.map { list.backoffs[Int($0)] } }
    sorted.isBlank = [Bool](repeating: false, count: permutation.count)
    return sorted
  }
}

// MARK: - Gaps

extension TrieClosure {
  /// Puts the missing ends of longer n-grams into their lists, from the longest order down; their places.
  private mutating func insertBlanks() -> [[Int]] {
    var blanks = [[Int]](repeating: [], count: lists.count)
    for order in stride(from: lists.count, through: 3, by: -1) {
      let longer = lists[order - 1]
      let list = lists[order - 2]
      var merged = SortedNGrams(order: order - 1)
      var place = 0
      for index in 0..<longer.count
      where index == 0 || longer.compare(index - 1, longer, index, length: order - 1) != 0 {
        while place < list.count {
          let comparison = list.compare(place, longer, index, length: order - 1)
          if comparison > 0 { break }
          merged.append(list, place)
          place += 1
        }
        let last = merged.count - 1
        if last >= 0, merged.compare(last, longer, index, length: order - 1) == 0 { continue }
        blanks[order - 2].append(merged.count)
        merged.appendBlank(longer, index)
      }
      while place < list.count {
        merged.append(list, place)
        place += 1
      }
      lists[order - 2] = merged
    }
    return blanks
  }

  /// Gives the n-grams that were put back their probabilities, from the shortest order up.
  private mutating func fill(_ blanks: [[Int]]) {
    for order in stride(from: 2, to: lists.count, by: 1) {
      for place in blanks[order - 1] {
        let words = lists[order - 1].words[(place * order)..<((place + 1) * order)]
        let basis = longestPresent(words)
        var probability = lists[basis.order - 1].probabilities[basis.place]
        for length in basis.order..<order {
          let context = words.dropFirst().prefix(length)
          guard let found = lists[length - 1].place(of: context) else { continue }
          if lists[length - 1].backoffs[found] == 0 { lists[length - 1].backoffs[found] = 0 }
          probability += lists[length - 1].backoffs[found]
        }
        lists[order - 1].probabilities[place] = probability
      }
    }
  }

  /// The longest n-gram of the model itself that ends the one of `words`.
  private func longestPresent(_ words: ArraySlice<WordIndex>) -> (order: Int, place: Int) {
    for order in (2..<words.count).reversed() {
      guard let place = lists[order - 1].place(of: words.prefix(order)) else { continue }
      if !lists[order - 1].isBlank[place] { return (order, place) }
    }
    return (1, Int(words.first ?? 0))
  }

  /// Makes zero backoffs positive where longer n-grams of the model follow, which scoring relies on.
  private mutating func markContexts() throws(LanguageModelError) {
    for order in stride(from: 2, through: lists.count, by: 1) {
      let longer = lists[order - 1]
      let contexts = sortedNGramOrder(
        longer.words, width: order, from: 1, wordCount: oldIndices.count)
      var place = 0
      for index in contexts.lazy.map(Int.init) where !longer.isBlank[index] {
        let context = longer.words[(index * order + 1)..<((index + 1) * order)]
        while place < lists[order - 2].count, lists[order - 2].compare(place, context) < 0 {
          place += 1
        }
        guard place < lists[order - 2].count, lists[order - 2].compare(place, context) == 0,
          !lists[order - 2].isBlank[place]
        else {
          let words = longer.words[(index * order)..<((index + 1) * order)]
          throw .missingContext(
            path: table.path, words: table.text(words.map { WordIndex(oldIndices[Int($0)]) }))
        }
        if lists[order - 2].backoffs[place] == 0 { lists[order - 2].backoffs[place] = 0 }
      }
    }
  }
}

/// N-grams of one order, sorted, the newest word first.
package struct SortedNGrams {
  package let order: Int
  package var words: [WordIndex] = []
  package var probabilities: [Float] = []
  package var backoffs: [Float] = []

  /// Whether the n-gram was put in to fill a gap.
  package var isBlank: [Bool] = []

  package var count: Int { words.count / order }

  package init(order: Int) { self.order = order }

  /// Below, at or above 0 as the first `length` words of n-gram `index` come before, with or after those of `other`.
  package func compare(_ index: Int, _ other: SortedNGrams, _ otherIndex: Int, length: Int) -> Int {
    let (start, otherStart) = (index * order, otherIndex * other.order)
    for column in 0..<length {
      let (word, otherWord) = (words[start + column], other.words[otherStart + column])
      if word != otherWord { return word < otherWord ? -1 : 1 }
    }
    return 0
  }

  /// Below, at or above 0 as n-gram `index` comes before, with or after `other`.
  package func compare(_ index: Int, _ other: ArraySlice<WordIndex>) -> Int {
    let start = index * order
    for (column, otherWord) in other.enumerated() {
      let word = words[start + column]
      if word != otherWord { return word < otherWord ? -1 : 1 }
    }
    return 0
  }

  /// The position of the n-gram of `words`, if the model has it.
  package func place(of words: ArraySlice<WordIndex>) -> Int? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if compare(middle, words) < 0 { low = middle + 1 } else { high = middle }
    }
    return low < count && compare(low, words) == 0 ? low : nil
  }

  package mutating func append(_ list: SortedNGrams, _ index: Int) {
    words.append(contentsOf: list.words[(index * order)..<((index + 1) * order)])
    probabilities.append(list.probabilities[index])
    backoffs.append(list.backoffs[index])
    isBlank.append(list.isBlank[index])
  }

  /// Appends the first words of n-gram `index` of the list of the next order, as a gap to be filled.
  package mutating func appendBlank(_ longer: SortedNGrams, _ index: Int) {
    let start = index * longer.order
    words.append(contentsOf: longer.words[start..<(start + order)])
    probabilities.append(0)
    backoffs.append(-0.0)
    isBlank.append(true)
  }
}

/// The order of n-grams sorted by their words from column `first` on: a radix sort, column by column from the last.
package func sortedNGramOrder(
  _ words: [WordIndex], width: Int, from first: Int, wordCount: Int
) -> [UInt32] {
  let count = words.count / width
  var order = Array(0..<UInt32(count))
  var sorted = order
  for column in (first..<width).reversed() {
    var starts = [Int](repeating: 0, count: wordCount + 1)
    for index in 0..<count { starts[Int(words[index * width + column]) + 1] += 1 }
    for word in 0..<wordCount { starts[word + 1] += starts[word] }
    for index in order {
      let word = Int(words[Int(index) * width + column])
      sorted[starts[word]] = index
      starts[word] += 1
    }
    swap(&order, &sorted)
  }
  return order
}
