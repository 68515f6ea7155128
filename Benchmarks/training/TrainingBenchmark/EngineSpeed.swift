import ArgumentParser
import ParlaAcousticModel
import ParlaAudio
import ParlaModelDescription
import ParlaNeuralNetwork

/// Steps of an engine, driven as a training drives it.
struct EngineSpeed: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine",
    abstract: "Seconds of sound that an engine trains on in a second.")

  @OptionGroup var options: EngineOptions
  @Option(help: "A preset's name, or a description.") var network = "deepspeech"
  @Option(name: .customLong("n-hidden")) var hiddenCounts: [Int] = [512]
  @Option(name: .customLong("batch-size")) var batchSizes: [Int] = [16]
  @Option var frames = 250
  @Option(help: "Steps that are timed, after some that are not.") var steps = 10

  func run() throws {
    for hiddenCount in hiddenCounts {
      for batchSize in batchSizes { try time(hiddenCount, batchSize) }
    }
  }

  private func time(_ hiddenCount: Int, _ batchSize: Int) throws {
    let description = try ModelFile(network: network).description(
      labelCount: TrainingStep.labelCount, settings: ["n_hidden": "\(hiddenCount)"])
    let graph = description.graph
    var generator = SeededGenerator(seed: 1)
    var engine = try options.make(
      graph,
      from: EngineSnapshot(
        parameters: Parameters(initializing: graph.parameters, seed: 1),
        buffers: Parameters(initializing: graph.buffers, seed: 1)), .adam())
    let isAdded = type(of: engine).addsContext
    let context = description.features.contextFrameCount
    let width = isAdded ? description.features.featureCount : graph.inputCount
    let values = (0..<frames * batchSize * width).map { _ in
      Float.random(in: -1...1, using: &generator)
    }
    let labels = (0..<min(TrainingStep.labelsPerSequence, graph.outputLength(frames))).map {
      Int32($0 % (TrainingStep.labelCount - 1))
    }
    let batch = TrainingBatch(
      inputs: [Sequences(full: Tensor(shape: [frames, batchSize, width], values: values))],
      targets: .labels((0..<batchSize).map { _ in labels }),
      contextFrameCount: isAdded ? context : 0)
    let rates = graph.parameters.map { _ in Float(1e-4) }
    let wanted = rates.map { _ in true }
    func step() throws -> Double {
      try engine.clearGradients()
      let losses = try engine.addGradients(
        of: batch, isWanted: wanted, dropoutSeed: generator.next())
      if try engine.gradientsAreFinite { try engine.apply(learningRates: rates) }
      return losses.reduce(0, +) / Double(losses.count)
    }
    let first = try step()
    for _ in 0..<4 { _ = try step() }
    var time = Stopwatch()
    var last = first
    for _ in 0..<steps { last = try step() }
    // Each step waits for its losses, so that at most the last movement of the weights is still on its way, and the one before
    // the first step is counted for it. A snapshot would count the copying of all weights.
    time.stop()
    let seconds = Double(frames * batchSize * steps) * 0.02 / time.wall
    print(
      """
      parla \(options.engine) h\(hiddenCount) B\(batchSize) \(options.precision): \
      \(Int(seconds)) audio-s/s, step \(Int(1e6 * time.wall / Double(steps))) us, loss \(first) to \(last), \
      \(engine.deviceName ?? "this processor")
      """)
  }
}
