import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTranscripts

/// The next windows of a stream on their way through the network.
struct NetworkStep: Sendable {
  /// As `ContextWindows.take` gives them.
  let windows: [Float]

  /// How many there are.
  let count: Int

  /// Whether the sound ends with them.
  let isLast: Bool

  /// What the network remembers of the stream.
  let state: InferenceModel.State

  /// What came out of a step.
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
    return zip(probabilities, states).map { Result(probabilities: $0, state: $1) }
  }

  /// Which of `steps` go through the network together, on `threadCount` threads: those of about the same length, since the shorter
  /// are filled up.
  ///
  /// Each thread has a share of the streams: threads that shared each product would wait for one another at every frame.
  static func shares(of steps: [NetworkStep], threadCount: Int) -> [[Int]] {
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
