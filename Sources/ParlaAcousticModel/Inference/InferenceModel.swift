package import ParlaAudio
package import ParlaNeuralNetwork
package import ParlaTranscripts

/// A model as recognition runs it: no way back, weights in any precision, a state for each sequence that comes in pieces.
///
/// It never changes, so all streams share it.
package struct InferenceModel: Sendable {
  /// What the model is made of.
  package let description: ModelDescription

  /// The labels that the model writes.
  package let alphabet: Alphabet

  /// Further information in the model's file.
  package let metadata: ModelMetadata

  private let weights: GraphWeights

  /// How long recordings go through the network; nil where they go piece by piece.
  package let windows: OverlappingWindows?

  /// The network's state within a sequence.
  package typealias State = GraphState

  /// Joins what a file says with the weights in it.
  package init(
    description: ModelDescription, alphabet: Alphabet, metadata: ModelMetadata,
    weights: GraphWeights
  ) {
    self.description = description
    self.alphabet = alphabet
    self.metadata = metadata
    self.weights = weights
    windows = OverlappingWindows(description)
  }

  /// Runs `model` with weights of `precision`.
  ///
  /// - Throws: `ModelError.damaged` when it lacks a parameter.
  package init(
    _ model: AcousticModel, precision: WeightPrecision
  ) throws(ModelError) {
    let stored = [model.parameters, model.buffers]
    let tensors = Dictionary(
      stored.flatMap { zip($0.specifications.map(\.name), $0.tensors) },
      uniquingKeysWith: { first, _ in first })
    func tensor(_ parameter: ParameterSpecification) throws(ModelError) -> Tensor {
      guard let tensor = tensors[parameter.name] else {
        throw .damaged(path: model.description.name, reason: "\(parameter.name) is missing")
      }
      return tensor
    }
    let source = ParameterSource(
      tensor: tensor,
      weights: { parameter, precision throws(ModelError) in
        WeightMatrix(try tensor(parameter), precision: precision)
      })
    self.init(
      description: model.description, alphabet: model.alphabet,
      metadata: model.metadata ?? ModelMetadata(),
      weights: try GraphWeights(model.graph, source, precision: precision))
  }

  /// How long a frame lasts, in seconds.
  package var secondsPerFrame: Double { description.secondsPerFrame }

  /// How probable each label is at each of the next windows of some sequences, `counts` of them, which `ContextWindows.take` gave.
  ///
  /// Where `isLast` says so, a sequence ends and all frames that are outstanding are given.
  package func probabilities(
    of windows: [[Float]], counts: [Int], states: inout [State], isLast: [Bool]? = nil,
    compute: Compute
  ) -> [LabelProbabilities] {
    if self.windows != nil, description.graph.outputLength(counts.max() ?? 0) == 0 {
      // Sound that is shorter than the network's first windows.
      return windows.map { _ in
        LabelProbabilities(frameCount: 0, labelCount: alphabet.labelCount, values: [])
      }
    }
    let features = description.features
    let input = Tensor(
      windows: windows, counts: counts, featureCount: features.featureCount,
      width: features.inputCount)
    let output = description.graph.advance(
      [Sequences(input, lengths: counts)], weights, states: &states, isLast: isLast,
      Pass(compute: compute))[0]
    return output.probabilities(of: alphabet, compute).labelProbabilities
  }
}

// MARK: - Whole recordings

extension InferenceModel {
  /// More frames than this gain little by going through the network together.
  ///
  /// They are those that come out: a network whose layers have strides reads its weights for as many. Each needs 70 KB (2048 units).
  package var largestStep: Int {
    let position = description.graph.position(ofOutput: 0)
    return 96 * (position.isFixed ? 1 : position.stride)
  }

  /// How probable each label is at each frame of a recording, [frames, labels], the blank last; `features` are its frames in order.
  package func probabilities(of features: [FeatureMatrix], compute: Compute) -> LabelProbabilities {
    var windows = ContextWindows(description.features)
    for frames in features { windows.append(frames) }
    windows.finish()
    if let overlapping = self.windows {
      return probabilities(of: &windows, overlapping, compute: compute)
    }
    var states = [State()]
    var values: [Float] = []
    while windows.count > 0 {
      let count = min(windows.count, largestStep)
      let taken = windows.take(count)
      let found = probabilities(
        of: [taken], counts: [count], states: &states, isLast: [windows.count == 0],
        compute: compute)
      values += found[0].values
    }
    let labelCount = alphabet.labelCount
    return LabelProbabilities(
      frameCount: values.count / labelCount, labelCount: labelCount, values: values)
  }

  private func probabilities(
    of windows: inout ContextWindows, _ overlapping: OverlappingWindows, compute: Compute
  ) -> LabelProbabilities {
    var overlapping = overlapping
    var values: [Float] = []
    var isComplete = windows.count == 0
    while !isComplete,
      let window = overlapping.next(available: windows.count, isEnded: true)
    {
      var states = [State()]
      let found = probabilities(
        of: [windows.take(window.count, advancing: window.advance)], counts: [window.count],
        states: &states, isLast: [true], compute: compute)
      values += found[0].frames(window.kept).values
      isComplete = window.isLast
    }
    let labelCount = alphabet.labelCount
    return LabelProbabilities(
      frameCount: values.count / labelCount, labelCount: labelCount, values: values)
  }
}

extension LabelProbabilities {
  /// The frames in `range`, as far as there are.
  package func frames(_ range: Range<Int>) -> LabelProbabilities {
    let range = range.clamped(to: 0..<frameCount)
    return LabelProbabilities(
      frameCount: range.count, labelCount: labelCount,
      values: Array(values[range.lowerBound * labelCount..<range.upperBound * labelCount]))
  }
}
