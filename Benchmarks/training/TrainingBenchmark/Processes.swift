import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaMPI
import ParlaModelDescription
import ParlaNeuralNetwork

/// Steps that processes make together, each with its part of the batch: for `mpirun`, or one process alone.
struct Processes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Seconds of a step that several processes make together.",
    discussion: """
      Example:

        mpirun -n 2 --bind-to none TrainingBenchmark processes --n-hidden 2048

      With --computing S nothing is computed but for the sums over all processes: each waits as long as it would \
      compute S seconds, so that there may be more processes than processors.
      """)

  @Option(name: .customLong("n-hidden")) var hiddenCount = 512
  @Option(help: "Sequences of all processes.") var batchSize = 16
  @Option var frames = 250
  @Option var threads = 1
  @Option(help: "bf16 or float32") var precision = "float32"
  @Option(help: "Of gradients on their way: bf16 or float32") var exchange = "float32"
  @Flag(help: "Gradients leave when all are complete.") var late = false
  @Option(help: "Seconds that each process seems to compute.") var computing: Double?
  @Option(help: "Steps that are timed, after one that is not.") var steps = 3

  func run() throws {
    let names: [String: Precision] = ["bf16": .bfloat16, "float32": .float32]
    guard let precision = names[precision], let exchange = names[exchange] else {
      throw ValidationError("--precision and --exchange are bf16 or float32.")
    }
    let processes: MPIPeers? =
      MPIEnvironment.count ?? 1 > 1
      ? try MPIPeers(sendsBFloat16: exchange == .bfloat16, resumption: "measures again") { false }
      : nil
    var peers: any Peers = processes ?? Alone()
    if late, let processes { peers = LatePeers(base: processes) }
    let graph = try ModelDescription.deepSpeech(
      labelCount: TrainingStep.labelCount, settings: ["n_hidden": "\(hiddenCount)"]
    ).graph
    let figures =
      try computing.map { try simulated(graph, peers, seconds: $0) }
      ?? computed(graph, peers, precision)
    processes?.finish()
    guard peers.isFirst else { return }
    let count = Double(steps)
    let parameterCount = graph.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    print(
      """
      {"processes": \(peers.count), "wall": \(figures.time.wall / count), \
      "cpu": \(figures.time.processor / count), "waited": \(figures.waited / count), \
      "parameters": \(parameterCount)}
      """)
  }

  /// The time of the steps, and how much of it was waiting for sums.
  private typealias Figures = (time: Stopwatch, waited: Double)

  private func timed(_ peers: any Peers, _ step: () throws -> Double) throws -> Figures {
    _ = try step()
    _ = peers.gather([0.0])
    var time = Stopwatch()
    var waited = 0.0
    for _ in 0..<steps { waited += try step() }
    time.stop()
    return (time, waited)
  }

  private func computed(
    _ graph: Graph, _ peers: any Peers, _ precision: Precision
  ) throws -> Figures {
    var settings = EngineSettings(
      optimizer: .adam(), threadCount: threads, precision: precision)
    settings.peers = peers
    var engine = CPUTrainingEngine(
      graph,
      from: EngineSnapshot(
        parameters: Parameters(initializing: graph.parameters, seed: 1),
        buffers: Parameters(initializing: graph.buffers, seed: 1)), settings)
    let batch = batch(graph, peers)
    let rates = graph.parameters.map { _ in Float(1e-4) }
    return try timed(peers) {
      engine.clearGradients()
      let losses = engine.addGradients(
        of: batch, isWanted: rates.map { _ in true }, dropoutSeed: 1)
      _ = peers.gather(losses)
      let start = ContinuousClock.now
      engine.exchangeGradients()
      let waited = (ContinuousClock.now - start) / .seconds(1)
      if engine.gradientsAreFinite { engine.apply(learningRates: rates) }
      return waited
    }
  }

  /// What this process takes of a batch of random numbers.
  private func batch(_ graph: Graph, _ peers: any Peers) -> TrainingBatch {
    let part =
      batchSize * peers.index / peers.count..<batchSize * (peers.index + 1) / peers.count
    var generator = SeededGenerator(seed: UInt64(peers.index))
    var input = Tensor(shape: [frames, part.count, graph.inputCount])
    for index in 0..<input.count { input[index] = .random(in: -1...1, using: &generator) }
    let labels = (0..<min(TrainingStep.labelsPerSequence, frames)).map {
      Int32($0 % (TrainingStep.labelCount - 1))
    }
    return TrainingBatch(
      inputs: [Sequences(full: input)], targets: .labels(part.map { _ in labels }), part: part,
      wholeSize: batchSize, endsStep: true)
  }

  /// Steps that sum gradients of the right sizes at the times when they would be complete.
  ///
  /// A layer's products take time in proportion to its weights, backwards twice as much as forwards.
  private func simulated(
    _ graph: Graph, _ peers: any Peers, seconds: Double
  ) throws -> Figures {
    let nodes = graph.nodes.indices.filter { graph.nodes[$0].owner == $0 }.reversed()
    let counts = graph.parameters.map { $0.shape.reduce(1, *) }
    let total = Double(counts.reduce(0, +))
    return try timed(peers) {
      Thread.sleep(forTimeInterval: seconds / 3)
      var exchange = GradientExchange(peers, isWanted: counts.map { _ in true }, adding: nil)
      for node in nodes {
        let range = graph.nodes[node].parameterRange
        let share = Double(counts[range].reduce(0, +)) / total
        Thread.sleep(forTimeInterval: 2 * seconds / 3 * share)
        exchange.add(graph.nodes[node].layer.parameters.map { Tensor(shape: $0.shape) }, of: range)
      }
      exchange.send()
      _ = peers.gather([0.0])
      let start = ContinuousClock.now
      _ = exchange.sums(of: graph.parameters)
      return (ContinuousClock.now - start) / .seconds(1)
    }
  }
}

/// Processes that add up all gradients at the end of a step.
private struct LatePeers: Peers {
  let base: MPIPeers

  var index: Int { base.index }
  var count: Int { base.count }
  var countOnHost: Int { base.countOnHost }

  func sum(_ tensors: inout [Tensor]) { base.sum(&tensors) }
  func sum(_ numbers: inout [Double]) { base.sum(&numbers) }
  func gather(_ bytes: [UInt8]) -> [[UInt8]] { base.gather(bytes) }
  func working<Result>(_ body: () throws -> Result) rethrows -> Result { try base.working(body) }

  func beginSum(_ tensors: consuming [Tensor]) -> PendingSum {
    PendingSum { [base, tensors] in
      var own = tensors
      base.sum(&own)
      return own
    }
  }
}
