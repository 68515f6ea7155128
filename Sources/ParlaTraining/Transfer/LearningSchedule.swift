import ParlaNeuralNetwork

/// How long a step each parameter takes at each moment of a training.
struct LearningSchedule {
  private let layers: LearningLayers
  private let factors: [Float]
  /// Frozen layers, the lowest first, so that they thaw from the end.
  private let frozen: [Int]
  private let thawEpochs: Int?
  private let lastEpoch: Int
  private let schedules: [any RateSchedule]

  /// Plans the training of `graph`'s layers.
  ///
  /// - Throws: `TrainingError.unknownLayer`, `.badSetting`.
  init(_ configuration: TrainingConfiguration, graph: Graph) throws(TrainingError) {
    let layers = LearningLayers(graph)
    let learning = configuration.optimization.layerLearning
    self.layers = layers
    schedules = try configuration.rateSchedules()
    thawEpochs = learning.thawEpochs
    factors = try Self.factors(learning, layers)
    let dropped = try layers.dropped(configuration.start.transfer)
    var frozen = try layers.indices(learning.frozenLayers, option: "--freeze-layers")
    let option = learning.trainedLayers == nil ? "--freeze-layers" : "--train-layers"
    if let names = learning.trainedLayers {
      guard frozen.isEmpty else {
        throw .badSetting(
          name: option, found: "--freeze-layers as well", expected: "one of the two")
      }
      frozen = Set(layers.names.indices).subtracting(try layers.indices(names, option: option))
    }
    if frozen.isEmpty && learning.thawEpochs != nil {
      guard configuration.sourcePath != nil else {
        throw .badSetting(
          name: "--thaw-after", found: "no frozen layers",
          expected: "--freeze-layers, or a model to start from in --load-checkpoint-dir")
      }
      frozen = Set(layers.names.indices.dropLast()).subtracting(dropped)
    }
    if let layer = frozen.intersection(dropped).min(), configuration.sourcePath != nil {
      throw .badSetting(
        name: option,
        found: learning.trainedLayers == nil
          ? "\(layers.names[layer]), which is reinitialised"
          : "no \(layers.names[layer]), which is reinitialised",
        expected: learning.trainedLayers == nil
          ? "layers that are copied" : "all layers that are reinitialised among them")
    }
    guard frozen.count < layers.names.count || learning.thawEpochs != nil else {
      throw .badSetting(
        name: "--freeze-layers", found: "all layers", expected: "one at least that learns")
    }
    self.frozen = frozen.sorted()
    lastEpoch = configuration.epochs.count - 1
  }

  /// Whether each parameter learns at any time.
  var learns: [Bool] {
    let frozen = frozenIndices(epoch: lastEpoch)
    return layers.layerOfParameter.map { !frozen.contains($0) && factors[$0] != 0 }
  }

  private static func factors(
    _ learning: LayerLearning, _ layers: LearningLayers
  ) throws(TrainingError) -> [Float] {
    var factors = layers.names.map { _ in Float(1) }
    for (name, factor) in learning.rates.sorted(by: { $0.key < $1.key }) {
      guard factor >= 0, factor.isFinite else {
        throw .badSetting(
          name: "--layer-learning-rates", found: "\(name)=\(factor)", expected: "0 or more")
      }
      for index in try layers.indices([name], option: "--layer-learning-rates") {
        factors[index] = factor
      }
    }
    return factors
  }

  /// The layers that do not learn in `epoch`, which counts from 0.
  func frozenLayers(epoch: Int) -> [String] {
    frozenIndices(epoch: epoch).map { layers.names[$0] }
  }

  private func frozenIndices(epoch: Int) -> ArraySlice<Int> {
    frozen.dropLast(thawEpochs.map { epoch / $0 } ?? 0)
  }

  /// The learning rate of each parameter at `moment`, where `rate` is that of the training.
  func rates(at moment: TrainingMoment, rate: Float) -> [Float] {
    let frozen = frozenIndices(epoch: moment.epoch)
    let share = factor(at: moment)
    return layers.layerOfParameter.map { layer in
      frozen.contains(layer) ? 0 : rate * share * factors[layer]
    }
  }

  /// The factor for the learning rate at `moment`.
  func factor(at moment: TrainingMoment) -> Float {
    schedules.reduce(1) { $0 * $1.factor(at: moment) }
  }

  /// The factor for the learning rate from now on, after an epoch with that development loss.
  func factor(after loss: Double, _ state: inout PatienceState) -> Float {
    schedules.reduce(1) { $0 * $1.factor(after: loss, &state) }
  }
}
