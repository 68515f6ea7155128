import ParlaPlatform
import ParlaTranscripts

/// The labels that one frame offers to the search, with natural log probabilities.
struct FrameLabels {
  /// ln(p + FLT_MIN) of each label, the blank's last; -infinity for those cut off.
  private(set) var logProbability: [Float]

  /// The labels that may extend a prefix, most probable first, without the blank.
  private(set) var byProbability: [Int32] = []

  private let settings: BeamSearchDecoder
  private var probability: [Float]
  /// One sortable number a label: the probability's bits over the inverted label, so that of equal
  /// probabilities the smaller label comes first.
  private var ranking: [UInt64] = []
  private let blankIsLast: Bool

  init(settings: BeamSearchDecoder, labelCount: Int) {
    self.settings = settings
    logProbability = Array(repeating: -.infinity, count: labelCount)
    probability = Array(repeating: 0, count: labelCount)
    blankIsLast = settings.cutoffProbability >= 1 && settings.cutoffTopN >= labelCount
  }

  /// The blank's log probability; -infinity where it is cut off.
  var blankLogProbability: Float { logProbability[logProbability.count - 1] }

  /// The blank's probability, cut off or not.
  var blankProbability: Float { probability[probability.count - 1] }

  /// Whether the blank's path was weighed before the label's own when the time of a label is
  /// decided.
  ///
  /// The original works through the labels in order with the blank last, but by falling probability
  /// when a cut-off is set or the labels outnumber `cutoffTopN`.
  func blankPrecedes(_ label: Int) -> Bool {
    !blankIsLast && probability[label] < probability[probability.count - 1]
  }

  /// Takes the labels of frame `frame`; what is no positive number counts as probability 0.
  mutating func load(frame: Int, of probabilities: LabelProbabilities) {
    let start = frame * probability.count
    for label in probability.indices {
      let value = probabilities.values[start + label]
      probability[label] = value > 0 && value < .infinity ? value : 0
      logProbability[label] = Float(
        log(Double(probability[label]) + Double(Float.leastNormalMagnitude)))
    }
    rank()
    let kept = settings.cutoffProbability < 1 ? keptCount : ranking.count
    for rank in ranking[kept...] { logProbability[Self.label(of: rank)] = -.infinity }
    let blank = probability.count - 1
    byProbability.removeAll(keepingCapacity: true)
    for rank in ranking[..<kept] where Self.label(of: rank) != blank {
      byProbability.append(Int32(Self.label(of: rank)))
    }
  }

  private mutating func rank() {
    ranking.removeAll(keepingCapacity: true)
    for label in probability.indices {
      ranking.append(
        UInt64(probability[label].bitPattern) << 32 | UInt64(UInt32.max - UInt32(label)))
    }
    ranking.sort(by: >)
  }

  /// How many of the most probable labels reach `cutoffProbability` together, at most `cutoffTopN`.
  private var keptCount: Int {
    var sum = 0.0
    for (index, rank) in ranking.enumerated() {
      sum += Double(probability[Self.label(of: rank)])
      let count = index + 1
      if sum >= settings.cutoffProbability || count >= settings.cutoffTopN { return count }
    }
    return ranking.count
  }

  private static func label(of rank: UInt64) -> Int {
    Int(UInt32.max - UInt32(truncatingIfNeeded: rank))
  }
}
