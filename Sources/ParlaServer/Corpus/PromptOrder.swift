extension Prompts {
  /// The same sentences in an order in which the first ones contain as many pairs of neighbouring letters as possible: each is the
  /// one with the most pairs that none before it has, for its length.
  ///
  /// A sentence loses each of its pairs once, to the first that has it, so that the work grows with the length of the text.
  static func spread(_ sentences: [String]) -> [String] {
    var pairs = LetterPairs()
    let pairsOf = sentences.map { pairs.numbers(in: $0) }
    var holders = [[Int32]](repeating: [], count: pairs.count)
    for (sentence, own) in pairsOf.enumerated() {
      for pair in own { holders[pair].append(Int32(sentence)) }
    }
    let lengths = sentences.map { Double(10 + $0.count) }
    var newCounts = pairsOf.map(\.count)
    func candidate(_ sentence: Int) -> Candidate {
      Candidate(sentence: sentence, value: Double(newCounts[sentence]) / lengths[sentence])
    }
    var heap = CandidateHeap(sentences.indices.map(candidate))
    var order: [String] = []
    while let best = heap.popFirst() {
      let now = candidate(best.sentence)
      // Values only fall: one that has fallen since it was noted gets its new place.
      guard now.value == best.value else {
        heap.insert(now)
        continue
      }
      order.append(sentences[best.sentence])
      for pair in pairsOf[best.sentence] {
        for holder in holders[pair] { newCounts[Int(holder)] -= 1 }
        holders[pair] = []
      }
    }
    return order
  }
}

/// Numbers for pairs of neighbouring letters, in the order in which they are met.
private struct LetterPairs {
  private var letters: [Character: Int] = [:]
  private var numbers: [Int: Int] = [:]

  /// How many there are.
  var count: Int { numbers.count }

  /// The pairs in `text`, each once; a sentence begins and ends with a space.
  mutating func numbers(in text: String) -> [Int] {
    var found: Set<Int> = []
    var last = letter(" ")
    for character in text.lowercased() + " " {
      let next = letter(character)
      let pair = last << 32 | next
      let number = numbers[pair] ?? numbers.count
      numbers[pair] = number
      found.insert(number)
      last = next
    }
    return Array(found)
  }

  private mutating func letter(_ character: Character) -> Int {
    if let number = letters[character] { return number }
    letters[character] = letters.count
    return letters.count - 1
  }
}

/// A sentence and how much it adds.
private struct Candidate {
  let sentence: Int
  let value: Double

  /// The larger value comes first, and of equal ones the earlier sentence.
  func precedes(_ other: Candidate) -> Bool {
    value != other.value ? value > other.value : sentence < other.sentence
  }
}

/// A binary heap whose root precedes all.
private struct CandidateHeap {
  private var nodes: [Candidate]

  init(_ candidates: [Candidate]) { nodes = candidates.sorted { $0.precedes($1) } }

  mutating func insert(_ candidate: Candidate) {
    nodes.append(candidate)
    var child = nodes.count - 1
    while child > 0, nodes[child].precedes(nodes[(child - 1) / 2]) {
      nodes.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popFirst() -> Candidate? {
    guard let first = nodes.first, let last = nodes.popLast() else { return nil }
    guard !nodes.isEmpty else { return first }
    nodes[0] = last
    var parent = 0
    while 2 * parent + 1 < nodes.count {
      var child = 2 * parent + 1
      if child + 1 < nodes.count, nodes[child + 1].precedes(nodes[child]) { child += 1 }
      guard nodes[child].precedes(nodes[parent]) else { break }
      nodes.swapAt(child, parent)
      parent = child
    }
    return first
  }
}
