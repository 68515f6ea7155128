import ParlaTranscripts

/// The tokens of all prefixes, which share their beginnings: a tree that knows its parents only.
///
/// A node lives while a prefix or a later node refers to it, so that the memory is that of the live
/// prefixes, however many came and went.
struct TokenHistory {
  /// The history before the first token.
  static let none: Int32 = -1

  private struct Node {
    var label: Int32
    var frame: Int32
    /// Natural logarithm of the label's probability at `frame`.
    var logProbability: Float
    /// The last frame of the token before this one.
    var previousLastFrame: Int32
    /// The history before this token; in a free node, the next free one.
    var parent: Int32
    var referenceCount: Int32
  }

  private var nodes: [Node] = []
  private var firstFree = none

  /// How many tokens are held.
  private(set) var count = 0

  /// The history of `parent`, whose last token ends at `endingFrame`, with one more token,
  /// referred to once.
  mutating func append(
    label: Int32, frame: Int32, logProbability: Float = 0, to parent: Int32,
    endingFrame: Int32 = -1
  ) -> Int32 {
    if parent != Self.none { nodes[Int(parent)].referenceCount += 1 }
    let node = Node(
      label: label, frame: frame, logProbability: logProbability, previousLastFrame: endingFrame,
      parent: parent, referenceCount: 1)
    count += 1
    guard firstFree != Self.none else {
      nodes.appendSparingly(node)
      return Int32(nodes.count - 1)
    }
    let index = firstFree
    firstFree = nodes[Int(index)].parent
    nodes[Int(index)] = node
    return index
  }

  /// Takes back one reference to `history`, and frees what nothing refers to any more.
  mutating func release(_ history: Int32) {
    var index = history
    while index != Self.none {
      nodes[Int(index)].referenceCount -= 1
      guard nodes[Int(index)].referenceCount == 0 else { return }
      let parent = nodes[Int(index)].parent
      nodes[Int(index)].parent = firstFree
      firstFree = index
      count -= 1
      index = parent
    }
  }

  /// How many tokens of `history` start after `frame`.
  func tokenCount(_ history: Int32, after frame: Int32) -> Int {
    var count = 0
    var index = history
    while index != Self.none, nodes[Int(index)].frame > frame {
      count += 1
      index = nodes[Int(index)].parent
    }
    return count
  }

  /// The last labels of `history`, newest first, before the newest one for which `isEnd` is true.
  func labels(_ history: Int32, until isEnd: (Int32) -> Bool) -> [Int32] {
    var labels: [Int32] = []
    var index = history
    while index != Self.none, !isEnd(nodes[Int(index)].label) {
      labels.append(nodes[Int(index)].label)
      index = nodes[Int(index)].parent
    }
    return labels
  }

  /// The tokens of `history`, the last of which ends at `lastFrame`, in the order of time.
  func tokens(_ history: Int32, lastFrame: Int32) -> [Token] {
    var tokens: [Token] = []
    var index = history
    var lastFrame = lastFrame
    while index != Self.none {
      let node = nodes[Int(index)]
      let end = max(lastFrame, node.frame) + 1
      tokens.append(Token(label: Int(node.label), frame: Int(node.frame), endFrame: Int(end)))
      lastFrame = node.previousLastFrame
      index = node.parent
    }
    return tokens.reversed()
  }
  /// The log probabilities of the tokens of `history`, in the order of time.
  func logProbabilities(_ history: Int32) -> [Float] {
    var values: [Float] = []
    var index = history
    while index != Self.none {
      values.append(nodes[Int(index)].logProbability)
      index = nodes[Int(index)].parent
    }
    return values.reversed()
  }
}

// MARK: - Comparing histories

extension TokenHistory {
  /// The number of tokens before each node of `history`.
  func places(_ history: Int32) -> [Int32: Int] {
    var chain: [Int32] = []
    var index = history
    while index != Self.none {
      chain.append(index)
      index = nodes[Int(index)].parent
    }
    var places: [Int32: Int] = [:]
    places.reserveCapacity(chain.count)
    for (distance, index) in chain.enumerated() { places[index] = chain.count - distance }
    return places
  }

  /// How many tokens `history` shares with the one whose `places` these are, and its tokens after
  /// them, without their ends.
  func divergence(
    _ history: Int32, from places: [Int32: Int]
  ) -> (sharedCount: Int, rest: [Token]) {
    var rest: [Token] = []
    var index = history
    while index != Self.none {
      if let place = places[index] { return (place, rest.reversed()) }
      rest.append(Token(label: Int(nodes[Int(index)].label), frame: Int(nodes[Int(index)].frame)))
      index = nodes[Int(index)].parent
    }
    return (0, rest.reversed())
  }
}
