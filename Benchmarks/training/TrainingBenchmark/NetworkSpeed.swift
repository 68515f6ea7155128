import ArgumentParser
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaModelDescription
import ParlaNeuralNetwork

/// Whole steps of a described network's training, as figures that a script reads.
struct NetworkSpeed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Seconds of a step of any network's training, of wall and of processor time.",
    discussion: """
      Random numbers and labels; forwards, loss, backwards, clipped gradients, the optimiser's step \
      and the weights' average, as the trainer does it. All sequences but the longest are shorter.

      Example:

        TrainingBenchmark network-speed --network streaming --precision bf16
      """)

  @Option(help: "A preset's name, or the path of a description.") var network = "streaming"
  @Option(help: "A setting of the description, such as n_hidden=256.") var set: [String] = []
  @Option(help: "adamw or sgd, the latter with Nesterov's momentum of 0.9.") var optimizer = "adamw"
  @Flag(help: "Averages the weights after each step.") var average = false
  @Option var batchSize = 16
  @Option var frames = 1000
  @Option(help: "Labels of each sequence.") var labels = 120
  @Option var labelCount = 29
  @Option var threads = 1
  @Option(help: "bf16 or float32") var precision = "float32"
  @Option(help: "Steps that are timed, after one that is not.") var steps = 3

  func run() throws {
    let file = try ModelFile(network: network)
    let settings = Dictionary(
      set.map { text in
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : "")
      }, uniquingKeysWith: { $1 })
    let graph = try file.description(labelCount: labelCount, settings: settings).graph
    let parameters = Parameters(initializing: graph.parameters, seed: 1)
    var engine = CPUTrainingEngine(
      graph,
      from: EngineSnapshot(
        parameters: parameters, buffers: Parameters(initializing: graph.buffers, seed: 1)),
      EngineSettings(
        optimizer: try method, threadCount: threads,
        precision: precision == "bf16" ? .bfloat16 : .float32))
    var averaged = parameters
    let batch = batch(graph)
    let rates = graph.parameters.map { _ in Float(1e-4) }
    func step(_ seed: UInt64) {
      engine.clearGradients()
      _ = engine.addGradients(of: batch, isWanted: rates.map { _ in true }, dropoutSeed: seed)
      guard engine.gradientsAreFinite else { return }
      engine.clipGradients(toNorm: 5, of: Array(rates.indices))
      engine.apply(learningRates: rates)
      if average { averaged.move(towards: engine.snapshot.parameters, by: 0.002) }
    }
    step(0)
    var time = Stopwatch()
    for number in 0..<steps { step(UInt64(number + 1)) }
    time.stop()
    print(
      """
      {"wall": \(time.wall / Double(steps)), "cpu": \(time.processor / Double(steps)), \
      "peak_mb": \(Stopwatch.peakMegabytes), "parameters": \(parameters.tensors.reduce(0) { $0 + $1.count })}
      """)
  }

  private var method: OptimizationMethod {
    get throws {
      switch optimizer {
      case "adamw": try OptimizationMethod(kind: "adamw", ["beta2": 0.98, "weight_decay": 1e-6])
      case "sgd": try OptimizationMethod(kind: "sgd", ["momentum": 0.9, "nesterov": .flag(true)])
      default:
        throw ValidationError("--optimizer: found \(optimizer), expected adamw or sgd.")
      }
    }
  }

  /// As `peers/torch_networks.py` makes it: lengths fall from all frames to three quarters of them.
  private func batch(_ graph: Graph) -> TrainingBatch {
    var generator = SeededGenerator(seed: 1)
    var input = Tensor(shape: [frames, batchSize, graph.inputCount])
    let lengths = (0..<batchSize).map { frames - frames / 4 * $0 / max(batchSize - 1, 1) }
    for frame in 0..<frames {
      for number in 0..<batchSize where frame < lengths[number] {
        for index in 0..<graph.inputCount {
          input[(frame * batchSize + number) * graph.inputCount + index] = .random(
            in: -1...1, using: &generator)
        }
      }
    }
    return TrainingBatch(
      inputs: [Sequences(input, lengths: lengths)],
      targets: .labels(
        (0..<batchSize).map { _ in (0..<labels).map { Int32($0 % (labelCount - 1)) } }))
  }
}
