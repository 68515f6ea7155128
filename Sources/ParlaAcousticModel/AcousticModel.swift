package import ParlaAudio
package import ParlaNeuralNetwork
public import ParlaTranscripts

/// A trained network with everything needed to use it: the features it takes and the alphabet it writes.
///
/// It never changes, so any number of recognisers share one.
public struct AcousticModel: Sendable {
  /// The model's network, features and front end.
  public let description: ModelDescription

  /// The labels that the model writes; its network has one more, the blank.
  public let alphabet: Alphabet

  /// The layers' weights.
  package let parameters: Parameters

  /// Metadata from its makers, such as its language; nil if there is none.
  public let metadata: ModelMetadata?

  /// The layers' buffers, such as running statistics.
  package let buffers: Parameters

  private let weights: GraphWeights

  /// Combines a description with the weights of its layers, and with their buffers.
  ///
  /// Without `buffers` they have their initial values.
  package init(
    description: ModelDescription, alphabet: Alphabet, parameters: Parameters,
    buffers: Parameters? = nil, metadata: ModelMetadata? = nil
  ) {
    let graph = description.graph
    let buffers = buffers ?? Parameters(initializing: graph.buffers, seed: 0)
    precondition(graph.parameters == parameters.specifications, "the description's parameters")
    precondition(graph.buffers == buffers.specifications, "the description's buffers")
    self.description = description
    self.alphabet = alphabet
    self.parameters = parameters
    self.buffers = buffers
    self.metadata = metadata
    weights = GraphWeights(graph, parameters, buffers: buffers)
  }

  /// This model with other weights of the same layers.
  package func with(_ parameters: Parameters) -> AcousticModel {
    AcousticModel(
      description: description, alphabet: alphabet,
      parameters: Parameters(specifications: graph.parameters, tensors: parameters.tensors),
      buffers: buffers, metadata: metadata)
  }

  /// The layers.
  package var graph: Graph { description.graph }

  /// The number of weights.
  public var parameterCount: Int { parameters.valueCount }

  /// How long a frame lasts, in seconds.
  public var secondsPerFrame: Double { description.secondsPerFrame }

  /// How probable each label is at each frame of `recording`, of any length.
  ///
  /// The recording goes through the network in pieces, so that memory is needed for a piece only, unless layers need the whole of it.
  package func probabilities(
    of recording: FeatureMatrix, compute: Compute, pieceLength: Int = 1500
  ) -> LabelProbabilities {
    frames(of: recording, compute: compute, pieceLength: pieceLength) {
      $0.probabilities(of: alphabet, compute)
    }
  }

  /// The logits of each label at each frame of `recording`, the blank's last.
  package func logits(of recording: FeatureMatrix, compute: Compute) -> LabelProbabilities {
    frames(of: recording, compute: compute, pieceLength: 1500) { $0 }
  }

  private func frames(
    of recording: FeatureMatrix, compute: Compute, pieceLength: Int,
    _ value: (Sequences) -> Sequences
  ) -> LabelProbabilities {
    let pieceLength = graph.layersThatCannotStream.isEmpty ? pieceLength : Int.max
    var values: [Float] = []
    values.reserveCapacity(graph.outputLength(recording.frameCount) * alphabet.labelCount)
    var states = [GraphState()]
    let features = description.features
    var windows = ContextWindows(features)
    windows.append(recording)
    windows.finish()
    while windows.count > 0 {
      let count = min(pieceLength, windows.count)
      let input = Tensor(
        windows: [windows.take(count)], counts: [count], featureCount: features.featureCount,
        width: features.inputCount)
      let output = graph.advance(
        [Sequences(full: input)], weights, states: &states,
        isLast: [windows.count == 0], Pass(compute: compute))[0]
      values += value(output).values.values
    }
    return LabelProbabilities(
      frameCount: values.count / alphabet.labelCount, labelCount: alphabet.labelCount,
      values: values)
  }

  /// How probable each label is at each frame of each recording, several recordings at once.
  package func probabilities(
    of recordings: [FeatureMatrix], compute: Compute
  ) -> [LabelProbabilities] {
    let input = Tensor(
      batching: recordings, contextFrameCount: description.features.contextFrameCount)
    let output = graph(
      [Sequences(input, lengths: recordings.map(\.frameCount))], weights, Pass(compute: compute))[0]
    return output.probabilities(of: alphabet, compute).labelProbabilities
  }
}
