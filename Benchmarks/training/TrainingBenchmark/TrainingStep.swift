import ParlaAcousticModel
import ParlaAudio
import ParlaModelDescription
import ParlaNeuralNetwork

/// DeepSpeech's network and a batch of random numbers.
struct TrainingStep {
  let graph: Graph
  let compute: Compute
  let batchSize: Int
  let frameCount: Int
  let input: Sequences
  let labels: [[Int32]]
  private(set) var parameters: Parameters
  private var optimizer: Optimizer
  private var generator = SeededGenerator(seed: 1)

  static let labelCount = 29
  static let labelsPerSequence = 80

  init(hiddenCount: Int, batchSize: Int, frameCount: Int, compute: Compute) throws {
    let description = try ModelDescription.deepSpeech(
      labelCount: Self.labelCount, settings: ["n_hidden": "\(hiddenCount)"])
    graph = description.graph
    self.compute = compute
    (self.batchSize, self.frameCount) = (batchSize, frameCount)
    var input = Tensor(shape: [frameCount, batchSize, graph.inputCount])
    for index in 0..<input.count { input[index] = .random(in: -1...1, using: &generator) }
    self.input = Sequences(full: input)
    // A label twice in a row needs a frame more; none is.
    labels = (0..<batchSize).map { _ in
      (0..<min(Self.labelsPerSequence, frameCount)).map { Int32($0 % (Self.labelCount - 1)) }
    }
    parameters = Parameters(initializing: graph.parameters, seed: 1)
    optimizer = Optimizer(.adam(), for: graph.parameters)
  }

  func pass(seed: UInt64) -> Pass {
    Pass(compute: compute, dropoutSeed: seed)
  }

  func loss(_ logits: Tensor) -> CTCLoss {
    CTCLoss(
      logits: logits, labels: labels,
      frameCounts: [Int](repeating: frameCount, count: batchSize), weight: 1 / Float(batchSize),
      compute: compute)
  }

  mutating func update(along gradients: Parameters) {
    optimizer.update(&parameters, along: gradients, learningRate: 1e-4, compute: compute)
  }

  /// Forwards, loss, backwards, and a step of Adam, as in training.
  mutating func run() {
    let pass = self.pass(seed: generator.next())
    let gradients = gradients(pass)
    update(along: gradients)
  }

  private func gradients(_ pass: Pass) -> Parameters {
    let weights = GraphWeights(graph, parameters)
    let passage = graph.forward([input], weights, pass)
    let loss = self.loss(passage.outputs[0].values)
    return graph.backward([loss.logitsGradient], passage, weights, pass)
  }
}
