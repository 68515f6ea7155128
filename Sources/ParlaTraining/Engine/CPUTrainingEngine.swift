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
  private var adam: Adam

  /// Trains `model` on with an optimiser that has not moved yet.
  init(_ model: AcousticModel, configuration: TrainingConfiguration) {
    description = model.description
    alphabet = model.alphabet
    network = model.network
    parameters = model.parameters
    Compute.keepFreedMemory()
    compute = Compute(
      threadCount: configuration.threadCount, precision: configuration.precision.ofProducts)
    adam = Adam(
      for: parameters.specifications, beta1: configuration.beta1, beta2: configuration.beta2,
      epsilon: configuration.epsilon)
  }

  /// Goes on with the optimiser as `state` says it was.
  ///
  /// Slots that the optimiser does not know, or that are missing, start anew.
  mutating func restore(_ state: OptimizerState) {
    adam.stepCount = state.stepCount
    for slot in state.slots {
      switch slot.name {
      case "moment1": adam.moment1 = slot.parameters
      case "moment2": adam.moment2 = slot.parameters
      default: break
      }
    }
  }

  var model: AcousticModel {
    AcousticModel(description: description, alphabet: alphabet, parameters: parameters)
  }

  var optimizerState: OptimizerState {
    OptimizerState(
      stepCount: adam.stepCount, slots: [("moment1", adam.moment1), ("moment2", adam.moment2)])
  }

  mutating func train(
    on batch: ArraySlice<TrainingSample>, learningRate: Float, dropoutSeed: UInt64
  ) -> [Double] {
    let pass = self.pass(batch, dropoutSeed: dropoutSeed)
    let (logits, saved) = network.forward(input(batch), parameters, pass)
    let loss = CTCLoss(
      logits: logits, labels: batch.map(\.labels), frameCounts: pass.frameCounts,
      weight: 1 / Float(batch.count), compute: compute)
    guard loss.losses.allSatisfy({ !$0.isNaN }) else { return loss.losses }
    let gradients = network.backward(loss.logitsGradient, saved: saved, parameters, pass)
    adam.update(&parameters, along: gradients, learningRate: learningRate, compute: compute)
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
