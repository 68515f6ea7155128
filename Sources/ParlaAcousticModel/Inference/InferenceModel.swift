import ParlaAudio
package import ParlaNeuralNetwork
package import ParlaTranscripts

/// A model as recognition runs it: no way back, weights in any precision, a state for each sequence that comes in pieces.
///
/// It never changes, so all streams share it.
package struct InferenceModel: Sendable {
  /// What the model is made of.
  package let description: ModelDescription

  /// What the model writes.
  package let alphabet: Alphabet

  /// What else the model's file says.
  package let metadata: ModelMetadata

  private let network: InferenceNetwork

  /// What the network remembers of a sequence.
  package typealias State = InferenceNetwork.State

  init(
    description: ModelDescription, alphabet: Alphabet, metadata: ModelMetadata,
    network: InferenceNetwork
  ) {
    self.description = description
    self.alphabet = alphabet
    self.metadata = metadata
    self.network = network
  }

  /// Runs `model` with weights of `precision`.
  ///
  /// - Throws: `ModelError.damaged` when it lacks a parameter.
  package init(
    _ model: AcousticModel, precision: WeightPrecision,
    metadata: ModelMetadata = ModelMetadata()
  ) throws(ModelError) {
    let tensors = Dictionary(
      zip(model.parameters.specifications.map(\.name), model.parameters.tensors),
      uniquingKeysWith: { first, _ in first })
    func tensor(_ parameter: ParameterSpecification) throws(ModelError) -> Tensor {
      guard let tensor = tensors[parameter.name] else {
        throw .damaged(path: model.description.name, reason: "\(parameter.name) is missing")
      }
      return tensor
    }
    let source = ParameterSource(
      tensor: tensor,
      weights: { parameter throws(ModelError) in
        WeightMatrix(try tensor(parameter), precision: precision)
      })
    self.init(
      description: model.description, alphabet: model.alphabet, metadata: metadata,
      network: try InferenceNetwork(model.description, source))
  }

  /// How long a frame lasts, in seconds.
  package var secondsPerFrame: Double { Double(description.features.stepMilliseconds) / 1000 }

  /// How probable each label is at each of the next `count` windows of some sequences, which `ContextWindows.take` gave.
  package func probabilities(
    of windows: [[Float]], count: Int, states: inout [State], compute: Compute
  ) -> [LabelProbabilities] {
    let (width, features) = (description.features.inputCount, description.features.featureCount)
    var input = Tensor(unwritten: [count, windows.count, width])
    let target = unsafe input.mutablePointer
    for (sequence, values) in windows.enumerated() {
      precondition(values.count == (count - 1) * features + width, "\(count) windows")
      unsafe values.withUnsafeBufferPointer { values in
        guard let source = values.baseAddress else { return }
        for window in 0..<count {
          unsafe (target + (window * windows.count + sequence) * width).update(
            from: source + window * features, count: width)
        }
      }
    }
    var output = network.advance(input, states: &states, compute: compute)
    compute.softmax(&output)
    return output.sequences(frameCounts: [Int](repeating: count, count: windows.count))
  }
}
