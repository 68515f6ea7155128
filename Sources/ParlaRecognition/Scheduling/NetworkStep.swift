import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTranscripts

/// The next windows of a stream on their way through the network.
struct NetworkStep: Sendable {
  /// As `ContextWindows.take` gives them.
  let windows: [Float]

  /// How many there are.
  let count: Int

  /// Whether the sound ends with them, or what the network is to know of it.
  let isLast: Bool

  /// Which of the frames that come out are wanted; nil for all.
  let kept: Range<Int>?

  /// The network's state within the stream.
  let state: InferenceModel.State

  /// The output of a step.
  struct Result: Sendable {
    let probabilities: LabelProbabilities
    let state: InferenceModel.State
  }

  /// Takes `steps` of different streams together, each with the result that it would have alone.
  static func results(
    of steps: [NetworkStep], _ recognizer: Recognizer, _ compute: Compute
  ) -> [Result] {
    var states = steps.map(\.state)
    let probabilities = recognizer.inference.probabilities(
      of: steps.map(\.windows), counts: steps.map(\.count), states: &states,
      isLast: steps.map(\.isLast), compute: compute)
    return steps.indices.map { index in
      let found = probabilities[index]
      return Result(
        probabilities: steps[index].kept.map { found.frames($0) } ?? found, state: states[index])
    }
  }

  /// Which of `steps` go through the network together, on `threadCount` threads: those of about the same length, since the shorter
  /// are filled up.
  ///
  /// Each thread has a share of the streams: threads that shared each product would wait for one another at every frame. Windows of sound
  /// are long enough to go alone.
  static func shares(of steps: [NetworkStep], threadCount: Int) -> [[Int]] {
    guard steps.allSatisfy({ $0.kept == nil }) else { return steps.indices.map { [$0] } }
    let sorted = steps.indices.sorted { (steps[$1].count, $0) < (steps[$0].count, $1) }
    var groups: [[Int]] = []
    for index in sorted {
      if let longest = groups.last?.first, 4 * steps[index].count >= 3 * steps[longest].count {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
    }
    return groups.flatMap { group in
      let count = min(threadCount, group.count)
      return (0..<count).map { share in
        Array(group[share * group.count / count..<(share + 1) * group.count / count])
      }
    }
  }
}
