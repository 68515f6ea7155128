import Foundation
import ParlaTranscripts

/// Prefix beam search as it stands in the paper, to hold the fast one to.
///
/// Whole prefixes are keys, and probabilities are of type `Double`: slow, and readable at once.
func plainBeamSearch(
  _ probabilities: LabelProbabilities, beamWidth: Int, candidateCount: Int
) -> [Candidate] {
  var beam = [[Int](): Prefix(blank: 1)]
  for frame in 0..<probabilities.frameCount {
    let start = frame * probabilities.labelCount
    let row = probabilities.values[start..<start + probabilities.labelCount].map(Double.init)
    var next: [[Int]: Prefix] = [:]
    for (labels, prefix) in beam {
      next[labels, default: Prefix()].stay(prefix, row: row, last: labels.last)
    }
    for (labels, prefix) in beam {
      for label in 0..<probabilities.blank {
        let share = label == labels.last ? prefix.blank : prefix.blank + prefix.nonBlank
        guard share > 0 else { continue }
        let tokens = prefix.tokens + [Token(label: label, frame: frame)]
        next[labels + [label], default: Prefix()].arrive(share * row[label], tokens: tokens)
      }
    }
    beam = Dictionary(uniqueKeysWithValues: best(next, beamWidth).map { ($0, $1.settled) })
  }
  return best(beam, candidateCount).map { _, prefix in
    Candidate(
      tokens: prefix.tokens, naturalLogProbability: log(prefix.blank + prefix.nonBlank))
  }
}

private struct Prefix {
  var blank = 0.0
  var nonBlank = 0.0
  var tokens: [Token] = []
  var arrivingTokens: [Token]?

  mutating func stay(_ old: Prefix, row: [Double], last: Int?) {
    blank = (old.blank + old.nonBlank) * row[row.count - 1]
    nonBlank = last.map { old.nonBlank * row[$0] } ?? 0
    tokens = old.tokens
  }

  mutating func arrive(_ probability: Double, tokens: [Token]) {
    if nonBlank < probability { arrivingTokens = tokens }
    nonBlank += probability
  }

  /// The prefix after the frame: with new times, if the arrival outweighs what stayed.
  var settled: Prefix {
    let isEmittedNow = nonBlank >= blank || tokens.isEmpty
    return Prefix(
      blank: blank, nonBlank: nonBlank, tokens: isEmittedNow ? arrivingTokens ?? tokens : tokens)
  }
}

private func best(_ prefixes: [[Int]: Prefix], _ count: Int) -> [([Int], Prefix)] {
  let ranked = prefixes.sorted {
    $0.value.blank + $0.value.nonBlank > $1.value.blank + $1.value.nonBlank
  }
  return ranked.prefix(count).map { ($0.key, $0.value) }
}

/// The generator of Steele, Lea and Flood 2014, so that runs repeat.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension LabelProbabilities {
  /// Frames of random probabilities, some of them peaked.
  static func random(
    frameCount: Int, labelCount: Int, using random: inout SplitMix
  ) -> LabelProbabilities {
    var values: [Float] = []
    for _ in 0..<frameCount {
      let power = Float.random(in: 1...6, using: &random)
      let row = (0..<labelCount).map { _ in pow(Float.random(in: 0.01...1, using: &random), power) }
      values += row.map { $0 / row.reduce(0, +) }
    }
    return LabelProbabilities(frameCount: frameCount, labelCount: labelCount, values: values)
  }
}
