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
    compute = Compute(threadCount: configuration.threadCount)
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
    on batch: ArraySlice<TrainingSample>, learningRates: [Float], dropoutSeed: UInt64
  ) -> [Double] {
    let pass = self.pass(batch, dropoutSeed: dropoutSeed)
    let (logits, saved) = network.forward(input(batch), parameters, pass)
    let loss = CTCLoss(
      logits: logits, labels: batch.map(\.labels), frameCounts: pass.frameCounts,
      weight: 1 / Float(batch.count), compute: compute)
    guard loss.losses.allSatisfy({ !$0.isNaN }) else { return loss.losses }
    let moving = learningRates.indices.filter { learningRates[$0] != 0 }
    var gradients = network.backward(
      loss.logitsGradient, saved: saved, parameters, downTo: moving.first ?? learningRates.count,
      pass)
    if let gradientNormLimit {
      gradients.clip(toNorm: gradientNormLimit, of: moving, compute: compute)
    }
    optimizer.update(
      &parameters, along: gradients, learningRates: learningRates, compute: compute)
    return loss.losses
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
