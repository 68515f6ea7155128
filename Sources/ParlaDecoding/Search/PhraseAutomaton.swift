/// Finds phrases in labels as they come, and shares each phrase's boost out over its labels.
///
/// Aho and Corasick 1975, "Efficient string matching", with all transitions worked out. A prefix that
/// spells a phrase has as much of its boost as it has spelled; what was given is taken back when the
/// spelling breaks off, and stays when the phrase is complete.
struct PhraseAutomaton: Sendable {
  /// The state at the start of an utterance.
  let start: Int32

  /// At most how much a label can raise a score.
  let largestGain: Float

  private let labelCount: Int
  private let dividingLabel: Int32?
  private var next: [Int32]
  private var gains: [Float]
  /// What a prefix has of phrases that it has not completed.
  private var advances: [Float]

  private struct Node {
    var children: [Int32: Int32] = [:]
    var failure: Int32 = 0
    var advance: Float = 0
    var boost: Float = 0
  }

  /// An automaton of `phrases` in labels; with a `dividingLabel` they are found between two of them or
  /// the utterance's ends, without it everywhere.
  init(_ phrases: [(labels: [Int32], boost: Float)], labelCount: Int, dividingLabel: Int32?) {
    let edge = dividingLabel.map { [$0] } ?? []
    var nodes = [Node()]
    for phrase in phrases where !phrase.labels.isEmpty {
      Self.insert(edge + phrase.labels + edge, phrase.boost, free: edge.count, into: &nodes)
    }
    let order = Self.linkFailures(&nodes)
    self.labelCount = labelCount
    self.dividingLabel = dividingLabel
    next = Array(repeating: 0, count: nodes.count * labelCount)
    gains = Array(repeating: 0, count: nodes.count * labelCount)
    advances = nodes.map(\.advance)
    for state in order {
      for label in 0..<labelCount {
        let place = Int(state) * labelCount + label
        let child = nodes[Int(state)].children[Int32(label)]
        let fallback = state == 0 ? 0 : next[Int(nodes[Int(state)].failure) * labelCount + label]
        let target = child ?? fallback
        next[place] = target
        gains[place] =
          nodes[Int(target)].advance + nodes[Int(target)].boost - nodes[Int(state)].advance
      }
    }
    if let dividingLabel { start = next[Int(dividingLabel)] } else { start = 0 }
    largestGain = max(0, gains.max() ?? 0)
  }

  /// The state after `label` in `state`.
  func state(after label: Int32, in state: Int32) -> Int32 {
    next[Int(state) * labelCount + Int(label)]
  }

  /// What `label` adds to a score in `state`.
  func gain(of label: Int32, in state: Int32) -> Float {
    gains[Int(state) * labelCount + Int(label)]
  }

  /// What the end of the utterance adds in `state`, after `lastLabel`.
  func finalGain(in state: Int32, after lastLabel: Int32) -> Float {
    guard let dividingLabel, lastLabel != dividingLabel else { return -advances[Int(state)] }
    return gain(of: dividingLabel, in: state)
      - advances[Int(self.state(after: dividingLabel, in: state))]
  }

  private static func insert(
    _ labels: [Int32], _ boost: Float, free: Int, into nodes: inout [Node]
  ) {
    var state: Int32 = 0
    for (depth, label) in labels.enumerated() {
      if let child = nodes[Int(state)].children[label] {
        state = child
      } else {
        nodes.append(Node())
        nodes[Int(state)].children[label] = Int32(nodes.count - 1)
        state = Int32(nodes.count - 1)
      }
      guard depth + 1 < labels.count else { break }
      let advance = boost * Float(depth + 1 - free) / Float(labels.count - free)
      if abs(advance) > abs(nodes[Int(state)].advance) { nodes[Int(state)].advance = advance }
    }
    nodes[Int(state)].boost = boost
  }

  /// Links each node to the longest other one that its labels end with, adds up the boosts of phrases
  /// that end there, and returns the nodes by depth.
  private static func linkFailures(_ nodes: inout [Node]) -> [Int32] {
    var order: [Int32] = [0]
    var position = 0
    while position < order.count {
      let state = order[position]
      position += 1
      for (label, child) in nodes[Int(state)].children.sorted(by: { $0.key < $1.key }) {
        order.append(child)
        guard state != 0 else { continue }
        var failure = nodes[Int(state)].failure
        while failure != 0, nodes[Int(failure)].children[label] == nil {
          failure = nodes[Int(failure)].failure
        }
        nodes[Int(child)].failure = nodes[Int(failure)].children[label] ?? 0
        nodes[Int(child)].boost += nodes[Int(nodes[Int(child)].failure)].boost
      }
    }
    return order
  }
}
