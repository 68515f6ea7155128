package import ParlaAudio
package import ParlaNeuralNetwork
package import ParlaTranscripts

/// A model as recognition runs it: no way back, and a state for each sequence that comes in pieces.
///
/// It never changes, so all streams share it.
package struct InferenceModel: Sendable {
  /// What the model is made of.
  package let description: ModelDescription

  /// What the model writes.
  package let alphabet: Alphabet

  private let network: Network
  private let parameters: Parameters

  /// What the network remembers of a sequence.
  package struct State: Sendable {
    fileprivate var layers: [[Tensor]] = []

    /// Nothing was heard yet.
    package init() {}
  }

  /// Runs `model` in float32.
  package init(_ model: AcousticModel) {
    description = model.description
    alphabet = model.alphabet
    network = model.network
    parameters = model.parameters
  }

  /// How long a frame lasts, in seconds.
  package var secondsPerFrame: Double { Double(description.features.stepMilliseconds) / 1000 }

  /// How probable each label is at each of the next `count` windows of a sequence.
  package func probabilities(
    of windows: inout ContextWindows, count: Int, state: inout State, compute: Compute
  ) -> LabelProbabilities {
    let (width, features) = (windows.width, description.features.featureCount)
    let values = windows.take(count)
    var rows: [Float] = []
    rows.reserveCapacity(count * width)
    for window in 0..<count {
      rows.append(contentsOf: values[window * features..<window * features + width])
    }
    let input = Tensor(shape: [count, 1, width], values: rows)
    var output = network.continued(
      input, parameters, Pass(compute: compute, frameCounts: [count]), state: &state.layers)
    compute.softmax(&output)
    return LabelProbabilities(
      frameCount: count, labelCount: alphabet.labelCount, values: output.values)
  }
}
