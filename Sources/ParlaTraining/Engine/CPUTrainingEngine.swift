import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import ParlaTranscripts

/// Learns on this machine's processor.
struct CPUTrainingEngine: TrainingEngine {
  private let description: ModelDescription
  private let alphabet: Alphabet
  private let network: Network
  private let compute: Compute
  private var parameters: Parameters
  private var optimizer: Optimizer
  private let gradientNormLimit: Double?

  /// Trains `model` on with an optimiser that has not moved yet.
  init(_ model: AcousticModel, configuration: TrainingConfiguration) {
    description = model.description
    alphabet = model.alphabet
    network = model.network
    parameters = model.parameters
    Compute.keepFreedMemory()
    compute = Compute(
      threadCount: configuration.threadCount, precision: configuration.precision.ofProducts)
    optimizer = Optimizer(configuration.optimizer, for: parameters.specifications)
    gradientNormLimit = configuration.gradientNormLimit
  }

  /// Goes on with the optimiser as `state` says it was.
  ///
  /// - Returns: false, with an optimiser that has not moved yet, when `state` is that of another method.
  @discardableResult
  mutating func restore(_ state: OptimizerState) -> Bool {
    optimizer.restore(state.slots, stepCounts: state.stepCounts)
  }

  var model: AcousticModel {
    AcousticModel(description: description, alphabet: alphabet, parameters: parameters)
  }

  var optimizerState: OptimizerState {
    OptimizerState(stepCounts: optimizer.stepCounts, slots: optimizer.slots)
  }

  mutating func train(
    on batch: ArraySlice<TrainingSample>, partCount: Int, learningRates: [Float],
    dropoutSeed: UInt64
  ) -> StepResult {
    let moving = learningRates.indices.filter { learningRates[$0] != 0 }
    let (losses, sum) = gradients(
      batch, partCount: partCount, downTo: moving.first ?? learningRates.count,
      dropoutSeed: dropoutSeed)
    let isFinite = losses.map(\.isFinite)
    guard isFinite.allSatisfy({ $0 }) else {
      // What is no number spreads over all weights, however small its share: the others go again without it.
      let others = zip(batch, isFinite).filter { $1 }.map(\.0)
      guard !others.isEmpty else { return StepResult(losses: losses, isMade: false) }
      var result = train(
        on: others[...], partCount: min(partCount, others.count), learningRates: learningRates,
        dropoutSeed: dropoutSeed)
      var rest = result.losses[...]
      result.losses = zip(losses, isFinite).map { $1 ? rest.removeFirst() : $0 }
      return result
    }
    guard var gradients = sum, gradients.areFinite else {
      return StepResult(losses: losses, isMade: false)
    }
    if let gradientNormLimit {
      gradients.clip(toNorm: gradientNormLimit, of: moving, compute: compute)
    }
    optimizer.update(
      &parameters, along: gradients, learningRates: learningRates, compute: compute)
    return StepResult(losses: losses, isMade: true)
  }

  func tryOut(_ batch: ArraySlice<TrainingSample>, partCount: Int) {
    _ = gradients(batch, partCount: partCount, downTo: 0, dropoutSeed: 0)
  }

  /// The loss of each sample, and the gradient of their mean down to a parameter; nil when a loss is not finite.
  private func gradients(
    _ batch: ArraySlice<TrainingSample>, partCount: Int, downTo lowest: Int, dropoutSeed: UInt64
  ) -> (losses: [Double], sum: Parameters?) {
    var losses: [Double] = []
    var sum: Parameters?
    for range in parts(of: batch.indices, count: partCount) {
      let part = batch[range]
      var pass = self.pass(part, dropoutSeed: dropoutSeed)
      pass.batchPart = range.lowerBound - batch.startIndex..<range.upperBound - batch.startIndex
      pass.wholeBatchSize = batch.count
      let (logits, saved) = network.forward(input(part), parameters, pass)
      let loss = CTCLoss(
        logits: logits, labels: part.map(\.labels), frameCounts: pass.frameCounts,
        weight: 1 / Float(batch.count), compute: compute)
      losses += loss.losses
      guard losses.allSatisfy(\.isFinite) else { continue }
      let gradients = network.backward(
        loss.logitsGradient, saved: saved, parameters, downTo: lowest, pass)
      if sum == nil { sum = gradients } else { sum?.add(gradients) }
    }
    return (losses, losses.allSatisfy(\.isFinite) ? sum : nil)
  }

  func evaluate(
    _ batch: ArraySlice<TrainingSample>
  ) -> (losses: [Double], probabilities: [LabelProbabilities]) {
    let pass = self.pass(batch, dropoutSeed: nil)
    var output = network(input(batch), parameters, pass)
    let loss = CTCLoss(
      logits: output, labels: batch.map(\.labels), frameCounts: pass.frameCounts, weight: 1,
      compute: compute)
    compute.softmax(&output)
    return (loss.losses, output.sequences(frameCounts: pass.frameCounts))
  }

  private func pass(_ batch: ArraySlice<TrainingSample>, dropoutSeed: UInt64?) -> Pass {
    Pass(
      compute: compute, frameCounts: batch.map(\.features.frameCount), dropoutSeed: dropoutSeed)
  }

  private func input(_ batch: ArraySlice<TrainingSample>) -> Tensor {
    Tensor(
      batching: batch.map(\.features), contextFrameCount: description.features.contextFrameCount)
  }
}

extension TrainingConfiguration.Precision {
  /// What this processor does when asked for it.
  fileprivate var ofProducts: Precision {
    switch self {
    case .auto: .fastest
    case .bf16: .bfloat16
    case .float32: .float32
    }
  }
}
