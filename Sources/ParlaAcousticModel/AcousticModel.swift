package import ParlaAudio
package import ParlaNeuralNetwork
public import ParlaTranscripts

/// A trained network with all that its use needs: the features it hears and the alphabet it writes.
///
/// It never changes, so any number of recognisers share one.
public struct AcousticModel: Sendable {
  /// What the model is made of.
  public let description: ModelDescription

  /// What the model writes; its network has one label more, the blank.
  public let alphabet: Alphabet

  /// What the layers learnt.
  package let parameters: Parameters

  /// What its makers say of it beside that, such as its language; nil when they said nothing.
  public let metadata: ModelMetadata?

  package let network: Network

  /// Joins a description with what its layers learnt.
  package init(
    description: ModelDescription, alphabet: Alphabet, parameters: Parameters,
    metadata: ModelMetadata? = nil
  ) {
    let network = Network(description.layers, inputCount: description.features.inputCount)
    precondition(network.parameters == parameters.specifications, "the description's parameters")
    self.description = description
    self.alphabet = alphabet
    self.parameters = parameters
    self.metadata = metadata
    self.network = network
  }

  /// How many numbers the layers learnt.
  public var parameterCount: Int { parameters.valueCount }

  /// How long a frame lasts, in seconds.
  public var secondsPerFrame: Double { Double(description.features.stepMilliseconds) / 1000 }

  /// How probable each label is at each frame of `recording`, of any length.
  ///
  /// The recording goes through the network in pieces, so that memory is needed for a piece only.
  package func probabilities(
    of recording: FeatureMatrix, compute: Compute, pieceLength: Int = 1500
  ) -> LabelProbabilities {
    var values: [Float] = []
    values.reserveCapacity(recording.frameCount * alphabet.labelCount)
    var state: [[Tensor]] = []
    for start in stride(from: 0, to: recording.frameCount, by: pieceLength) {
      let frames = start..<min(start + pieceLength, recording.frameCount)
      let input = Tensor(
        batching: [recording], frames: frames,
        contextFrameCount: description.features.contextFrameCount)
      let pass = Pass(compute: compute, frameCounts: [frames.count])
      var output = network.continued(input, parameters, pass, state: &state)
      compute.softmax(&output)
      values += output.values
    }
    return LabelProbabilities(
      frameCount: recording.frameCount, labelCount: alphabet.labelCount, values: values)
  }

  /// How probable each label is at each frame of each recording, several recordings at once.
  package func probabilities(
    of recordings: [FeatureMatrix], compute: Compute
  ) -> [LabelProbabilities] {
    let frameCounts = recordings.map(\.frameCount)
    let input = Tensor(
      batching: recordings, contextFrameCount: description.features.contextFrameCount)
    var output = network(input, parameters, Pass(compute: compute, frameCounts: frameCounts))
    compute.softmax(&output)
    return output.sequences(frameCounts: frameCounts)
  }
}
